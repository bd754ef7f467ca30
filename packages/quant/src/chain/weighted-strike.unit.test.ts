import fc from 'fast-check';
import { expect, it } from 'vitest';
import { weightedStrike } from './weighted-strike.ts';

it('is the mean of a list that has each strike as often as it has contracts', () => {
  const chain = fc.array(fc.tuple(fc.integer({ min: 1, max: 99_999 }), fc.nat({ max: 30 })), {
    maxLength: 20,
  });
  fc.assert(
    fc.property(chain, (rows) => {
      const all = rows.flatMap(([strike, oi]) => Array<number>(oi).fill(strike));
      const found = weightedStrike(
        rows.map(([strike]) => strike),
        rows.map(([, oi]) => oi),
      );
      if (all.length === 0) expect(found).toBeNull();
      else expect(found).toBeCloseTo(all.reduce((sum, strike) => sum + strike, 0) / all.length, 8);
    }),
  );
});

it('passes over what is not given, and is null where nothing is open', () => {
  expect(weightedStrike([100, 200, 300], [1, Number.NaN, 3])).toBe(250);
  expect(weightedStrike([100, 200], [0, Number.NaN])).toBeNull();
  expect(weightedStrike([], [])).toBeNull();
});
