import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import Fastify, { type FastifyPluginAsync } from 'fastify';
import { Registry } from 'prom-client';
import { afterEach, describe, expect, it } from 'vitest';
import { createMemoryRateLimiter } from '../../adapters/memory/rate-limiter/rate-limiter-memory.ts';
import { DeltaStreamError } from '../../kit/errors.ts';
import { createDeadlines } from '../../kit/http/response-times.ts';
import type { Service } from '../../kit/lifecycle/service.ts';
import type { Identity, TokenVerifier } from '../../kit/tokens/token.ts';
import { type GatewayParts, startGateway } from './gateway.fixture.ts';
import type { Gateway } from './service.ts';

const CHAIN = Buffer.from(JSON.stringify({ text: 'chain '.repeat(2000) }));
const running: Gateway[] = [];
afterEach(async () => {
  for (const gateway of running.splice(0)) await gateway.stop();
});

const service = (routes: FastifyPluginAsync): Service => ({
  name: 'storage',
  metrics: new Registry(),
  start: async () => {},
  stop: async () => {},
  ready: async () => [],
  routes,
});

const storage = service(async (app) => {
  app.get('/api/data/products', async () => ({ count: 0, products: [] }));
  app.get('/api/data/chain/:product', async (_request, reply) => reply.type('application/json').send(CHAIN));
  app.get('/api/auth/me', async () => ({ me: true }));
  app.post('/api/auth/login', async () => ({ token: 'ann' }));
});

const person = (userId: string, scopes: Identity['scopes'] = null): Identity => ({
  userId,
  email: 'a@b.c',
  role: 'viewer',
  sessionId: `session-${userId}`,
  scopes,
  exp: 0,
});
const PEOPLE: Readonly<Record<string, Identity>> = {
  ann: person('ann'),
  bob: person('bob'),
  'key-of-ann': person('ann', ['market:read']),
};
const verifier: TokenVerifier = {
  async verify(token) {
    if (token in PEOPLE) return PEOPLE[token];
    throw new DeltaStreamError('invalid_token', 'not ours');
  },
  onRevoked: () => () => {},
};

async function start(parts: GatewayParts = {}): Promise<string> {
  const gateway = await startGateway({ local: [storage], verifier, ...parts });
  running.push(gateway);
  return gateway.url();
}

const as = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

describe('who may come in', () => {
  it('is everybody, or who has a token, by the setting; a bad token never', async () => {
    const open = await start();
    const closed = await start({ config: { tokensRequired: true } });
    const status = async (url: string, token?: string) =>
      (await fetch(`${url}/api/data/products`, token ? as(token) : {})).status;
    expect([await status(open), await status(open, 'ann'), await status(open, 'eve')]).toEqual([
      200, 200, 401,
    ]);
    expect([await status(closed), await status(closed, 'ann'), await status(closed, 'eve')]).toEqual([
      401, 200, 401,
    ]);
    expect((await fetch(`${closed}/api/status`)).status).toBe(200);
    expect((await fetch(`${closed}/livez`)).status).toBe(200);
  });

  it('is as the contracts say, also where the service itself does not ask', async () => {
    const url = await start();
    expect((await fetch(`${url}/api/auth/me`)).status).toBe(401);
    expect((await fetch(`${url}/api/auth/me`, as('ann'))).status).toBe(200);
    expect((await fetch(`${url}/api/auth/me`, as('key-of-ann'))).status).toBe(403);
  });
});

describe('how often', () => {
  const limited = () =>
    start({ limiter: createMemoryRateLimiter(), config: { readRate: 0.5, computeRate: 0, accountRate: 2 } });

  it('is said in each response, and 429 when it is too often', async () => {
    const url = await limited();
    const first = await fetch(`${url}/api/data/products`);
    expect(first.headers.get('ratelimit-policy')).toBe('"read";q=1;w=2');
    expect(first.headers.get('ratelimit')).toBe('"read";r=0;t=2');
    const second = await fetch(`${url}/api/data/products`);
    expect(second.status).toBe(429);
    expect(second.headers.get('retry-after')).toBe('2');
    expect(second.headers.get('content-type')).toContain('application/problem+json');
    expect(await second.json()).toMatchObject({ code: 'too_many_requests' });
    // Another kind of request has a limit of its own; health has none.
    expect((await fetch(`${url}/api/auth/me`)).status).toBe(401);
    expect((await fetch(`${url}/livez`)).status).toBe(200);
  });

  it('counts a bad token against its address', async () => {
    const url = await limited();
    const responses = [];
    for (let i = 0; i < 6; i++) responses.push((await fetch(`${url}/api/auth/me`, as(`guess-${i}`))).status);
    expect(responses).toEqual([401, 401, 401, 401, 429, 429]);
  });

  it('counts accounts and API keys apart, besides the address they share', async () => {
    const keys: string[][] = [];
    const url = await start({
      limiter: {
        take: (buckets) => {
          keys.push(buckets.map(({ key }) => key));
          return { allowed: true, remaining: 1, waitMs: 0, fullMs: 0 };
        },
        close: async () => {},
      },
    });
    for (const token of ['ann', 'key-of-ann']) await fetch(`${url}/api/data/products`, as(token));
    await fetch(`${url}/api/data/products`);
    expect(keys).toEqual([
      ['read:127.0.0.1', 'read:user:ann'],
      ['read:127.0.0.1', 'read:key:session-ann'],
      ['read:127.0.0.1'],
    ]);
  });

  it('may be without limit', async () => {
    const url = await start({
      limiter: createMemoryRateLimiter(),
      config: { readRate: 0, computeRate: 0, accountRate: 0 },
    });
    const response = await fetch(`${url}/api/data/products`);
    expect([response.status, response.headers.get('ratelimit')]).toEqual([200, null]);
  });
});

