import { join } from 'node:path';
import {
  type RedisServer,
  startRedisServer,
} from '../../../packages/server/src/testing/servers/redis-server.ts';
import { type PlatformProcess, startPlatform, temporaryFolder } from './platform-process.ts';

/** Services as processes of their own around a Redis of their own, and a data folder. */
export interface RedisStand {
  readonly redis: RedisServer;
  /** Where its storage service keeps market data. */
  readonly marketFolder: string;
  /** The flags that all its processes have in common; for commands as well. */
  readonly shared: readonly string[];
  /** Starts the named services without a source; `url` is the way to Redis, by default the direct one. */
  start(only: string, flags?: readonly string[], url?: string): Promise<PlatformProcess>;
  /** Ends what still runs, and removes everything. */
  end(): Promise<void>;
}

export async function openRedisStand(redisFlags: readonly string[] = []): Promise<RedisStand> {
  const redis = await startRedisServer(redisFlags);
  const folder = temporaryFolder();
  const data = join(folder.path, 'data');
  const processes: PlatformProcess[] = [];
  const sharedBy = (url: string) => ['--bus', url, '--queue', url, '--cache', url, '--data', data];
  return {
    redis,
    shared: sharedBy(redis.url),
    marketFolder: join(data, 'recorded'),
    async start(only, flags = [], url = redis.url) {
      const started = await startPlatform(['--only', only, '--source', 'none', ...sharedBy(url), ...flags]);
      processes.push(started);
      return started;
    },
    async end() {
      for (const each of processes) each.kill('SIGKILL');
      await Promise.all(processes.map((each) => each.exited()));
      await redis.stop();
      folder.remove();
    },
  };
}
