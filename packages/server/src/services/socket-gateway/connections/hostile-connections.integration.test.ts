import { once } from 'node:events';
import type { Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createMemoryBus } from '../../../adapters/memory/bus/bus-memory.ts';
import { ask, createGatewayHarness } from '../testing/gateway.fixture.ts';
import { openPolling, openWebSocket, payloadOf } from '../testing/raw-clients.fixture.ts';

const { startGateway, join, closeAll } = createGatewayHarness(() => createMemoryBus());
afterEach(closeAll);

/** No bound but the one under test, not the time either that a connection may be in no namespace. */
const UNMETERED = {
  connectTimeoutMs: 600_000,
  framesPerSecond: 1e9,
  frameBurst: 1e9,
  controlFramesPerSecond: 1e9,
  controlFrameBurst: 1e9,
  maxStrikes: 0,
};
const CHAIN = '{"type":"chain","symbol":"NIFTY"}';
/** A request for a snapshot, as a packet of engine.io; with a number it is acknowledged, too. */
const subscribe = (id: number | '' = '') => `42${id}["subscribe",${CHAIN}]`;

/** The server's ends of the connections that are opened from now on. */
function acceptedBy(server: Server): Socket[] {
  const sockets: Socket[] = [];
  server.on('connection', (socket: Socket) => sockets.push(socket));
  return sockets;
}

describe('pings', () => {
  it('of a client that never reads wait as one pong, however many were sent', async () => {
    const { url, servers } = await startGateway(UNMETERED);
    const accepted = acceptedBy(servers[0]);
    const { webSocket } = await openWebSocket(url);
    webSocket.pause();
    const payload = Buffer.alloc(125, 'x');
    let most = 0;
    for (let round = 0; round < 60; round++) {
      // Beyond what the kernel takes of unread pongs on loopback.
      for (let i = 0; i < 2_500; i++) webSocket.ping(payload);
      await vi.waitFor(() => expect(webSocket.bufferedAmount).toBe(0), { interval: 1 });
      most = Math.max(most, accepted[0].writableLength);
    }
    expect(most).toBeLessThan(1_000);
    webSocket.terminate();
  });

  it('of a client that reads are answered with their payload', async () => {
    const { url } = await startGateway();
    const { webSocket } = await openWebSocket(url);
    for (const payload of ['a', 'b', '']) {
      const pong = once(webSocket, 'pong');
      webSocket.ping(payload);
      expect(String((await pong)[0])).toBe(payload);
    }
    webSocket.close();
  });

  it('of one moment are answered by two pongs, for the first and for the last', async () => {
    const { url } = await startGateway({ controlFramesPerSecond: 20 });
    const { webSocket } = await openWebSocket(url);
    const pongs: string[] = [];
    webSocket.on('pong', (payload) => pongs.push(String(payload)));
    for (const payload of ['a', 'b', 'c', 'd']) webSocket.ping(payload);
    await vi.waitFor(() => expect(pongs).toEqual(['a', 'd']));
    webSocket.ping('e');
    await vi.waitFor(() => expect(pongs).toEqual(['a', 'd', 'e']));
    webSocket.close();
  });
});

