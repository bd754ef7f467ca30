import { describe, expect, it } from 'vitest';
import { createTokenBucket } from './token-bucket.ts';

describe('token bucket', () => {
  it('lets a burst through, then the rate', () => {
    const bucket = createTokenBucket(10, 3, 0);
    expect([0, 0, 0, 0].map((at) => bucket.take(at))).toEqual([true, true, true, false]);
    expect(bucket.take(99)).toBe(false);
    expect(bucket.take(101)).toBe(true);
    expect(bucket.take(101)).toBe(false);
  });

  it('does not save up more than a burst', () => {
    const bucket = createTokenBucket(10, 2, 0);
    expect([1e9, 1e9, 1e9].map((at) => bucket.take(at))).toEqual([true, true, false]);
  });
});
