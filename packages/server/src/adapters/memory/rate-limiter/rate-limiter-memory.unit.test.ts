import { expect, it } from 'vitest';
import { rateLimiterContract } from '../../../ports/rate-limiter.contract.ts';
import { createMemoryRateLimiter } from './rate-limiter-memory.ts';

rateLimiterContract('memory', async () => createMemoryRateLimiter());

it('holds no more buckets than its bound, and forgets the one that was asked for longest ago', () => {
  const limiter = createMemoryRateLimiter({ maxBuckets: 2 });
  const take = (key: string) => limiter.take([{ key, perSecond: 0.1, burst: 1 }]).allowed;
  expect(['a', 'b', 'c'].map(take)).toEqual([true, true, true]);
  expect(take('c')).toBe(false);
  expect(take('a')).toBe(true);
});

it('keeps to its rate over a long time', () => {
  let nowMs = 0;
  const limiter = createMemoryRateLimiter({ now: () => nowMs });
  let allowed = 0;
  for (; nowMs < 60_000; nowMs += 7) {
    if (limiter.take([{ key: 'a', perSecond: 10, burst: 20 }]).allowed) allowed += 1;
  }
  expect(allowed).toBeGreaterThanOrEqual(600 + 19);
  expect(allowed).toBeLessThanOrEqual(600 + 20);
});
