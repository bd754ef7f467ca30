import { request as requestHttp } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TokenVerifier } from '../../../kit/tokens/token.ts';
import { type RemoteService, startGateway, startRemote } from '../gateway.fixture.ts';
import type { Gateway } from '../service.ts';
import type { GatewaySettings } from '../settings.ts';

const CHAIN = '/api/data/chain/NIFTY?expiry=2026-11-24';

/** Takes any token for that of a viewer. */
const VERIFIER: TokenVerifier = {
  verify: async (token) => ({
    ...{ userId: token, email: `${token}@example.com`, role: 'viewer', scopes: null },
    ...{ sessionId: token, exp: 0 },
  }),
  onRevoked: () => () => {},
};

let storage: RemoteService;
let analytics: RemoteService;
let auth: RemoteService;
let gateway: Gateway;
let version = 1;
let failing: number | null = null;
let delayMs = 0;

beforeEach(async () => {
  [version, failing, delayMs] = [1, null, 0];
  storage = await startRemote((app) => {
    app.get('/api/data/chain/:product', async (_request, reply) => {
      await sleep(delayMs);
      reply.header('x-internal', 'secret').header('set-cookie', 'a=b').header('connection', 'x-internal');
      if (failing !== null) return reply.code(failing).send({ broken: true });
      reply.removeHeader('set-cookie');
      return { version, text: 'chain '.repeat(1000) };
    });
    app.get('/api/data/products', async (request) => {
      if (delayMs > 0) request.raw.socket.destroy();
      return { count: 0, products: [] };
    });
  });
  analytics = await startRemote((app) => {
    app.get('/api/analytics/pcr/:product', async () => ({ fine: true }));
  });
  auth = await startRemote((app) => {
    app.post('/api/auth/login', async (request, reply) => {
      reply.header('set-cookie', 'ds_device=1; HttpOnly');
      return { got: request.body };
    });
    app.route({
      method: ['PUT', 'DELETE'],
      url: '/api/auth/layouts/:name',
      handler: async ({ method, url, body }) => ({ got: [method, url, body ?? null] }),
    });
  });
});
afterEach(async () => {
  await gateway.stop();
  for (const each of [storage, analytics, auth]) await each.stop();
});

async function start(config: Partial<GatewaySettings> = {}, verifier?: TokenVerifier): Promise<string> {
  const upstreamUrls = { storage: storage.url, analytics: analytics.url, auth: auth.url };
  gateway = await startGateway({ verifier, config: { upstreamUrls, probeIntervalMs: 100, ...config } });
  return gateway.url();
}

const stateOf = async (url: string, name: string) => {
  const status = (await (await fetch(`${url}/api/status`)).json()) as { upstreams: { name: string }[] };
  return status.upstreams.find((each) => each.name === name);
};

/** A request as nobody but an attacker writes it. */
function raw(url: string, path: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const { port } = new URL(url);
    const sent = requestHttp({ host: '127.0.0.1', port, path, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.on('error', reject).end();
  });
}