describe('a client that sends more frames than it may is cut', () => {
  it.each<[what: string, send: (webSocket: import('ws').WebSocket) => void]>([
    ['pings', (webSocket) => webSocket.ping()],
    ['pongs', (webSocket) => webSocket.pong()],
    ['engine.io pongs', (webSocket) => webSocket.send('3')],
    ['acknowledgements', (webSocket) => webSocket.send('431[]')],
    ['no-operations', (webSocket) => webSocket.send('6')],
  ])('%s over WebSocket, before it is in a namespace', async (what, send) => {
    const { url, metric } = await startGateway({ framesPerSecond: 1, frameBurst: 50 });
    const { webSocket, closed } = await openWebSocket(url);
    for (let i = 0; i < 40; i++) send(webSocket);
    await sleep(100);
    const first = await metric('cut_total');
    for (let i = 0; i < 40; i++) send(webSocket);
    expect(await closed).toMatchObject({ code: expect.any(Number) });
    // Without a namespace an acknowledgement violates the protocol, for which Socket.IO closes the connection at once.
    if (what === 'acknowledgements') return;
    expect(first).toBe(0);
    expect(await closed).toEqual({ code: 1008, reason: 'more than 1 frames a second' });
    expect(await metric('cut_total', { reason: 'flood' })).toBe(1);
  });

  it('pings and pongs, of which fewer are allowed than of messages', async () => {
    const limits = { controlFramesPerSecond: 2, controlFrameBurst: 20 };
    const { url, metric } = await startGateway(limits);
    const { webSocket, closed } = await openWebSocket(url);
    for (let i = 0; i < 40; i++) webSocket.send('6');
    for (let i = 0; i < 10; i++) webSocket.ping();
    for (let i = 0; i < 9; i++) webSocket.pong();
    await sleep(100);
    expect(await metric('cut_total')).toBe(0);
    for (let i = 0; i < 10; i++) webSocket.ping();
    expect(await closed).toEqual({ code: 1008, reason: 'more than 2 pings or pongs a second' });
    expect(await metric('cut_total', { reason: 'flood' })).toBe(1);
  });

  it('packets over polling', async () => {
    const { url, metric } = await startGateway({ framesPerSecond: 1, frameBurst: 50 });
    const session = await openPolling(url);
    await session.post(payloadOf(Array(40).fill('3')));
    expect(await metric('cut_total')).toBe(0);
    await session.post(payloadOf(Array(40).fill('3'))).catch(() => {});
    expect(await metric('cut_total', { reason: 'flood' })).toBe(1);
    expect((await session.poll()).status).toBe(400);
  });

  it.each(['40/unknown,', '40/', '40'])('requests to enter a namespace: %s', async (packet) => {
    const { url, metric } = await startGateway({ connectBurst: 5, connectsPerSecond: 0.001 });
    const { webSocket, closed } = await openWebSocket(url);
    for (let i = 0; i < 6; i++) webSocket.send(packet);
    await closed;
    // A namespace that is entered twice is a violation that Socket.IO itself ends, as soon as it has been entered.
    if (packet === '40/unknown,') expect(await closed).toMatchObject({ code: 1008 });
    expect(await metric('clients')).toBe(0);
  });
});

it('counts acknowledgements that nobody asked for as malformed messages', async () => {
  const { url, metric } = await startGateway({ maxOffences: 5 });
  const { webSocket, closed } = await openWebSocket(url);
  webSocket.send('40');
  await once(webSocket, 'message');
  for (let i = 0; i < 5; i++) webSocket.send(`43${i}[]`);
  await closed;
  expect(await metric('refused_total', { code: 'invalid_request' })).toBe(5);
  expect(await metric('cut_total', { reason: 'offences' })).toBe(1);
});

it('cuts a client that sends binary packets, whose parts would be held until all have come', async () => {
  const { url, metric } = await startGateway();
  for (const packet of ['452-["subscribe",{"_placeholder":true,"num":0}]', Buffer.from('x')]) {
    const { webSocket, closed } = await openWebSocket(url);
    webSocket.send('40');
    webSocket.send(packet);
    expect(await closed).toMatchObject({ code: 1008 });
  }
  expect(await metric('cut_total', { reason: 'protocol' })).toBe(2);
});

it('closes a connection whose message comes in more fragments than one may', async () => {
  const { url } = await startGateway({ ...UNMETERED, maxFragments: 8 });
  const { webSocket, closed } = await openWebSocket(url);
  for (let i = 0; i < 20; i++) webSocket.send('x', { fin: false });
  expect(await closed).toMatchObject({ code: 1008 });
});

it('reads nothing more of a client that was cut, whatever it goes on sending', async () => {
  const { url, servers } = await startGateway({ ...UNMETERED, closeTimeoutMs: 1_000 });
  const accepted = acceptedBy(servers[0]);
  const { webSocket } = await openWebSocket(url);
  webSocket.pause();
  webSocket.send('451-["subscribe"]');
  await sleep(50);
  const { bytesRead } = accepted[0];
  for (let i = 0; i < 500; i++) webSocket.send('x'.repeat(10_000));
  await sleep(100);
  expect(accepted[0].bytesRead - bytesRead).toBeLessThan(1_000_000);
  await vi.waitFor(() => expect(accepted[0].destroyed).toBe(true));
  webSocket.terminate();
});

