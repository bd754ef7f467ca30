import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { createMemoryBus } from '../../../adapters/memory/bus/bus-memory.ts';
import { createMemoryRateLimiter } from '../../../adapters/memory/rate-limiter/rate-limiter-memory.ts';
import { createHostRule } from '../../../kit/access/addresses.ts';
import { createGatewayHarness } from '../testing/gateway.fixture.ts';
import { openPolling, openWebSocket, payloadOf } from '../testing/raw-clients.fixture.ts';

const { startGateway, join, closeAll } = createGatewayHarness(() => createMemoryBus());
afterEach(closeAll);

const POLLING = '/socket.io/?EIO=4&transport=polling';
const EVIL = { origin: 'https://evil.example' };

/** Sends a request as it is; `fetch` chooses Host, Origin and Sec-Fetch-* itself. */
async function send(url: string, line: string, headers: Readonly<Record<string, string>> = {}, body = '') {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const lines = Object.entries({ host: `${hostname}:${port}`, connection: 'close', ...headers });
  socket.write(
    `${line} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`,
  );
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
  });
  socket.on('error', () => {});
  await once(socket, 'close');
  return { status: Number(text.slice(9, 12)), code: /"code":"(\w+)"/.exec(text)?.[1], text };
}

/** The status an upgrade gets: 101 when it is made. */
function upgrade(url: string, sid: string, headers: Readonly<Record<string, string>> = {}): Promise<number> {
  const address = `${url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket&sid=${sid}`;
  const webSocket = new WebSocket(address, { headers });
  return new Promise((resolve) => {
    webSocket.on('open', () => {
      resolve(101);
      webSocket.close();
    });
    webSocket.on('unexpected-response', (_request, { statusCode }) => resolve(statusCode ?? 0));
    webSocket.on('error', () => {});
  });
}

describe('every request of the endpoint is screened', () => {
  it('JSONP, which would give any page the id of a session, is refused', async () => {
    const { url, metric } = await startGateway();
    expect(await send(url, `GET ${POLLING}&j=0`)).toMatchObject({ status: 400, code: 'invalid_request' });
    const { sid } = await openPolling(url);
    expect(await send(url, `GET ${POLLING}&sid=${sid}&j=0`)).toMatchObject({ status: 400 });
    expect(await metric('sessions')).toBe(1);
  });

  it('for its origin: handshakes, polls, posts, preflights and upgrades of a session', async () => {
    const { url, metric } = await startGateway({ corsOrigins: ['https://desk.example'] });
    const { sid } = await openPolling(url);
    const session = `${POLLING}&sid=${sid}`;
    const refused = { status: 403, code: 'origin_not_allowed' };
    expect(await send(url, `GET ${POLLING}`, EVIL)).toMatchObject(refused);
    expect(await send(url, `GET ${session}`, EVIL)).toMatchObject(refused);
    expect(await send(url, `POST ${session}`, { ...EVIL, 'content-length': '2' }, '40')).toMatchObject(
      refused,
    );
    expect(await send(url, `OPTIONS ${session}`, EVIL)).toMatchObject(refused);
    expect(await upgrade(url, sid, EVIL)).toBe(403);
    expect(await metric('rejected_total', { code: 'origin_not_allowed' })).toBe(5);
    const listed = { origin: 'https://desk.example' };
    expect((await send(url, `OPTIONS ${session}`, listed)).text).toContain('https://desk.example');
    expect(await upgrade(url, sid, listed)).toBe(101);
  });

  it('for what a browser says of a request without an origin', async () => {
    const { url } = await startGateway();
    const foreign: Record<string, string>[] = [{ 'sec-fetch-site': 'cross-site' }, { cookie: 'a=b' }];
    for (const headers of foreign) {
      expect(await send(url, `GET ${POLLING}`, headers)).toMatchObject({ status: 403 });
    }
    const own = { 'sec-fetch-site': 'same-origin', cookie: 'a=b' };
    expect(await send(url, `GET ${POLLING}`, own)).toMatchObject({ status: 200 });
    expect(await send(url, `GET ${POLLING}`)).toMatchObject({ status: 200 });
  });

  it('for its host where data is open, against names that are rebound to this machine', async () => {
    const hostRule = createHostRule({ host: '127.0.0.1', allowedHosts: ['desk.example'] });
    const { url } = await startGateway({ hostRule, trustedProxies: ['loopback'] });
    const rebound = { host: 'evil.example:8000', origin: 'http://evil.example:8000' };
    const refused = { status: 421, code: 'host_not_allowed' };
    expect(await send(url, `GET ${POLLING}`, rebound)).toMatchObject(refused);
    const { sid } = await openPolling(url);
    expect(await send(url, `GET ${POLLING}&sid=${sid}`, rebound)).toMatchObject(refused);
    expect(await upgrade(url, sid, rebound)).toBe(421);
    const claimed = { ...rebound, 'x-forwarded-host': 'localhost' };
    expect(await send(url, `GET ${POLLING}`, claimed)).toMatchObject(refused);
    expect(await upgrade(url, sid, claimed)).toBe(421);
    const proxied = { 'x-forwarded-host': 'evil.example', origin: 'http://evil.example' };
    expect(await send(url, `GET ${POLLING}`, proxied)).toMatchObject(refused);
    for (const host of ['localhost:1', '[::1]:1', 'desk.example']) {
      expect(await send(url, `GET ${POLLING}`, { host, origin: `http://${host}` })).toMatchObject({
        status: 200,
      });
    }
  });

  it('for its method and its length', async () => {
    const { url } = await startGateway({ maxPayloadBytes: 1_000 });
    const { sid } = await openPolling(url);
    expect(await send(url, `PUT ${POLLING}&sid=${sid}`)).toMatchObject({ status: 405 });
    const large = { 'content-length': '100000' };
    expect(await send(url, `POST ${POLLING}&sid=${sid}`, large, 'x'.repeat(2_000))).toMatchObject({
      status: 413,
    });
  });

  it('for how many there were of its address, whatever they ask for', async () => {
    const limiter = createMemoryRateLimiter();
    const { url, metric } = await startGateway({ requestsPerSecond: 0.001 }, 1, { limiter });
    const { sid } = await openPolling(url);
    const response = await send(url, `GET ${POLLING}`);
    expect(response).toMatchObject({ status: 429, code: 'too_many_requests' });
    expect(response.text).toMatch(/retry-after: \d+/);
    expect(await upgrade(url, sid)).toBe(429);
    expect(await metric('sessions')).toBe(1);
  });

  it('for how many sessions its address asked for, apart from other requests', async () => {
    const limiter = createMemoryRateLimiter();
    const config = { handshakesPerSecond: 0.001, handshakeBurst: 2 };
    const { url } = await startGateway(config, 1, { limiter });
    const session = await openPolling(url);
    await openPolling(url);
    await expect(openPolling(url)).rejects.toThrow('too_many_requests');
    await expect(session.post('3')).resolves.toMatchObject({ status: 200 });
  });

  it('for how many of its address were cut; sessions that it has go on', async () => {
    const { url, metric } = await startGateway({ maxStrikes: 1 });
    const session = await openPolling(url);
    for (let i = 0; i < 2; i++) {
      const { webSocket, closed } = await openWebSocket(url);
      webSocket.send('451-["subscribe"]');
      expect(await closed).toMatchObject({ code: 1008 });
    }
    const response = await send(url, `GET ${POLLING}`);
    expect(response).toMatchObject({ status: 429, code: 'too_many_requests' });
    expect(response.text).toMatch(/retry-after: \d+/);
    expect(await metric('refused_networks')).toBe(1);
    await expect(session.post('3')).resolves.toMatchObject({ status: 200 });
  });
});

