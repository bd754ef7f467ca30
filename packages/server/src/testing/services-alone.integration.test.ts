import { mkdtempSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROUTES, type Route } from '@deltastream/contracts';
import { io } from 'socket.io-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tokenRule } from '../kit/access/token-rule.ts';
import { SERVICE_NAMES } from '../kit/lifecycle/service.ts';
import { launch, type Platform } from '../launch.ts';
import { readSettings } from '../settings/read.ts';

/** Every service on a port of its own, reached without a gateway. */
const NAMES = SERVICE_NAMES.filter((name) => name !== 'gateway');
const SERVING = [
  ...['auth', 'logging', 'operations', 'storage', 'analytics'],
  ...['socket-gateway', 'ingest', 'feed', 'alerts'],
];
const PARAMETERS: Readonly<Record<string, string>> = { product: 'NIFTY' };

const folder = mkdtempSync(join(tmpdir(), 'services-alone-'));
const running: Platform[] = [];
const urls = new Map<string, string>();
let viewer: string;

async function start(name: string, flags: object): Promise<void> {
  const settings = readSettings(
    { data: join(folder, name), port: 0, logLevel: 'silent', only: [name], products: ['NIFTY'], ...flags },
    {},
  );
  const platform = await launch(settings, () => {});
  running.push(platform);
  urls.set(name, platform.urls[0]);
}