describe('what passes to a service', () => {
  it('is what the list allows; who the caller is says the gateway', async () => {
    const url = await start();
    const status = await raw(url, CHAIN, {
      accept: 'application/json',
      authorization: 'Bearer abc.def.ghi',
      cookie: 'session=1',
      'x-user-id': '1',
      'x-user-role': 'admin',
      'x-forwarded-for': '10.9.9.9',
      'x-forwarded-host': 'evil.example',
      'x-real-ip': '10.9.9.9',
      'proxy-authorization': 'Basic x',
      te: 'trailers',
      'if-none-match': '"x"',
      range: 'bytes=0-1',
      connection: 'close, x-user-id, traceparent, x-request-id',
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      tracestate: 'vendor=1',
      'x-request-id': 'abc-123',
    });
    // A token that nobody here can check is not passed on unread either.
    expect(status).toBe(401);
    expect(storage.seen).toHaveLength(0);
    const response = await fetch(`${url}${CHAIN}`, {
      headers: { 'x-user-id': '1', cookie: 'session=1', 'x-request-id': 'abc-123', tracestate: 'vendor=1' },
    });
    expect(response.status).toBe(200);
    const [{ headers }] = storage.seen;
    expect(Object.keys(headers).toSorted()).toEqual(
      [
        ...['accept', 'accept-language', 'connection', 'host', 'traceparent', 'user-agent'],
        ...['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-request-id'],
      ].toSorted(),
    );
    expect(headers).toMatchObject({
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-host': new URL(url).host,
      'x-forwarded-proto': 'http',
      'x-request-id': 'abc-123',
    });
  });

  it('carries the trace of the caller, with a span of its own', async () => {
    const url = await start();
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    await raw(url, CHAIN, { traceparent: `00-${traceId}-00f067aa0ba902b7-01`, tracestate: 'vendor=1' });
    const { traceparent, tracestate } = storage.seen[0].headers;
    expect(traceparent).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`));
    expect(traceparent).not.toContain('00f067aa0ba902b7');
    expect(tracestate).toBe('vendor=1');
  });

  it('has a trace and a request id when the caller sends none, whatever Connection names', async () => {
    const url = await start();
    await raw(url, CHAIN, { connection: 'close, x-request-id, traceparent, x-forwarded-for' });
    const { headers } = storage.seen[0];
    expect(headers.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
    expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{13}-[0-9a-z]+$/);
    expect(headers['x-forwarded-for']).toBe('127.0.0.1');
  });

  it.each([
    ['PUT', '', '{"version":0,"document":{}}'],
    ['DELETE', '?version=3', undefined],
  ])('is a %s with its path as it came', async (method, query, body) => {
    const path = `/api/auth/layouts/a%20b%25${query}`;
    const headers = new Headers({ authorization: 'Bearer ann' });
    if (body !== undefined) headers.set('content-type', 'application/json');
    const response = await fetch(`${await start({}, VERIFIER)}${path}`, { method, headers, body });
    expect(await response.json()).toEqual({
      got: [method, path, body === undefined ? null : JSON.parse(body)],
    });
  });

  it('is a body as it came, with cookies for accounts only', async () => {
    const url = await start();
    const response = await fetch(`${url}/api/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie: 'ds_device=9' },
      body: '{"email": "a@b.c", "n": 1.0}',
    });
    expect(await response.json()).toEqual({ got: { email: 'a@b.c', n: 1 } });
    expect(response.headers.get('set-cookie')).toContain('ds_device=1');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(auth.seen[0].headers.cookie).toBe('ds_device=9');
    const large = {
      method: 'POST',
      body: 'x'.repeat(70_000),
      headers: { 'content-type': 'application/json' },
    };
    expect((await fetch(`${url}/api/auth/login`, large)).status).toBe(413);
  });

  it('is a compressed body of quotes as it came, with the key of its sender', async () => {
    const ingest = await startRemote((app) => {
      app.removeAllContentTypeParsers();
      app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
      app.post('/api/ingest/ticks', async () => ({ accepted: 1 }));
    });
    const url = await start({ upstreamUrls: { ingest: ingest.url } });
    const sent = gzipSync('{"product":"NIFTY"}');
    const headers = {
      'content-type': 'application/x-ndjson',
      'content-encoding': 'gzip',
      'idempotency-key': 'batch-1',
    };
    const response = await fetch(`${url}/api/ingest/ticks?source=a`, { method: 'POST', headers, body: sent });
    expect(response.status).toBe(200);
    const [seen] = ingest.seen;
    expect(seen).toMatchObject({ url: '/api/ingest/ticks?source=a', headers });
    expect(seen.body).toEqual(sent);
    await ingest.stop();
  });

  it('is no path that the contracts do not name', async () => {
    const url = await start();
    for (const path of ['/api/data/chain/NIFTY/more', '/api/datax', '/api/auth/other', '/livez/x']) {
      expect(await raw(url, path, {})).toBe(404);
    }
    for (const path of [
      '/api/data/chain/..%2f..%2flivez',
      '/api/data/%2e%2e/chain/A',
      '/api/data/../livez',
    ]) {
      expect(await raw(url, path, {})).toBe(400);
    }
    // Odd, but no dots of a segment: the service judges it, and is not thought to have failed.
    for (let i = 0; i < 10; i++) expect(await raw(url, '/api/data/chain/..NIFTY', {})).toBe(400);
    expect(storage.seen.map((each) => each.url)).toEqual([]);
    expect(await stateOf(url, 'storage')).toMatchObject({ circuit: 'closed', last_error: null });
  });
});

