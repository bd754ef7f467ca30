import {
  type PlatformProcess,
  startPlatform,
  temporaryFolder,
} from '../../e2e/support/platform/platform-process.ts';
import { createRedisBus } from '../../packages/server/src/adapters/redis/bus/bus-redis.ts';
import type { Bus } from '../../packages/server/src/ports/bus.ts';
import { startRedisServer } from '../../packages/server/src/testing/servers/redis-server.ts';

/** Redis and services as processes of their own, and a bus of this process on the same Redis. */
export interface Stack {
  readonly bus: Bus;
  readonly redisPid: number;
  readonly processes: readonly PlatformProcess[];
  stop(): Promise<void>;
}

/** One process for each list of services, in order. */
export async function startStack(services: readonly string[], maxBacklogBytes: number): Promise<Stack> {
  const redis = await startRedisServer();
  const folder = temporaryFolder();
  const flags = ['--bus', redis.url, '--queue', redis.url, '--cache', redis.url, '--data', folder.path];
  const processes: PlatformProcess[] = [];
  for (const only of services) {
    processes.push(
      await startPlatform([
        ...flags,
        ...(only === 'mirror' ? ['--mirror', redis.url] : []),
        '--source',
        'none',
        '--log-level',
        'warn',
        '--only',
        only,
        '--concurrency',
        '32',
      ]),
    );
  }
  const bus = await createRedisBus({ url: redis.url, maxBacklogBytes, overflow: 'wait' });
  return {
    bus,
    redisPid: redis.pid(),
    processes,
    async stop() {
      await bus.close();
      await Promise.all(processes.map((each) => each.stop()));
      await redis.stop();
      folder.remove();
    },
  };
}
