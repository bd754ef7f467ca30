import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Registry } from 'prom-client';
import { reasonOf } from '../../../kit/errors.ts';
import { createMeter } from '../../../kit/health/meter.ts';
import { type Logger, silentLogger } from '../../../kit/logging/log.ts';
import { type ValuesOf, withDefaults } from '../../../kit/settings-fragment.ts';
import type { Cache } from '../../../ports/cache.ts';
import { connect, createConnection, replyWithin } from '../connection.ts';
import { createScript } from '../script.ts';
import { CACHE, REDIS, type RedisSettings } from '../settings.ts';
import { createOwedInvalidations, type Invalidation } from './owed-invalidations.ts';

export interface RedisCacheOptions extends Partial<RedisSettings>, Partial<ValuesOf<typeof CACHE.own>> {
  /** `redis://[user:password@]host:port[/db]`, or `rediss://` for TLS. */
  readonly url: string;
  readonly logger?: Logger;
  /** First part of every key; `deltastream:cache`. */
  readonly prefix?: string;
}

export interface RedisCache extends Cache {
  /** `deltastream_cache_failures_total` by operation. */
  readonly metrics: Registry;
}

const DEFAULTS = { ...REDIS.defaults, ...CACHE.defaults, logger: silentLogger, prefix: 'deltastream:cache' };

/** Held: a hash of version `v` and bytes `b`; without `b` it is a fence against slower writers. */
const setIfNewer = createScript(`
local held = redis.call('HGET', KEYS[1], 'v')
if held and tonumber(held) > tonumber(ARGV[1]) then return 0 end
redis.call('HSET', KEYS[1], 'v', ARGV[1], 'b', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
`);

/** ARGV: version and time to live of each key. */
const invalidateAll = createScript(`
for i, key in ipairs(KEYS) do
  local version = ARGV[2 * i - 1]
  local held = redis.call('HGET', key, 'v')
  if not (held and tonumber(held) > tonumber(version)) then
    redis.call('HDEL', key, 'b')
    redis.call('HSET', key, 'v', version)
    redis.call('PEXPIRE', key, ARGV[2 * i])
  end
end
return #KEYS
`);
/** Keys of one script at most, so that it holds nobody else up for long. */
const MAX_TOGETHER = 256;

/**
 * The cache of many processes; Redis bounds its memory. A cache is an optimisation: while Redis is away
 * or slow every read is a miss and every write is left out, at once or after `commandTimeoutMs`, and
 * counted. An invalidation is not left out but owed: its key is a miss here until Redis has it. Rejects
 * with `unavailable` when Redis cannot be reached at the start.
 */
export async function createRedisCache(options: RedisCacheOptions): Promise<RedisCache> {
  const settings = withDefaults(DEFAULTS, options);
  const owed = createOwedInvalidations(settings.maxOwedInvalidations);
  const { registry, failures } = createMetrics();
  const redis = createConnection({
    ...settings,
    name: settings.prefix,
    onProblem: (reason) => settings.logger.event('cache_connection_failed', { reason }),
  });
  await connect(redis, settings.url);
  const keyOf = (key: string) => `${settings.prefix}:${key}`;

  /** Null when Redis did not answer in time. */
  const ask = async <T>(
    operation: string,
    work: () => Promise<T>,
    count = 1,
  ): Promise<{ readonly answer: T } | null> => {
    try {
      return { answer: await replyWithin(settings.commandTimeoutMs, work()) };
    } catch (error) {
      failures.inc({ operation }, count);
      settings.logger.event('cache_silent', { operation, reason: reasonOf(error) });
      return null;
    }
  };

  const send = async (batch: readonly Invalidation[]): Promise<void> => {
    const keys = batch.map(({ key }) => keyOf(key));
    const values = batch.flatMap(({ version, ttlMs }) => [version, ttlMs]);
    const taken = await ask('invalidate', () => invalidateAll(redis, keys, values), batch.length);
    for (const each of batch) {
      if (taken) owed.done(each);
      else owed.add(each, performance.now());
    }
  };

  let gathered = new Map<string, Invalidation>();
  let leaving: Promise<unknown> | null = null;
  const sendGathered = async () => {
    await nextTurn();
    const newest = [...gathered.values()];
    gathered = new Map();
    leaving = null;
    await Promise.all(inParts(newest).map(send));
  };

  let retrying = false;
  const retry = async () => {
    if (retrying || redis.status !== 'ready') return;
    retrying = true;
    for (const part of inParts(owed.list())) {
      if (redis.status === 'ready') await send(part);
    }
    retrying = false;
  };
  const timer = setInterval(retry, settings.retryMs);
  redis.on('ready', retry);

  return {
    metrics: registry,
    async get(key) {
      if (owed.doubtful(key, performance.now())) return null;
      const found = await ask('get', () => redis.hgetBuffer(keyOf(key), 'b'));
      return owed.doubtful(key, performance.now()) ? null : (found?.answer ?? null);
    },
    async setIfNewer(key, version, bytes, ttlMs) {
      const values = [version, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), ttlMs];
      const done = await ask('set', () => setIfNewer(redis, [keyOf(key)], values));
      return done?.answer === 1;
    },
    /** What is invalidated in one turn of the event loop, as a store does after a commit, goes as one command. */
    async invalidate(key, version, ttlMs) {
      const before = gathered.get(key);
      if (!before || before.version <= version) gathered.set(key, { key, version, ttlMs });
      leaving ??= sendGathered();
      await leaving;
    },
    async close() {
      clearInterval(timer);
      redis.disconnect();
    },
  };
}

const inParts = (all: readonly Invalidation[]): Invalidation[][] =>
  Array.from({ length: Math.ceil(all.length / MAX_TOGETHER) }, (_, i) =>
    all.slice(i * MAX_TOGETHER, (i + 1) * MAX_TOGETHER),
  );

function createMetrics() {
  const { registry, counter } = createMeter('cache');
  const help = 'Operations that Redis did not answer in time, by kind';
  return { registry, failures: counter('failures_total', help, 'operation') };
}
