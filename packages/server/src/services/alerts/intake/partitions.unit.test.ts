import { describe, expect, it } from 'vitest';
import { fairShare, PARTITIONS, partitionOf } from './partitions.ts';

describe('partitions', () => {
  // What is remembered of a product is kept by its partition: another one would forget it.
  it.each([
    ['NIFTY', 9],
    ['BANKNIFTY', 15],
    ['SPX', 10],
    ['BTC', 0],
  ])('%s is in %i for good', (product, partition) => {
    expect(partitionOf(product)).toBe(partition);
  });

  it('spreads products', () => {
    const counts = Array.from({ length: PARTITIONS }, () => 0);
    for (let i = 0; i < 1_600; i++) counts[partitionOf(`PRODUCT${i}`)] += 1;
    expect(Math.min(...counts)).toBeGreaterThan(50);
    expect(Math.max(...counts)).toBeLessThan(200);
  });

  it.each([
    [0, 16],
    [1, 16],
    [3, 6],
    [16, 1],
    [40, 1],
  ])('gives each of %i workers %i at most, together all', (workers, share) => {
    expect(fairShare(workers)).toBe(share);
    expect(fairShare(workers) * Math.max(1, workers)).toBeGreaterThanOrEqual(PARTITIONS);
  });
});
