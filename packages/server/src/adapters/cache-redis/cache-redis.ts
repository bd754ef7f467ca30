import { Counter, Registry } from 'prom-client';
import { reasonOf } from '../../kit/errors.ts';
import { type Logger, silentLogger } from '../../kit/log.ts';
import type { Cache } from '../../ports/cache.ts';
import { CONNECTION_DEFAULTS, connect, createConnection } from '../redis/connection.ts';
import { createScript } from '../redis/script.ts';
import { createOwedInvalidations, type Invalidation } from './owed-invalidations.ts';

export interface RedisCacheOptions {
  /** `redis://[user:password@]host:port[/db]`, or `rediss://` for TLS. */
  readonly url: string;
  readonly logger?: Logger;
  /** First part of every key; `deltastream:cache`. */
  readonly prefix?: string;
  /** Longest wait for an answer; after it a read is a miss; 100 ms. */
  readonly commandTimeoutMs?: number;
  /** How often invalidations that did not reach Redis are tried again, 200 ms, and how many are kept, 10,000. */
  readonly retryMs?: number;
  readonly maxOwedInvalidations?: number;
  readonly connectTimeoutMs?: number;
  /** Longest silence of the connection before it is made anew; 3,000 ms. */
  readonly answerTimeoutMs?: number;
  readonly firstReconnectMs?: number;
  readonly maxReconnectMs?: number;
}

export interface RedisCache extends Cache {
  /** `deltastream_cache_failures_total` by operation. */
  readonly metrics: Registry;
}

const DEFAULTS = {
  ...CONNECTION_DEFAULTS,
  logger: silentLogger,
  prefix: 'deltastream:cache',
  commandTimeoutMs: 100,
  retryMs: 200,
  maxOwedInvalidations: 10_000,
} as const;

/** Held: a hash of version `v` and bytes `b`; without `b` it is a fence against slower writers. */
const setIfNewer = createScript(`
local held = redis.call('HGET', KEYS[1], 'v')
if held and tonumber(held) > tonumber(ARGV[1]) then return 0 end
redis.call('HSET', KEYS[1], 'v', ARGV[1], 'b', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
`);

const invalidate = createScript(`
local held = redis.call('HGET', KEYS[1], 'v')
if held and tonumber(held) > tonumber(ARGV[1]) then return 0 end
redis.call('HDEL', KEYS[1], 'b')
redis.call('HSET', KEYS[1], 'v', ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
`);

/**
 * The cache of many processes; Redis bounds its memory. A cache is an optimisation: while Redis is away
 * or slow every read is a miss and every write is left out, at once or after `commandTimeoutMs`, and
 * counted. An invalidation is not left out but owed: its key is a miss here until Redis has it. Rejects
 * with `unavailable` when Redis cannot be reached at the start.
 */
export async function createRedisCache(options: RedisCacheOptions): Promise<RedisCache> {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const settings = { ...DEFAULTS, ...(Object.fromEntries(given) as unknown as RedisCacheOptions) };
  const owed = createOwedInvalidations(settings.maxOwedInvalidations);
  const { registry, failures } = createMetrics();
  const redis = createConnection({
    ...settings,
    name: settings.prefix,
    onProblem: (reason) => settings.logger.warn({ reason }, 'connection of the cache failed'),
  });
  await connect(redis, settings.url);
  const keyOf = (key: string) => `${settings.prefix}:${key}`;

  /** Null when Redis did not answer in time. */
  const ask = async <T>(
    operation: string,
    work: () => Promise<T>,
  ): Promise<{ readonly answer: T } | null> => {
    try {
      return { answer: await within(settings.commandTimeoutMs, work()) };
    } catch (error) {
      failures.inc({ operation });
      settings.logger.debug({ operation, reason: reasonOf(error) }, 'the cache did not answer');
      return null;
    }
  };

  const send = async (invalidation: Invalidation): Promise<void> => {
    const { key, version, ttlMs } = invalidation;
    if (await ask('invalidate', () => invalidate(redis, [keyOf(key)], [version, ttlMs]))) {
      owed.done(invalidation);
    } else owed.add(invalidation, Date.now());
  };

  let retrying = false;
  const retry = async () => {
    if (retrying || redis.status !== 'ready') return;
    retrying = true;
    for (const invalidation of owed.list()) {
      if (redis.status === 'ready') await send(invalidation);
    }
    retrying = false;
  };
  const timer = setInterval(retry, settings.retryMs);
  redis.on('ready', retry);

  return {
    metrics: registry,
    async get(key) {
      if (owed.doubtful(key, Date.now())) return null;
      const found = await ask('get', () => redis.hgetBuffer(keyOf(key), 'b'));
      return owed.doubtful(key, Date.now()) ? null : (found?.answer ?? null);
    },
    async setIfNewer(key, version, bytes, ttlMs) {
      const values = [version, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), ttlMs];
      const done = await ask('set', () => setIfNewer(redis, [keyOf(key)], values));
      return done?.answer === 1;
    },
    invalidate: (key, version, ttlMs) => send({ key, version, ttlMs }),
    async close() {
      clearInterval(timer);
      redis.disconnect();
    },
  };
}

function createMetrics() {
  const registry = new Registry();
  const failures = new Counter({
    name: 'deltastream_cache_failures_total',
    help: 'Operations that Redis did not answer in time, by kind',
    labelNames: ['operation'] as const,
    registers: [registry],
  });
  return { registry, failures };
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