describe('who asks too often', () => {
  const limited = { handshakesPerSecond: 0.001, handshakeBurst: 1 };
  /** Longer than a loaded machine takes over what happens meanwhile. */
  const REFUSAL_DELAY_MS = 2_000;

  it('waits to be refused, so that it asks again no sooner; others do not wait', async () => {
    const { url } = await startGateway({ ...limited, refusalDelayMs: REFUSAL_DELAY_MS }, 1, {
      limiter: createMemoryRateLimiter(),
    });
    const session = await openPolling(url);
    const begun = performance.now();
    const refusals = [send(url, `GET ${POLLING}`), send(url, `GET ${POLLING}`)];
    await expect(session.post('3')).resolves.toMatchObject({ status: 200 });
    let refused = 0;
    for (const refusal of refusals) void refusal.then(() => (refused += 1));
    expect(await send(url, `GET ${POLLING}`, EVIL)).toMatchObject({ status: 403 });
    expect(refused).toBe(0);
    for (const refusal of refusals) expect(await refusal).toMatchObject({ status: 429 });
    expect(await upgrade(url, '')).toBe(429);
    expect(performance.now() - begun).toBeGreaterThan(1.95 * REFUSAL_DELAY_MS);
  });

  it('is not read while it waits, whatever it sends', async () => {
    const { url, servers } = await startGateway({ ...limited, refusalDelayMs: REFUSAL_DELAY_MS }, 1, {
      limiter: createMemoryRateLimiter(),
    });
    await openPolling(url);
    const accepted = once(servers[0], 'connection');
    const flood = connect(Number(new URL(url).port), '127.0.0.1');
    flood.on('error', () => {});
    const block = `GET ${POLLING} HTTP/1.1\r\nhost: localhost\r\n\r\n`.repeat(50);
    const pouring = setInterval(() => flood.write(block), 1);
    const [socket] = await accepted;
    await once(socket, 'close');
    clearInterval(pouring);
    flood.destroy();
    expect(socket.bytesRead).toBeGreaterThan(0);
    expect(socket.bytesRead).toBeLessThan(20 * block.length);
  });

  it('is closed without a word where too many wait', async () => {
    const bounds = { ...limited, refusalDelayMs: REFUSAL_DELAY_MS, maxDelayedRefusals: 1 };
    const { url } = await startGateway(bounds, 1, { limiter: createMemoryRateLimiter() });
    await openPolling(url);
    const two = await Promise.all([send(url, `GET ${POLLING}`), send(url, `GET ${POLLING}`)]);
    expect(two.map(({ status }) => status).toSorted()).toEqual([0, 429]);
    expect(await send(url, `GET ${POLLING}`)).toMatchObject({ status: 429 });
  });
});