describe('what is sent', () => {
  it('has a tag, an encoding and a rule for caches', async () => {
    const url = `${await start()}/api/data/chain/NIFTY`;
    const plain = await fetch(url, { headers: { 'accept-encoding': 'identity' } });
    const tag = String(plain.headers.get('etag'));
    expect(tag).toMatch(/^"[\w-]+"$/);
    expect(plain.headers.get('cache-control')).toBe('public, no-cache');
    expect(plain.headers.get('vary')).toBe('accept-encoding');
    expect(plain.headers.get('content-length')).toBe(String(CHAIN.length));
    expect(Buffer.from(await plain.arrayBuffer()).equals(CHAIN)).toBe(true);
    const packed = await fetch(url, { headers: { 'accept-encoding': 'br' } });
    expect(packed.headers.get('content-encoding')).toBe('br');
    expect(packed.headers.get('etag')).toBe(tag.replace(/"$/, '.br"'));
    expect(Number(packed.headers.get('content-length'))).toBeLessThan(1000);
    for (const known of [tag, String(packed.headers.get('etag')), `W/${tag}`]) {
      const response = await fetch(url, { headers: { 'if-none-match': known } });
      expect([response.status, await response.text()]).toEqual([304, '']);
    }
    expect(
      (await fetch(url, { method: 'HEAD', headers: { 'accept-encoding': 'identity' } })).headers.get('etag'),
    ).toBe(tag);
  });

  it('is nobody else’s where tokens are required, and kept nowhere where it is personal or an error', async () => {
    const url = await start({ config: { tokensRequired: true } });
    const control = async (path: string) =>
      (await fetch(`${url}${path}`, as('ann'))).headers.get('cache-control');
    expect(await control('/api/data/products')).toBe('private, no-cache');
    expect(await control('/api/auth/me')).toBe('no-store');
    expect(await control('/api/data/nothing/here')).toBe('no-store');
  });

  it('may be read by the origins of the setting, without credentials', async () => {
    const url = await start({ config: { corsOrigins: ['https://a.example'] } });
    const from = async (origin: string) =>
      (await fetch(`${url}/api/data/products`, { headers: { origin } })).headers;
    const allowed = await from('https://a.example');
    expect(allowed.get('access-control-allow-origin')).toBe('https://a.example');
    expect(allowed.get('access-control-allow-credentials')).toBeNull();
    expect(allowed.get('access-control-expose-headers')).toContain('x-deltastream-stale');
    expect((await from('https://b.example')).get('access-control-allow-origin')).toBeNull();
    const preflight = await fetch(`${url}/api/auth/preferences`, {
      method: 'OPTIONS',
      headers: { origin: 'https://a.example', 'access-control-request-method': 'PUT' },
    });
    expect(preflight.headers.get('access-control-allow-methods')?.split(', ').toSorted()).toEqual([
      ...['DELETE', 'GET', 'HEAD', 'POST', 'PUT'],
    ]);
  });
});

describe('what is too large', () => {
  it('is a body beyond the setting, on each route', async () => {
    const url = await start({ config: { bodyLimitBytes: 100 } });
    const logIn = async (length: number) => {
      const body = JSON.stringify({ email: 'x'.repeat(length) });
      const headers = { 'content-type': 'application/json' };
      return (await fetch(`${url}/api/auth/login`, { method: 'POST', body, headers })).status;
    };
    expect([await logIn(10), await logIn(200)]).toEqual([200, 413]);
  });
});

describe('what takes too long', () => {
  it('is answered with 504 when a service here does not answer, and what it says later is dropped', async () => {
    const app = Fastify();
    const deadlines = createDeadlines(10);
    const answered = Promise.withResolvers<void>();
    app.get('/', async (_request, reply) => {
      deadlines.watch(reply, 30);
      await answered.promise;
      return 'late';
    });
    app.get('/quick', async (_request, reply) => {
      deadlines.watch(reply, 30);
      deadlines.done(reply);
      await sleep(60);
      return 'fine';
    });
    const late = await app.inject('/');
    answered.resolve();
    expect(late.body).toContain('in time');
    expect((await app.inject('/quick')).body).toBe('fine');
    deadlines.stop();
    await app.close();
  });

  it('is cut when a client sends its headers too slowly, and others do not notice', async () => {
    const url = await start({ config: { headersTimeoutMs: 2_000, requestTimeoutMs: 4_000 } });
    const { port } = new URL(url);
    const slow = Array.from({ length: 50 }, () => {
      const socket = connect(Number(port), '127.0.0.1');
      socket.on('error', () => {});
      socket.write('GET /livez HTTP/1.1\r\nhost: a\r\n');
      return new Promise<string>((resolve) => {
        let text = '';
        socket.on('data', (data) => {
          text += data;
        });
        socket.on('close', () => resolve(text));
      });
    });
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    for (const text of await Promise.all(slow)) expect(text).toContain('408');
  });
});
