import { ApiError } from './api-error.ts';

export interface RetryOptions {
  /** Further tries of a GET after the first; 2. */
  readonly retries?: number;
  /** Time within which the last try must have begun; 10,000 ms. */
  readonly retryBudgetMs?: number;
  /** The first wait is up to this long, each further one up to twice as long; 200 ms. */
  readonly retryBaseMs?: number;
}

const DEFAULT_RETRIES = 2;
const DEFAULT_BUDGET_MS = 10_000;
const DEFAULT_BASE_MS = 200;
/** What passes by itself: too many requests, a gateway without its service, no response at all. */
const PASSING = new Set([0, 429, 502, 503, 504]);

/**
 * Repeats what failed for a reason that passes by itself, after a wait at random (so that clients of one failure
 * do not come back together) and never before `Retry-After`. A wait beyond the budget is not begun: the failure
 * is thrown at once.
 */
export async function withRetries<T>(
  work: () => Promise<T>,
  options: RetryOptions,
  signal?: AbortSignal,
): Promise<T> {
  const retries = options.retries ?? DEFAULT_RETRIES;
  const deadline = performance.now() + (options.retryBudgetMs ?? DEFAULT_BUDGET_MS);
  for (let tries = 0; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (tries >= retries || !passes(error)) throw error;
      const wait = waitBefore(error, tries, options.retryBaseMs ?? DEFAULT_BASE_MS);
      if (performance.now() + wait > deadline) throw error;
      await sleep(wait, signal);
    }
  }
}

/** A request that got no response in its time is not repeated: that time was all that the caller had for it. */
const passes = (error: unknown): error is ApiError =>
  error instanceof ApiError && PASSING.has(error.status) && !(error.status === 0 && error.code === 'timeout');

function waitBefore({ retryAfterSeconds }: ApiError, tries: number, baseMs: number): number {
  const atRandom = Math.random() * baseMs * 2 ** tries;
  return retryAfterSeconds === null ? atRandom : retryAfterSeconds * 1000 + atRandom;
}

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', end);
      resolve();
    }, ms);
    if (signal?.aborted) end();
    else signal?.addEventListener('abort', end, { once: true });
  });
}
