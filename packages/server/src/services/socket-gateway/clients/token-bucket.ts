export interface TokenBucket {
  /** Takes so many tokens, one by default, when there are as many; else none. `nowMs` is monotonic. */
  take(nowMs: number, count?: number): boolean;
}

/** A rate limit: `perSecond` in the long run, `burst` at once. Starts full. */
export function createTokenBucket(perSecond: number, burst: number, startMs: number): TokenBucket {
  let tokens = burst;
  let filledAt = startMs;
  return {
    take(nowMs, count = 1) {
      tokens = Math.min(burst, tokens + ((nowMs - filledAt) / 1000) * perSecond);
      filledAt = nowMs;
      if (tokens < count) return false;
      tokens -= count;
      return true;
    },
  };
}
