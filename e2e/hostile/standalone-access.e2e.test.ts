import { join } from 'node:path';
import { ROUTES } from '@deltastream/contracts';
import { io } from 'socket.io-client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SERVICE_NAMES } from '../../packages/server/src/kit/lifecycle/service.ts';
import { startRedisServer } from '../../packages/server/src/testing/servers/redis-server.ts';
import { healthDuring } from '../support/meters/health-meter.ts';
import { expectLive } from '../support/meters/promised-times.ts';
import {
  type PlatformProcess,
  startPlatform,
  temporaryFolder,
} from '../support/platform/platform-process.ts';
import { mebibytes, memoryOf, peakMemoryOf } from '../support/platform/process-memory.ts';

/** What each serves by itself; the other services have no guarded routes. */
const SERVING = [
  ...['auth', 'logging', 'operations', 'storage', 'analytics'],
  ...['socket-gateway', 'ingest', 'feed', 'alerts'],
];
const NAMES = SERVICE_NAMES.filter((name) => name !== 'gateway');
const ROUNDS = 20;
const MAX_MEMORY_GROWTH = 2;
const GUARDED = ROUTES.filter(({ access }) => access !== 'public');

const folder = temporaryFolder();
let redis: Awaited<ReturnType<typeof startRedisServer>>;
const services = new Map<string, PlatformProcess>();
const loopback = (name: string) => `http://127.0.0.1:${new URL(services.get(name)?.url ?? '').port}`;

beforeAll(async () => {
  const start = async (name: string, flags: readonly string[] = []) => {
    const own = ['--only', name, '--host', '0.0.0.0', '--data', join(folder.path, name)];
    services.set(name, await startPlatform([...own, '--products', 'NIFTY', ...flags]));
  };
  await start('auth');
  redis = await startRedisServer();
  // Without one it has nothing to do.
  const needed = (name: string) => (name === 'mirror' ? ['--mirror', redis.url] : []);
  for (const name of NAMES.filter((each) => each !== 'auth'))
    await start(name, ['--auth-url', loopback('auth'), ...needed(name)]);
});
afterAll(async () => {
  await Promise.all([...services.values()].map((each) => each.stop()));
  await redis.stop();
  folder.remove();
});

const ALONE = '%s alone, open to the network, answers nobody without a token';
it.each(NAMES)(ALONE, { tags: ['timing'] }, async (name) => {
  const { pid } = services.get(name) as PlatformProcess;
  const url = loopback(name);
  const idle = memoryOf(pid);
  const counts: Record<number, number> = {};
  const livez = await healthDuring(
    url,
    async () => {
      for (let round = 0; round < ROUNDS; round++) {
        const responses = GUARDED.map(async (route) => {
          const path = route.url.replace(/:(\w+)/g, (_all, part) => (part === 'product' ? 'NIFTY' : 'x'));
          const response = await fetch(`${url}${path}`, {
            method: route.method,
            // What a confused service might take for somebody that a gateway has let in.
            headers: { 'x-user-id': '1', 'x-user-role': 'admin', 'x-forwarded-for': '127.0.0.1' },
          });
          await response.body?.cancel();
          counts[response.status] = (counts[response.status] ?? 0) + 1;
        });
        await Promise.all(responses);
      }
    },
    '/livez',
  );
  const peak = peakMemoryOf(pid);
  console.log(
    `${name} alone: ${ROUNDS} x ${GUARDED.length} guarded routes without a token: ${JSON.stringify(counts)}; ` +
      `memory ${mebibytes(idle)} idle, ${mebibytes(peak)} at most; ` +
      `/livez p99 ${livez.p99} ms of ${livez.count}, bare server p99 ${livez.bareP99} ms`,
  );
  const refused = counts[401] ?? 0;
  // A route of another service is not there; of its own each is refused.
  expect(refused + (counts[404] ?? 0)).toBe(ROUNDS * GUARDED.length);
  expect(refused > 0).toBe(SERVING.includes(name));
  expect(livez.failures).toBe(0);
  expectLive(livez);
  expect(peak).toBeLessThanOrEqual(MAX_MEMORY_GROWTH * idle);
});

it('takes no socket without a token, by either transport', async () => {
  const outcome = (transport: 'websocket' | 'polling', auth: object) =>
    new Promise<string>((resolve) => {
      const options = { transports: [transport], reconnection: false, forceNew: true, auth };
      const socket = io(loopback('socket-gateway'), options);
      const settle = (what: string) => {
        socket.close();
        resolve(what);
      };
      socket.once('connected', () => settle('connected'));
      socket.once('connect_error', (error: Error & { data?: { code?: string } }) =>
        settle(error.data?.code ?? error.message),
      );
    });
  for (const transport of ['websocket', 'polling'] as const) {
    expect(await outcome(transport, {})).toBe('unauthenticated');
    expect(await outcome(transport, { token: 'nonsense' })).toBe('invalid_token');
  }
});
