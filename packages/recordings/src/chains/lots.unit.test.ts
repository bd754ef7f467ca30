import fc from 'fast-check';
import { expect, test } from 'vitest';
import { listedLot, lotOf } from './lots.ts';

const NIFTY = { symbol: 'NIFTY', exchange: 'NSE' } as const;
const UNHEARD = { symbol: 'UNHEARD', exchange: 'NSE' } as const;
const NOON = Date.parse('2019-02-01T12:00:00+05:30');

test('the exchange’s list comes first', () => {
  expect(lotOf(NIFTY, '2019-02-14', [1, 2, 3], NOON)).toEqual({ size: 75, quality: [] });
});

test('of the day: a quarterly contract that was listed before a revision keeps its lot until the day it names', () => {
  const traded = (date: string) => lotOf(NIFTY, '2026-03-30', [], Date.parse(`${date}T15:30:00+05:30`)).size;
  expect([traded('2025-12-30'), traded('2025-12-31')]).toEqual([75, 65]);
});

test('else the greatest common divisor is a guess, flagged', () => {
  expect(lotOf(UNHEARD, '2019-02-14', [500, 750, 0, 1250, Number.NaN], NOON)).toEqual({
    size: 250,
    quality: ['lot_inferred'],
  });
});

test.each([[[]], [[500, 750]], [[500, 750, 1]], [[0.5, 1.5, 2.5]]])('%o tells nothing', (units) => {
  expect(lotOf(UNHEARD, '2019-02-14', units, NOON)).toEqual({ size: null, quality: ['lot_unknown'] });
});

test('every open interest is a whole number of the inferred lot', () => {
  const lots = fc.integer({ min: 2, max: 5000 });
  const contracts = fc.array(fc.integer({ min: 1, max: 1e6 }), { minLength: 3, maxLength: 50 });
  fc.assert(
    fc.property(lots, contracts, (lot, counts) => {
      const units = counts.map((count) => count * lot);
      const { size } = lotOf(UNHEARD, '2019-02-14', units, NOON);
      expect((size as number) % lot).toBe(0);
      for (const unit of units) expect(unit % (size as number)).toBe(0);
    }),
  );
});

test('of the exchange that a recording names: a namesake elsewhere has no lot of it', () => {
  const bare = { size: null, quality: ['lot_unknown'] };
  expect(listedLot({ symbol: 'ACC', exchange: 'NSE' }, '2019-08-29', NOON).size).toBe(400);
  expect(listedLot({ symbol: 'ACC', exchange: 'US' }, '2019-08-29', NOON)).toEqual(bare);
  expect(listedLot({ symbol: 'NIFTY', exchange: 'US' }, '2019-02-14', NOON)).toEqual(bare);
});
