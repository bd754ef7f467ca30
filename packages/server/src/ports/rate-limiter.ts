import type { Metered } from './metered.ts';

/** A token bucket: `perSecond` requests in the long run, `burst` at once. It starts full. */
export interface Bucket {
  readonly key: string;
  readonly perSecond: number;
  readonly burst: number;
}

/** What one request was told, by the bucket that holds it back most. */
export interface Allowance {
  readonly allowed: boolean;
  /** Requests left now, an integer. */
  readonly remaining: number;
  /** Milliseconds until a request is allowed; 0 when one is. */
  readonly waitMs: number;
  /** Milliseconds until the bucket is full, if nothing more is taken. */
  readonly fullMs: number;
}

/**
 * Counts requests by key.
 *
 * Guarantees, for every adapter (rate-limiter.contract.ts):
 * - A request takes one token from each of its buckets or, when one of them is empty, from none.
 * - Never more than `burst + perSecond * t` are allowed within any t seconds, however many ask at once.
 * - Bounded in buckets: one that is full again is worth nothing and is forgotten.
 * - It never rejects and never waits long: an adapter that cannot ask others decides alone.
 */
export interface RateLimiter extends Metered {
  /** Not a promise where no other process has to be asked. `buckets` is not empty. */
  take(buckets: readonly Bucket[]): Allowance | Promise<Allowance>;
  close(): Promise<void>;
}
