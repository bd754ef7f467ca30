import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lotOf } from './lots.ts';

test('the exchange’s list comes first', () => {
  expect(lotOf('NIFTY', '2019-02-14', [1, 2, 3])).toEqual({ size: 75, quality: [] });
});

test('else the greatest common divisor is a guess, flagged', () => {
  expect(lotOf('UNHEARD', '2019-02-14', [500, 750, 0, 1250, Number.NaN])).toEqual({
    size: 250,
    quality: ['lot_inferred'],
  });
});

test.each([[[]], [[500, 750]], [[500, 750, 1]], [[0.5, 1.5, 2.5]]])('%o tells nothing', (units) => {
  expect(lotOf('UNHEARD', '2019-02-14', units)).toEqual({ size: null, quality: ['lot_unknown'] });
});

test('every open interest is a whole number of the inferred lot', () => {
  const lots = fc.integer({ min: 2, max: 5000 });
  const contracts = fc.array(fc.integer({ min: 1, max: 1e6 }), { minLength: 3, maxLength: 50 });
  fc.assert(
    fc.property(lots, contracts, (lot, counts) => {
      const units = counts.map((count) => count * lot);
      const { size } = lotOf('UNHEARD', '2019-02-14', units);
      expect((size as number) % lot).toBe(0);
      for (const unit of units) expect(unit % (size as number)).toBe(0);
    }),
  );
});