beforeAll(async () => {
  await start('auth', { authRequired: true, passwordAlgorithm: 'argon2id' });
  const authUrl = urls.get('auth');
  for (const name of NAMES.filter((each) => each !== 'auth')) {
    // Without a Redis to publish on there is no mirror; it connects at the first message.
    const own = name === 'mirror' ? { mirror: 'redis://127.0.0.1:1' } : {};
    await start(name, { authRequired: true, authUrl, ...own });
  }
  const response = await fetch(`${authUrl}/api/auth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: 'viewer@example.com', password: 'five words that are unrelated' }),
  });
  viewer = ((await response.json()) as { token: string }).token;
});
afterAll(async () => {
  await Promise.all(running.map((each) => each.stop()));
  rmSync(folder, { recursive: true });
});

async function ask(name: string, { method, url }: Route, token?: string): Promise<number> {
  const path = url.replace(/:(\w+)/g, (_match, parameter: string) => PARAMETERS[parameter] ?? 'x');
  const headers = {
    // What a confused service might take for somebody that a gateway has let in.
    'x-user-id': '1',
    'x-user-role': 'admin',
    'x-forwarded-user': 'admin@example.com',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  const response = await fetch(`${urls.get(name)}${path}`, { method, headers });
  await response.body?.cancel();
  return response.status;
}

/** The status of a response for a host of one's own choice, which `fetch` does not send. */
const statusOf = (port: string, path: string, headers: Record<string, string>) =>
  new Promise((resolve) => {
    get({ port, host: '127.0.0.1', path, headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
  });

const guarded = ROUTES.filter(({ access }) => access !== 'public');

describe('a service alone that asks for tokens', () => {
  it.each(NAMES)('%s answers 401 to everybody without one, on each of its routes', async (name) => {
    const statuses = await Promise.all(guarded.map((route) => ask(name, route)));
    expect(new Set(statuses)).toEqual(new Set(SERVING.includes(name) ? [401, 404] : [404]));
  });

  it('serves every route that is guarded, and each at one service', async () => {
    for (const route of guarded) {
      const hosts = await Promise.all(SERVING.map((name) => ask(name, route)));
      expect(
        hosts.filter((status) => status === 401),
        route.url,
      ).toHaveLength(1);
    }
  });

  // What an account does with itself would end the viewer's session; the matrix of a gateway has it.
  it.each(SERVING.slice(1))(
    '%s admits a viewer to what viewers may do, and to nothing of administrators',
    async (name) => {
      for (const route of guarded) {
        const status = await ask(name, route, viewer);
        if (status === 404) continue;
        const administrative = typeof route.access === 'object' && route.access.role === 'admin';
        if (administrative) expect(status, route.url).toBe(403);
        else expect(status, route.url).not.toBe(401);
      }
    },
  );

  it.each(NAMES)('%s says to everybody whether it works', async (name) => {
    for (const path of ['/livez', '/health', '/metrics']) {
      expect((await fetch(`${urls.get(name)}${path}`)).status).toBe(200);
    }
  });

  it.each([
    ['auth', '/api/auth/me', 'no-store'],
    ['auth', '/api/auth/.well-known/jwks.json', 'public, max-age=60'],
    ['storage', '/api/data/products', 'private, no-cache'],
    ['analytics', '/livez', 'no-store'],
    ['socket-gateway', '/api/asyncapi.json', 'public, no-cache'],
  ])('%s keeps the policy of %s without a gateway', async (name, path, cacheControl) => {
    const { status, headers } = await fetch(`${urls.get(name)}${path}`, {
      headers: { authorization: `Bearer ${viewer}` },
    });
    expect([status, headers.get('cache-control')]).toEqual([200, cacheControl]);
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
  });

  it('takes sockets of those only who have a token', async () => {
    const connect = (auth: object) =>
      new Promise<string>((resolve) => {
        const socket = io(urls.get('socket-gateway'), {
          transports: ['websocket'],
          reconnection: false,
          auth,
        });
        const settle = (outcome: string) => {
          socket.close();
          resolve(outcome);
        };
        socket.once('connected', () => settle('connected'));
        socket.once('connect_error', (error: Error & { data?: { code?: string } }) =>
          settle(error.data?.code ?? error.message),
        );
      });
    expect(await connect({})).toBe('unauthenticated');
    expect(await connect({ token: viewer })).toBe('connected');
  });
});

describe('the rule about tokens', () => {
  it.each([
    ['127.0.0.1', undefined, false],
    ['localhost', undefined, false],
    ['::1', undefined, false],
    ['127.0.0.1', true, true],
    ['0.0.0.0', undefined, true],
    ['::', undefined, true],
    ['192.168.1.5', undefined, true],
    ['0.0.0.0', false, false],
  ])('for %s with --auth-required %s: %s', (host, authRequired, required) => {
    expect(tokenRule({ host, authRequired }).required).toBe(required);
  });

  it('refuses a host of another name where data is open on this machine', async () => {
    await start('analytics', { data: join(folder, 'open'), authUrl: urls.get('auth') });
    const { port } = new URL(urls.get('analytics') ?? '');
    const asked = (host: string, forwarded?: string) =>
      statusOf(port, '/api/analytics/pcr/NIFTY', {
        host,
        ...(forwarded !== undefined && { 'x-forwarded-host': forwarded }),
      });
    expect(await asked('evil.example')).toBe(421);
    expect(await asked(`localhost:${port}`)).toBe(404);
    expect(await asked('evil.example', 'localhost')).toBe(421);
    expect(await asked('localhost', 'evil.example')).toBe(421);
    expect(await asked('127.0.0.1', 'localhost:8000')).toBe(404);
  });

  it.each([
    ['127.0.0.1', 421],
    ['0.0.0.0', 200],
  ])('asks REST and sockets for the same hosts where data is open on %s', async (host, expected) => {
    const data = join(folder, `one-rule-${expected}`);
    const only = ['storage', 'socket-gateway', 'gateway'];
    await start('gateway', { only, data, host, authRequired: false, authUrl: urls.get('auth') });
    const { port } = new URL(urls.get('gateway') ?? '');
    const paths = ['/api/data/products', '/socket.io/?EIO=4&transport=polling'];
    const statuses = paths.map((path) => statusOf(port, path, { host: 'mybox.lan' }));
    expect(await Promise.all(statuses)).toEqual([expected, expected]);
  });

  it('holds for a service alone that others can reach', async () => {
    await start('storage', { host: '0.0.0.0', data: join(folder, 'reachable'), authUrl: urls.get('auth') });
    const [products] = ROUTES.filter(({ url }) => url === '/api/data/products');
    expect(await ask('storage', products)).toBe(401);
    expect(await ask('storage', products, viewer)).toBe(200);
  });
});