describe('what waits for clients that do not read', () => {
  async function startWithChain(config = {}) {
    const started = await startGateway({
      products: ['NIFTY'],
      ...UNMETERED,
      messageBurst: 10_000,
      ...config,
    });
    await started.chain('NIFTY', '2026-08-25', 1, 100);
    return started;
  }

  /** A polling session in the namespace that has asked for `count` snapshots and polls no more. */
  async function openSilent(url: string, count: number) {
    const session = await openPolling(url);
    await session.post('40');
    await (await session.poll()).text();
    await session.post(payloadOf(Array.from({ length: count }, (_, i) => subscribe(i)))).catch(() => {});
    return session;
  }

  it('is bounded for each of them, answers and acknowledgements alike', async () => {
    const { url, metric } = await startWithChain({ maxQueuedBytes: 100_000 });
    await openSilent(url, 10);
    expect(await metric('cut_total', { reason: 'slow' })).toBe(1);
    await vi.waitFor(async () => expect(await metric('queued_bytes')).toBe(0));
  });

  it('is bounded for all of them together; the one for which most waits goes first', async () => {
    const { url, metric } = await startWithChain({ maxTotalQueuedBytes: 1_000_000 });
    const few = await openSilent(url, 1);
    const many: Awaited<ReturnType<typeof openSilent>>[] = [];
    for (let i = 0; i < 12; i++) many.push(await openSilent(url, 4));
    expect(await metric('cut_total', { reason: 'slow' })).toBeGreaterThan(0);
    expect(await metric('queued_bytes')).toBeLessThanOrEqual(1_000_000);
    expect((await few.poll()).status).toBe(200);
    // Nobody who reads has noticed.
    const client = await join(url);
    expect(await ask(client, JSON.parse(CHAIN))).toMatchObject({ ok: true });
  });

  it('waits no longer than the deadline where a session does not poll', async () => {
    const { url, metric } = await startWithChain({ maxBehindMs: 300 });
    const silent = await openSilent(url, 2);
    await vi.waitFor(async () => expect(await metric('cut_total', { reason: 'slow' })).toBe(1));
    expect((await silent.poll()).status).toBe(400);
  });

  it('waits no longer than the deadline where the response to a poll is not read', async () => {
    const { url, servers, metric } = await startWithChain({ maxBehindMs: 1_000, maxQueuedBytes: 1e9 });
    const session = await openSilent(url, 150);
    // What is asked for at once is answered over several turns; the poll is to find all of it.
    await vi.waitFor(async () => expect(await metric('queue_depth')).toBeGreaterThanOrEqual(300));
    const accepted = acceptedBy(servers[0]);
    const { port } = new URL(url);
    const socket = connect(Number(port), '127.0.0.1');
    socket.on('error', () => {});
    socket.pause();
    const path = `/socket.io/?EIO=4&transport=polling&sid=${session.sid}`;
    socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
    await vi.waitFor(() => expect(accepted.length).toBeGreaterThan(0));
    await vi.waitFor(() => expect(accepted.at(-1)?.destroyed).toBe(true));
    expect(await metric('cut_total', { reason: 'slow' })).toBe(1);
    socket.destroy();
  });

  it('is gone soon after a client is cut, although it does not take part in the closing', async () => {
    const { url, servers } = await startGateway({ frameBurst: 10, framesPerSecond: 1, closeTimeoutMs: 200 });
    const accepted = acceptedBy(servers[0]);
    const { webSocket } = await openWebSocket(url);
    webSocket.pause();
    for (let i = 0; i < 20; i++) webSocket.ping();
    await vi.waitFor(() => expect(accepted[0].destroyed).toBe(true));
    webSocket.terminate();
  });
});