describe('what comes back', () => {
  it('loses headers that are nobody else’s business', async () => {
    const response = await fetch(`${await start()}${CHAIN}`);
    expect(response.headers.get('x-internal')).toBeNull();
    expect(response.headers.get('cache-control')).toBe('public, no-cache');
    expect(response.headers.get('etag')).toMatch(/^"/);
    failing = 404;
    expect((await fetch(`${gateway.url()}${CHAIN}`)).headers.get('set-cookie')).toBeNull();
  });

  it('is asked for again at each request, and sent by the service only when it changed', async () => {
    const url = await start();
    const first = await fetch(`${url}${CHAIN}`);
    const tag = String(first.headers.get('etag'));
    expect(await first.json()).toMatchObject({ version: 1 });
    expect(await (await fetch(`${url}${CHAIN}`)).json()).toMatchObject({ version: 1 });
    expect(storage.seen[1].headers['if-none-match']).toBe(tag.replace(/\.\w+"$/, '"'));
    version = 2;
    expect(await (await fetch(`${url}${CHAIN}`)).json()).toMatchObject({ version: 2 });
    expect(storage.seen).toHaveLength(3);
    const unchanged = await fetch(`${url}${CHAIN}`, { headers: { 'if-none-match': tag } });
    expect(unchanged.status).toBe(200);
  });

  it('is compressed here, and left out for who has it', async () => {
    const url = await start();
    const response = await fetch(`${url}${CHAIN}`, { headers: { 'accept-encoding': 'gzip' } });
    expect(response.headers.get('content-encoding')).toBe('gzip');
    expect(response.headers.get('vary')).toContain('accept-encoding');
    expect(await response.json()).toMatchObject({ version: 1 });
    const tag = String(response.headers.get('etag'));
    const again = await fetch(`${url}${CHAIN}`, {
      headers: { 'if-none-match': tag, 'accept-encoding': 'gzip' },
    });
    expect([again.status, await again.text()]).toEqual([304, '']);
  });
});

describe('a service that fails', () => {
  it('is answered for by 503, alone, and is back after its return', async () => {
    const url = await start();
    await storage.stop();
    for (let i = 0; i < 8; i++) {
      const response = await fetch(`${url}${CHAIN}`);
      expect(response.status).toBe(503);
      expect(response.headers.get('retry-after')).toBe('1');
      expect(await response.json()).toMatchObject({
        code: 'unavailable',
        detail: expect.stringContaining('storage'),
      });
    }
    expect(await stateOf(url, 'storage')).toMatchObject({
      ok: false,
      circuit: 'open',
      last_error: 'ECONNREFUSED',
    });
    expect((await fetch(`${url}/api/analytics/pcr/NIFTY`)).status).toBe(200);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    await storage.start();
    await expect.poll(async () => (await fetch(`${url}${CHAIN}`)).status).toBe(200);
    expect(await stateOf(url, 'storage')).toMatchObject({ ok: true, circuit: 'closed' });
  });

  it('is covered for by its last response, marked with its age', async () => {
    const url = await start();
    await fetch(`${url}${CHAIN}`);
    await storage.stop();
    for (let i = 0; i < 8; i++) {
      const response = await fetch(`${url}${CHAIN}`);
      expect(response.status).toBe(200);
      expect(Number(response.headers.get('x-deltastream-stale'))).toBeGreaterThanOrEqual(0);
      expect(response.headers.get('age')).toBe(response.headers.get('x-deltastream-stale'));
      expect(await response.json()).toMatchObject({ version: 1 });
    }
    expect((await fetch(`${url}/api/data/chain/BTC`)).status).toBe(503);
    expect(await stateOf(url, 'storage')).toMatchObject({ stale_answers: 8 });
  });

  it('is covered for when it answers 5xx, too, but not 4xx', async () => {
    const url = await start();
    await fetch(`${url}${CHAIN}`);
    failing = 503;
    const stale = await fetch(`${url}${CHAIN}`);
    expect([stale.status, stale.headers.has('x-deltastream-stale')]).toEqual([200, true]);
    failing = 404;
    expect((await fetch(`${url}${CHAIN}`)).status).toBe(404);
    failing = null;
    expect((await fetch(`${url}${CHAIN}`)).headers.has('x-deltastream-stale')).toBe(false);
  });

  it('is a failure of the service when it says itself that it was too slow', async () => {
    const url = await start({ failuresToOpen: 3, probeIntervalMs: 60_000 });
    failing = 504;
    for (let i = 0; i < 3; i++) expect((await fetch(`${url}${CHAIN}`)).status).toBe(504);
    expect(await stateOf(url, 'storage')).toMatchObject({ circuit: 'open', last_error: 'timeout' });
  });

  it('is not covered for by what it gave to a token, where the gateway asks for none', async () => {
    const given = await startRemote((app) => {
      app.get('/api/data/chain/:product', async () => ({ text: 'chain' }));
    }, 'private, no-cache');
    const url = await start({ upstreamUrls: { storage: given.url } });
    expect((await fetch(`${url}${CHAIN}`)).status).toBe(200);
    await given.stop();
    expect((await fetch(`${url}${CHAIN}`)).status).toBe(503);
  });

  it('is not covered for by what is too old', async () => {
    const url = await start({ staleMs: 50 });
    await fetch(`${url}${CHAIN}`);
    await storage.stop();
    await sleep(100);
    expect((await fetch(`${url}${CHAIN}`)).status).toBe(503);
  });

  it('is asked once more when the connection broke, within the budget', async () => {
    const url = await start({ failuresToOpen: 1000, retryShare: 0 });
    delayMs = 1;
    for (let i = 0; i < 15; i++) expect((await fetch(`${url}/api/data/products`)).status).toBe(503);
    // Ten repetitions were saved up, and with a share of 0 no more come.
    expect(storage.seen).toHaveLength(25);
  });

  it('does not hold a caller who leaves, nor count that as its failure', async () => {
    const url = await start();
    delayMs = 300;
    for (let i = 0; i < 6; i++) {
      await fetch(`${url}${CHAIN}`, { signal: AbortSignal.timeout(20) }).catch(() => {});
    }
    expect(await stateOf(url, 'storage')).toMatchObject({ circuit: 'closed', last_error: null });
    delayMs = 0;
    expect((await fetch(`${url}${CHAIN}`)).status).toBe(200);
  });
});
