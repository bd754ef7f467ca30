import { createGrowingCache } from '../../../kit/growing-cache.ts';
import type { Allowance, Bucket, RateLimiter } from '../../../ports/rate-limiter.ts';
import { LIMITER } from '../../redis/settings.ts';

export interface MemoryRateLimiterOptions {
  /** Beyond it the bucket that was asked for longest ago is forgotten, which can only allow more. */
  readonly maxBuckets?: number;
  /** Milliseconds on a clock that never goes back. */
  readonly now?: () => number;
}

/** The limiter of one process, which never makes a caller wait. */
export interface MemoryRateLimiter extends RateLimiter {
  take(buckets: readonly Bucket[]): Allowance;
}

interface Level {
  tokens: number;
  filledAt: number;
}

/** The limits of one process; about 200 bytes a bucket. */
export function createMemoryRateLimiter(options: MemoryRateLimiterOptions = {}): MemoryRateLimiter {
  const { now = () => performance.now(), maxBuckets = LIMITER.defaults.maxBuckets } = options;
  const levels = createGrowingCache<string, Level>(maxBuckets);

  const levelOf = ({ key, perSecond, burst }: Bucket, at: number): Level => {
    const held = levels.get(key);
    if (held === undefined) {
      const full = { tokens: burst, filledAt: at };
      levels.set(key, full);
      return full;
    }
    held.tokens = Math.min(burst, held.tokens + ((at - held.filledAt) / 1000) * perSecond);
    held.filledAt = at;
    return held;
  };

  return {
    take(buckets) {
      const at = now();
      const held: Level[] = [];
      let tightest = buckets[0];
      let least = Number.POSITIVE_INFINITY;
      for (const bucket of buckets) {
        const level = levelOf(bucket, at);
        held.push(level);
        if (level.tokens >= least) continue;
        least = level.tokens;
        tightest = bucket;
      }
      const allowed = least >= 1;
      if (allowed) for (const level of held) level.tokens -= 1;
      return allowanceOf(tightest, allowed, allowed ? least - 1 : least);
    },
    async close() {
      levels.clear();
    },
  };
}

function allowanceOf({ perSecond, burst }: Bucket, allowed: boolean, tokens: number): Allowance {
  return {
    allowed,
    remaining: Math.floor(tokens),
    waitMs: allowed ? 0 : ((1 - tokens) / perSecond) * 1000,
    fullMs: ((burst - tokens) / perSecond) * 1000,
  };
}
