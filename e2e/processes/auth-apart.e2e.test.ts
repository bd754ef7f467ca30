import { join } from 'node:path';
import { io } from 'socket.io-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  haveRedisServer,
  type RedisServer,
  startRedisServer,
} from '../../packages/server/src/testing/servers/redis-server.ts';
import { longestMs } from '../support/meters/promised-times.ts';
import {
  type PlatformProcess,
  runToExit,
  startPlatform,
  temporaryFolder,
} from '../support/platform/platform-process.ts';

const EMAIL = 'admin@example.com';
const PASSWORD = 'a-long-sentence-of-words-9';

/** Each service its own process and data folder: what they share is Redis and the address of auth. */
describe.runIf(haveRedisServer())('processes that check tokens without the auth service', () => {
  const folder = temporaryFolder();
  const processes: PlatformProcess[] = [];
  let redis: RedisServer;
  let auth: PlatformProcess;
  const urls: Record<string, string> = {};
  let token: string;
  let viewer: string;

  const start = async (name: string, ...flags: string[]) => {
    const shared = ['--bus', redis.url, '--queue', redis.url, '--data', join(folder.path, name)];
    const started = await startPlatform([...shared, '--source', 'none', '--only', name, ...flags]);
    processes.push(started);
    return started;
  };
  const post = async (path: string, body: object, bearer?: string) => {
    const response = await fetch(new URL(path, auth.url), {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(bearer ? { authorization: `Bearer ${bearer}` } : {}),
      },
      body: JSON.stringify(body),
    });
    return response.json();
  };
  const get = async (name: string, path: string, bearer: string | null = token) => {
    const headers: Record<string, string> = bearer === null ? {} : { authorization: `Bearer ${bearer}` };
    const response = await fetch(new URL(path, urls[name]), { headers });
    return { status: response.status, body: await response.json() };
  };
  const logIn = async () => (await post('/api/auth/login', { email: EMAIL, password: PASSWORD })).token;

  beforeAll(async () => {
    redis = await startRedisServer();
    const data = ['--data', join(folder.path, 'auth')];
    const made = await runToExit(
      ['user', 'create', '--email', EMAIL, '--role', 'admin', ...data],
      `${PASSWORD}\n`,
    );
    expect(made.code, made.output).toBe(0);
    auth = await start('auth');
    for (const name of ['logging', 'operations', 'socket-gateway']) {
      const required = name === 'socket-gateway' ? ['--socket-token', 'required'] : [];
      urls[name] = (await start(name, '--auth-url', auth.url, ...required)).url;
    }
    token = await logIn();
    const registration = { email: 'viewer@example.com', password: PASSWORD, name: 'V' };
    viewer = (await post('/api/auth/register', registration)).token;
  });
  afterAll(async () => {
    await Promise.all(processes.map((each) => each.stop()));
    await redis.stop();
    folder.remove();
  });

  const connected = (auth: object) =>
    new Promise<string>((resolve) => {
      const socket = io(urls['socket-gateway'], { transports: ['websocket'], reconnection: false, auth });
      const settle = (outcome: string) => {
        socket.close();
        resolve(outcome);
      };
      socket.once('connected', () => settle('connected'));
      socket.once('connect_error', (error) => settle(error.message));
    });

  it.each([
    ['logging', '/api/logs'],
    ['operations', '/api/admin/dlq'],
    ['operations', '/api/admin/workers'],
    ['operations', '/api/admin/imports'],
    ['operations', '/api/admin/exports'],
  ])('%s serves %s to administrators, and nobody else', async (name, path) => {
    expect((await get(name, path)).status).toBe(200);
    expect((await get(name, path, null)).body.code).toBe('unauthenticated');
    expect((await get(name, path, `${token.slice(0, -4)}AAAA`)).body.code).toBe('invalid_token');
    expect((await get(name, path, viewer)).body.code).toBe('forbidden');
  });

  it('the socket gateway lets in who has a token', async () => {
    expect(await connected({ token })).toBe('connected');
    expect(await connected({})).not.toBe('connected');
    expect(await connected({ token: `${token.slice(0, -4)}AAAA` })).not.toBe('connected');
  });

  it('an API key stands for its owner, within its scopes', async () => {
    const order = { name: 'desk', scopes: ['operations:manage'], password: PASSWORD };
    const { key } = await post('/api/auth/keys', order, token);
    expect((await get('operations', '/api/admin/dlq', key)).status).toBe(200);
    expect((await get('logging', '/api/logs', key)).body.code).toBe('forbidden');
  });

  it('a session that ended is refused everywhere within a second', async () => {
    const ending = await logIn();
    expect((await get('operations', '/api/admin/dlq', ending)).status).toBe(200);
    await post('/api/auth/logout-everywhere', { password: PASSWORD }, ending);
    await expect
      .poll(async () => (await get('operations', '/api/admin/dlq', ending)).body.code, {
        timeout: longestMs(1_000),
      })
      .toBe('invalid_token');
    await expect
      .poll(async () => (await get('logging', '/api/logs', ending)).body.code, { timeout: longestMs(1_000) })
      .toBe('invalid_token');
    token = await logIn();
  });

  it('tokens go on being checked while the auth service is away', async () => {
    expect((await get('operations', '/api/admin/dlq')).status).toBe(200);
    await auth.stop();
    processes.splice(processes.indexOf(auth), 1);
    expect((await get('operations', '/api/admin/dlq')).status).toBe(200);
    const key = `ds_${'0'.repeat(16)}_${'0'.repeat(64)}`;
    expect((await get('logging', '/api/logs', key)).body.code).toBe('unavailable');
  });

  it('a process whose auth service is away says so, and takes no token for a bad one', async () => {
    const away = 'http://127.0.0.1:9';
    urls.alone = (await start('operations', '--auth-url', away)).url;
    expect((await get('alone', '/api/admin/dlq', null)).body.code).toBe('unauthenticated');
    expect((await get('alone', '/api/admin/dlq')).body.code).toBe('unavailable');
    expect(processes.at(-1)?.output()).toContain(`checked with the auth service at ${away}`);
  });
});
