import type { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { type RedisServer, startRedisServer } from './redis-server.ts';

/** What a suite on Redis has: a server for all its tests, and an end for what each of them opens. */
export interface RedisSuite {
  /** From `beforeAll` on. */
  readonly server: RedisServer;
  /** A connection for what no adapter does. */
  readonly redis: Redis;
  /** Called after the test, the newest first. */
  readonly closers: (() => Promise<unknown>)[];
}

/** To be called in a suite, before its own hooks. */
export function useRedis(): RedisSuite {
  let server: RedisServer;
  let redis: Redis;
  const closers: (() => Promise<unknown>)[] = [];
  beforeAll(async () => {
    server = await startRedisServer();
    redis = server.connect();
  });
  afterEach(async () => {
    for (const close of closers.splice(0).toReversed()) await close();
  });
  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });
  return {
    get server() {
      return server;
    },
    get redis() {
      return redis;
    },
    closers,
  };
}
