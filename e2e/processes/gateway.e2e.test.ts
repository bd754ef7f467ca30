import { join } from 'node:path';
import { io } from 'socket.io-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { getJson } from '../support/clients/rest.ts';
import { longestMs } from '../support/meters/promised-times.ts';
import {
  type PlatformProcess,
  runToExit,
  startPlatform,
  temporaryFolder,
} from '../support/platform/platform-process.ts';
import { untilStored } from '../support/platform/until-stored.ts';

const STORED = ['--source', 'none', '--dataset', 'synthetic'];

describe('a gateway with its services as processes', () => {
  const folder = temporaryFolder();
  const market = join(folder.path, 'market');
  const processes: PlatformProcess[] = [];
  let gateway: PlatformProcess;
  let storage: PlatformProcess;
  let chain = '';

  const start = async (...flags: string[]) => {
    const started = await startPlatform(flags);
    processes.push(started);
    return started;
  };
  const startStorage = (port = '0') =>
    start('--only', 'storage', '--data', market, '--port', port, ...STORED);

  beforeAll(async () => {
    const filler = await start('--data', market, '--products', 'NIFTY');
    await untilStored(filler.url, ['NIFTY']);
    await filler.stop();
    storage = await startStorage();
    const [analytics, auth, sockets] = await Promise.all([
      start('--only', 'analytics', '--data', market, ...STORED),
      start('--only', 'auth', '--data', join(folder.path, 'accounts')),
      start('--only', 'socket-gateway', '--products', 'NIFTY'),
    ]);
    const urls = ['--data-url', storage.url, '--analytics-url', analytics.url, '--auth-url', auth.url];
    gateway = await start('--only', 'gateway', ...urls, '--socket-url', sockets.url);
    const { expiries } = await getJson<{ expiries: { expiry: string }[] }>(
      `${gateway.url}/api/data/expiries/NIFTY`,
    );
    chain = `${gateway.url}/api/data/chain/NIFTY?expiry=${expiries[0].expiry}`;
  });
  afterAll(async () => {
    for (const each of processes) expect([0, null]).toContain(await each.stop());
    folder.remove();
  });

  it('serves every route at its path, and describes them all', async () => {
    expect(await getJson(chain)).toMatchObject({ product: 'NIFTY' });
    expect(await getJson(`${gateway.url}/api/analytics/pcr/NIFTY`)).toMatchObject({ product: 'NIFTY' });
    const api = await getJson<{ paths: object }>(`${gateway.url}/api/openapi.json`);
    expect(Object.keys(api.paths)).toEqual(
      expect.arrayContaining([
        '/api/data/chain/{product}',
        '/api/auth/login',
        '/api/admin/dlq',
        '/api/status',
      ]),
    );
    expect((await fetch(`${gateway.url}/api/data/chain/NIFTY?at=yesterday`)).status).toBe(400);
    expect((await fetch(`${gateway.url}/api/logs`)).status).toBe(401);
  });

  it('checks tokens that the auth service made elsewhere', async () => {
    const response = await fetch(`${gateway.url}/api/auth/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: 'a@example.com', password: 'several unrelated words' }),
    });
    expect(response.status).toBe(201);
    const { token } = (await response.json()) as { token: string };
    const status = async (given: string) =>
      (await fetch(chain, { headers: { authorization: `Bearer ${given}` } })).status;
    expect([await status(token), await status(`${token.slice(0, -4)}AAAA`)]).toEqual([200, 401]);
    const me = await fetch(`${gateway.url}/api/auth/me`, { headers: { authorization: `Bearer ${token}` } });
    expect(await me.json()).toMatchObject({ email: 'a@example.com' });
  });

  it.each(['websocket', 'polling'])('passes sockets on by %s', async (transport) => {
    const socket = io(gateway.url, { transports: [transport], reconnection: false });
    await new Promise((resolve, reject) => {
      socket.on('connect', () => resolve(null));
      socket.on('connect_error', reject);
    });
    expect(socket.io.engine.transport.name).toBe(transport);
    socket.disconnect();
  });

  it('goes on when a service is killed: its routes say so within a second, and it is back within five', async () => {
    const fresh = await fetch(chain);
    expect(fresh.headers.has('x-deltastream-stale')).toBe(false);
    storage.kill('SIGKILL');
    await storage.exited();
    processes.splice(processes.indexOf(storage), 1);
    const delays: number[] = [];
    const timed = async (url: string) => {
      const begun = performance.now();
      const response = await fetch(url);
      delays.push(performance.now() - begun);
      return response;
    };
    for (let i = 0; i < 20; i++) {
      const stale = await timed(chain);
      expect([stale.status, stale.headers.has('x-deltastream-stale')]).toEqual([200, true]);
      const other = await timed(`${gateway.url}/api/data/underlying/NIFTY`);
      expect(other.status).toBe(503);
      expect(await other.json()).toMatchObject({ code: 'unavailable' });
      const rest = await timed(`${gateway.url}/api/analytics/pcr/NIFTY`);
      expect([rest.status, rest.headers.has('x-deltastream-stale')]).toEqual([200, false]);
    }
    const status = await getJson<{ upstreams: { name: string; ok: boolean; circuit: string }[] }>(
      `${gateway.url}/api/status`,
    );
    expect(status.upstreams.find(({ name }) => name === 'storage')).toMatchObject({
      ok: false,
      circuit: 'open',
    });
    expect(status.upstreams.filter(({ ok }) => !ok).map(({ name }) => name)).toEqual(['storage']);

    storage = await startStorage(new URL(storage.url).port);
    const returned = performance.now();
    await expect
      .poll(async () => (await fetch(chain)).headers.has('x-deltastream-stale'), { interval: 50 })
      .toBe(false);
    const backMs = performance.now() - returned;
    delays.sort((a, b) => a - b);
    process.stdout.write(
      `storage killed: ${delays.length} requests, longest ${delays.at(-1)?.toFixed(0)} ms; back after ${backMs.toFixed(0)} ms\n`,
    );
    expect(delays.at(-1)).toBeLessThan(longestMs(1_000));
    expect(backMs).toBeLessThan(longestMs(5_000));
  });
});

describe('who may read', () => {
  const folder = temporaryFolder();
  afterAll(folder.remove);

  it.each([
    [['--host', '127.0.0.1'], 200, /market data is open: only this machine can reach 127\.0\.0\.1/],
    [['--host', '0.0.0.0'], 401, /market data needs a token: others can reach 0\.0\.0\.0/],
    [['--host', '0.0.0.0', '--auth-required', 'false'], 200, /market data is open: --auth-required is false/],
    [['--auth-required'], 401, /market data needs a token: --auth-required is true/],
  ])('%j -> %d, and says why', async (flags, status, line) => {
    const platform = await startPlatform(['--data', join(folder.path, 'a'), '--source', 'none', ...flags]);
    try {
      expect(platform.output()).toMatch(line);
      expect((await fetch(`${platform.url}/api/data/products`)).status).toBe(status);
      expect((await fetch(`${platform.url}/readyz`)).status).toBe(200);
    } finally {
      expect(await platform.stop()).toBe(0);
    }
  });

  it('is asked to be true or false', async () => {
    const { code, output } = await runToExit(['--auth-required', 'perhaps']);
    expect(code).toBe(1);
    expect(output).toContain('--auth-required "perhaps"');
  });
});
