import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';

export type RedisArgument = string | number | Buffer;

/** A Lua script: one atomic step on the server. Results hold Buffers where Redis has strings. */
export type RedisScript = (
  redis: Redis,
  keys: readonly string[],
  values: readonly RedisArgument[],
) => Promise<unknown>;

/** Calls the script by its digest, and sends it once more to a server that does not know it (any more). */
export function createScript(lua: string): RedisScript {
  const digest = createHash('sha1').update(lua).digest('hex');
  return async (redis, keys, values) => {
    const rest = [keys.length, ...keys, ...values];
    try {
      return await redis.callBuffer('EVALSHA', digest, ...rest);
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      return redis.callBuffer('EVAL', lua, ...rest);
    }
  };
}