describe('sessions have a place before anything is allocated for them', () => {
  const from = (address: string) => ({ 'x-forwarded-for': address });

  it('of one address, through a proxy, with a port and without', async () => {
    const { url } = await startGateway({ maxSessionsPerAddress: 2, trustedProxies: ['loopback'] });
    const first = await openWebSocket(url, from('203.0.113.1'));
    await openPolling(url, from('203.0.113.1:50001'));
    await expect(openPolling(url, from('203.0.113.1:50002'))).rejects.toThrow('too_many_connections');
    await openPolling(url, from('203.0.113.2'));
    first.webSocket.close();
    await first.closed;
    await openPolling(url, from('203.0.113.1'));
  });

  it('of all together, polling and WebSocket', async () => {
    const { url, metric } = await startGateway({ maxSessions: 3 });
    const first = await openPolling(url);
    const client = await join(url);
    await openWebSocket(url);
    await expect(openPolling(url)).rejects.toThrow('503');
    expect(await upgrade(url, '')).toBe(503);
    client.close();
    await vi.waitFor(async () => expect(await metric('sessions')).toBe(2));
    await first.post('1');
    await vi.waitFor(async () => expect(await metric('sessions')).toBe(1));
  });

  it('one at a time: of a thousand in one segment the second is refused and ends the connection', async () => {
    const { url, metric } = await startGateway();
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('error', () => {});
    socket.write(`GET ${POLLING} HTTP/1.1\r\nhost: localhost\r\n\r\n`.repeat(1_000));
    await new Promise((resolve) => socket.once('close', resolve));
    expect(text.match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 429']);
    expect(await metric('sessions')).toBe(1);
  });

  it('is given back when a handshake fails', async () => {
    const { url, metric } = await startGateway();
    expect(await send(url, 'GET /socket.io/?EIO=3&transport=polling')).toMatchObject({ status: 400 });
    expect(await send(url, 'GET /socket.io/?EIO=4&transport=smoke')).toMatchObject({ status: 400 });
    const bad = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '1' };
    expect(await send(url, 'GET /socket.io/?EIO=4&transport=websocket', bad)).toMatchObject({ status: 400 });
    await vi.waitFor(async () => expect(await metric('sessions')).toBe(0));
  });

  it('and an upgrade only once', async () => {
    const { url } = await startGateway();
    const { sid } = await openPolling(url);
    expect(await upgrade(url, sid)).toBe(101);
    expect(await upgrade(url, sid)).toBe(400);
  });
});

describe('a session in no namespace', () => {
  it.each<[transport: string, open: (url: string) => Promise<unknown>]>([
    ['polling', openPolling],
    ['websocket', openWebSocket],
  ])('over %s is closed by a deadline', async (_transport, open) => {
    const { url, metric } = await startGateway({ connectTimeoutMs: 2_000, closeTimeoutMs: 100 });
    const client = await join(url);
    await open(url);
    expect(await metric('pending_sessions')).toBe(1);
    await vi.waitFor(async () => expect(await metric('sessions')).toBe(1));
    expect(client.connected).toBe(true);
  });

  it('that had one and left it is closed, too', async () => {
    const { url, metric } = await startGateway({ connectTimeoutMs: 2_000 });
    const { webSocket, closed } = await openWebSocket(url);
    webSocket.send('40');
    await once(webSocket, 'message');
    await sleep(2_500);
    expect(await metric('sessions')).toBe(1);
    webSocket.send('41');
    expect(await closed).toMatchObject({ code: 1013, reason: expect.stringContaining('namespace') });
    expect(await metric('cut_total', { reason: 'pending' })).toBe(1);
  });

  it('makes room for a newer one when there are too many', async () => {
    const { url, metric } = await startGateway({ maxPendingSessions: 3 });
    const client = await join(url);
    const oldest = await openPolling(url);
    for (let i = 0; i < 3; i++) await openPolling(url);
    expect(await metric('pending_sessions')).toBe(3);
    expect((await oldest.poll()).status).toBe(400);
    expect(client.connected).toBe(true);
  });
});

it('official clients connect over polling and are upgraded as before', async () => {
  const { url } = await startGateway({ products: ['NIFTY'] });
  const client = await join(url, { transports: ['polling', 'websocket'] });
  await vi.waitFor(() => expect(client.io.engine.transport.name).toBe('websocket'));
  expect(await client.emitWithAck('get_products')).toMatchObject({ ok: true });
  const session = await openPolling(url);
  await session.post(payloadOf(['40']));
  expect(await (await session.poll()).text()).toContain('"sid"');
});
