import type { Registry } from 'prom-client';
import { reasonOf } from '../../../kit/errors.ts';
import { createMeter } from '../../../kit/health/meter.ts';
import { type Logger, silentLogger } from '../../../kit/logging/log.ts';
import { type ValuesOf, withDefaults } from '../../../kit/settings-fragment.ts';
import type { Allowance, Bucket, RateLimiter } from '../../../ports/rate-limiter.ts';
import { createMemoryRateLimiter } from '../../memory/rate-limiter/rate-limiter-memory.ts';
import { createConnection, replyWithin } from '../connection.ts';
import { createScript } from '../script.ts';
import { LIMITER, REDIS, type RedisSettings } from '../settings.ts';

export interface RedisRateLimiterOptions
  extends Partial<RedisSettings>,
    Partial<ValuesOf<typeof LIMITER.own>> {
  /** `redis://[user:password@]host:port[/db]`, or `rediss://` for TLS. */
  readonly url: string;
  readonly logger?: Logger;
  /** First part of every key; `deltastream:rate`. */
  readonly prefix?: string;
}

export interface RedisRateLimiter extends RateLimiter {
  /** `deltastream_rate_limiter_alone_total`. */
  readonly metrics: Registry;
}

const DEFAULTS = { ...REDIS.defaults, ...LIMITER.defaults, logger: silentLogger, prefix: 'deltastream:rate' };

/**
 * Every bucket of a request in one step, by the server's clock, so that the clocks of gateways do not matter.
 * A bucket is a hash of its tokens `t` at the time `a`, milliseconds; it expires when it would be full.
 */
const takeAll = createScript(`
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local levels, tightest = {}, 1
for i, key in ipairs(KEYS) do
  local rate, burst = tonumber(ARGV[2 * i - 1]) / 1000, tonumber(ARGV[2 * i])
  local held = redis.call('HMGET', key, 't', 'a')
  local tokens = burst
  if held[1] then
    tokens = math.min(burst, tonumber(held[1]) + math.max(0, now - tonumber(held[2])) * rate)
  end
  levels[i] = tokens
  if tokens < levels[tightest] then tightest = i end
end
local allowed = levels[tightest] >= 1
if allowed then
  for i, key in ipairs(KEYS) do
    local rate, burst = tonumber(ARGV[2 * i - 1]) / 1000, tonumber(ARGV[2 * i])
    levels[i] = levels[i] - 1
    redis.call('HSET', key, 't', string.format('%.6f', levels[i]), 'a', string.format('%.3f', now))
    redis.call('PEXPIRE', key, math.ceil((burst - levels[i]) / rate) + 1)
  end
end
local rate, burst = tonumber(ARGV[2 * tightest - 1]) / 1000, tonumber(ARGV[2 * tightest])
local tokens = levels[tightest]
local wait = 0
if not allowed then wait = (1 - tokens) / rate end
return { allowed and 1 or 0, math.floor(tokens), math.ceil(wait), math.ceil((burst - tokens) / rate) }
`);

/**
 * Limits that gateways share. While Redis is away or slow this process counts for itself, at once: callers
 * are then held to the limit once per gateway instead of once in all. It also starts without Redis, and
 * shares again as soon as that answers.
 */
export function createRedisRateLimiter(options: RedisRateLimiterOptions): RedisRateLimiter {
  const settings = withDefaults(DEFAULTS, options);
  const { logger, prefix } = settings;
  const own = createMemoryRateLimiter({ maxBuckets: settings.maxBuckets });
  const { registry, decidedAlone } = createMetrics();
  const redis = createConnection({
    ...settings,
    name: prefix,
    onProblem: (reason) => logger.event('rate_limiter_connection_failed', { reason }),
  });
  // What goes wrong is told by `onProblem`, and the connection is tried again by itself.
  redis.connect().catch(() => undefined);
  let aloneUntil = 0;

  const alone = (buckets: readonly Bucket[]): Allowance => {
    decidedAlone.inc();
    return own.take(buckets);
  };

  const shared = async (buckets: readonly Bucket[]): Promise<Allowance> => {
    const keys = buckets.map(({ key }) => `${prefix}:${key}`);
    const rates = buckets.flatMap(({ perSecond, burst }) => [perSecond, burst]);
    try {
      const reply = await replyWithin(settings.commandTimeoutMs, takeAll(redis, keys, rates));
      const [allowed, remaining, waitMs, fullMs] = reply as [number, number, number, number];
      return { allowed: allowed === 1, remaining, waitMs, fullMs };
    } catch (error) {
      aloneUntil = performance.now() + settings.alonePauseMs;
      logger.event('rate_limiter_silent', { reason: reasonOf(error) });
      return alone(buckets);
    }
  };

  return {
    metrics: registry,
    take: (buckets) =>
      redis.status === 'ready' && performance.now() >= aloneUntil ? shared(buckets) : alone(buckets),
    async close() {
      redis.disconnect();
      await own.close();
    },
  };
}

function createMetrics() {
  const { registry, counter } = createMeter('rate_limiter');
  const help = 'Requests that were counted in this process alone, because Redis was away or slow';
  return { registry, decidedAlone: counter('alone_total', help) };
}
