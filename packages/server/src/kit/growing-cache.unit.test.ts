import { describe, expect, it } from 'vitest';
import { createGrowingCache } from './growing-cache.ts';

describe('a growing cache', () => {
  it('takes no memory for entries that it does not have', () => {
    const reserved = () => process.memoryUsage().arrayBuffers;
    const before = reserved();
    const cache = createGrowingCache<string, number>(10_000_000);
    expect(reserved() - before).toBeLessThan(1_000_000);
    cache.set('a', 1);
    expect(cache.get('a')).toBe(1);
  });

  it('forgets the least recently used beyond its bound, and takes in what comes instead', () => {
    const cache = createGrowingCache<string, number>(3);
    for (const [i, key] of ['a', 'b', 'c'].entries()) cache.set(key, i);
    cache.get('a');
    cache.set('a', 7);
    for (const key of ['d', 'e']) cache.set(key, 9);
    expect([...cache.keys()]).toEqual(['e', 'd', 'a']);
    for (let i = 0; i < 1000; i++) cache.set(String(i), i);
    expect([...cache.entries()]).toEqual([
      ['999', 999],
      ['998', 998],
      ['997', 997],
    ]);
  });
});
