import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSequenceGaps } from './sequence-gaps.ts';

const seen = (seqs: readonly number[], gaps = createSequenceGaps()) => {
  for (const seq of seqs) gaps.seen({ product: 'NIFTY', epoch: 'run', seq });
  return gaps.missing().get('NIFTY');
};

describe('sequence gaps', () => {
  it.each([
    ['nothing is missing', [1, 2, 3], 0],
    ['a gap', [1, 2, 6], 3],
    ['a late one', [1, 3, 2], 0],
    ['a late one inside a wide gap', [1, 9, 5], 6],
    ['repetition', [1, 4, 4, 2, 2, 1], 1],
    ['a beginning in the middle', [100, 101, 103], 1],
    ['what is older than the beginning', [100, 7, 101], 0],
  ])('counts %s', (_what, seqs, expected) => {
    expect(seen(seqs)).toBe(expected);
  });

  it('counts products and epochs apart', () => {
    const gaps = createSequenceGaps();
    for (const seq of [1, 3]) gaps.seen({ product: 'NIFTY', epoch: 'a', seq });
    for (const seq of [50, 53]) gaps.seen({ product: 'NIFTY', epoch: 'b', seq });
    for (const seq of [1, 2]) gaps.seen({ product: 'BTC', epoch: 'a', seq });
    gaps.seen({ product: 'NIFTY', epoch: 'a', seq: 2 });
    expect(Object.fromEntries(gaps.missing())).toEqual({ NIFTY: 2, BTC: 0 });
  });

  it('counts exactly what was left out, in any order and with repetitions (property)', () => {
    const shuffled = fc
      .uniqueArray(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 200 })
      .chain((kept) =>
        fc.tuple(
          fc.constant(kept),
          fc.shuffledSubarray([...kept, ...kept], { minLength: 2 * kept.length, maxLength: 2 * kept.length }),
        ),
      );
    fc.assert(
      fc.property(shuffled, ([kept, order]) => {
        expect(seen([0, ...order])).toBe(Math.max(...kept) - kept.length);
      }),
    );
  });

  it('keeps the count of what it forgets', () => {
    const holes = createSequenceGaps({ maxHoles: 2, maxSeries: 10 });
    expect(seen([0, 2, 4, 6, 8], holes)).toBe(4);
    // The two oldest holes are forgotten: only the newer numbers can be taken back.
    expect(seen([1, 3, 5, 7], holes)).toBe(2);

    const series = createSequenceGaps({ maxHoles: 10, maxSeries: 1 });
    for (const [epoch, seq] of [
      ['a', 0],
      ['a', 2],
      ['b', 7],
      ['a', 1],
    ] as const) {
      series.seen({ product: 'NIFTY', epoch, seq });
    }
    expect(series.missing().get('NIFTY')).toBe(1);
  });
});
