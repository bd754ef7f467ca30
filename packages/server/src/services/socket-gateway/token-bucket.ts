export interface TokenBucket {
  /** Takes one token when there is one. `nowMs` is monotonic. */
  take(nowMs: number): boolean;
}

/** A rate limit: `perSecond` in the long run, `burst` at once. Starts full. */
export function createTokenBucket(perSecond: number, burst: number, startMs: number): TokenBucket {
  let tokens = burst;
  let filledAt = startMs;
  return {
    take(nowMs) {
      tokens = Math.min(burst, tokens + ((nowMs - filledAt) / 1000) * perSecond);
      filledAt = nowMs;
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
  };
}
