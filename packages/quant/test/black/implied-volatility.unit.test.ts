import { describe, expect, test } from 'vitest';
import {
  black76Greeks,
  black76Price,
  createSliceGreeks,
  IV_STATUS,
  impliedVolatility,
  type Side,
  solveSlice,
  solveSliceIv,
} from '../../src/index.ts';
import { dataText, parseTable } from '../reference-data.ts';

const EPSILON = 2 ** -52;
const OTM_LIMIT = 5e-15;
const ITM_LIMIT = 8;

type Solver = (
  price: number,
  forward: number,
  strike: number,
  time: number,
  side: Side,
) => { iv: number; status: number };

const columns = createSliceGreeks(1);
function oneRow(price: number, forward: number, strike: number, time: number, side: Side) {
  return {
    forward,
    yearFraction: time,
    discountFactor: 1,
    strikes: Float64Array.of(strike),
    sides: Int8Array.of(side),
    prices: Float64Array.of(price),
  };
}

const solvers: [string, Solver][] = [
  [
    'scalar',
    (price, forward, strike, time, side) => impliedVolatility(price, forward, strike, time, 1, side),
  ],
  [
    'batch with greeks',
    (price, forward, strike, time, side) => {
      solveSlice(oneRow(price, forward, strike, time, side), columns);
      return { iv: columns.iv[0], status: columns.status[0] };
    },
  ],
  [
    'batch, volatility only',
    (price, forward, strike, time, side) => {
      solveSliceIv(oneRow(price, forward, strike, time, side), columns.iv, columns.status);
      return { iv: columns.iv[0], status: columns.status[0] };
    },
  ],
];

/** Rounding of the price carried to the volatility: no algorithm can do better than this. */
function attainable(
  price: number,
  forward: number,
  strike: number,
  time: number,
  sigma: number,
  side: Side,
): number {
  const { vega } = black76Greeks(forward, strike, time, sigma, 1, side);
  return (price / (sigma * vega) + 1) * EPSILON;
}

const truth = dataText('reference/iv_truth_mpmath_dev.csv');
const testValues = dataText('reference/letsberational_TestValues.json');

describe.each(solvers)('implied volatility, %s', (_name, solve) => {
  test.skipIf(truth === null)('agrees with every row computed at 50 digits', () => {
    const rows = parseTable(truth ?? '');
    expect(rows.length).toBe(300);
    for (const row of rows) {
      const [forward, strike, time, price] = [row.F, row.K, row.T, row.undiscounted_price_double].map(Number);
      const sigma = Number(row.sigma_true);
      const side = row.type === 'c' ? 1 : -1;
      const { iv, status } = solve(price, forward, strike, time, side);
      const error = Math.abs(iv / sigma - 1);
      const limit =
        row.itm === 'OTM' ? OTM_LIMIT : ITM_LIMIT * attainable(price, forward, strike, time, sigma, side);
      expect(status, JSON.stringify(row)).toBe(IV_STATUS.ok);
      expect(error, JSON.stringify(row)).toBeLessThanOrEqual(limit);
    }
  });

  test.skipIf(testValues === null)('solves every LetsBeRational test value the price determines', () => {
    const { input, output } = JSON.parse((testValues ?? '{}').replaceAll('NaN', 'null'));
    expect(input.length).toBe(1000);
    let solved = 0;
    input.forEach((row: { q: Side; F: number; K: number; T: number; sigma: number }, i: number) => {
      const price = output[i].black as number;
      const { iv, status } = solve(price, row.F, row.K, row.T, row.q);
      const intrinsic = Math.max(0, row.q * (row.F - row.K));
      if (row.T === 0) expect(status).toBe(IV_STATUS.expired);
      else if (price === intrinsic) expect(status).toBe(IV_STATUS.no_time_value);
      else if (price - intrinsic <= EPSILON * price) expect(status).toBe(IV_STATUS.undetermined);
      else {
        solved++;
        const limit = ITM_LIMIT * attainable(price, row.F, row.K, row.T, row.sigma, row.q);
        expect(status, JSON.stringify(row)).toBe(IV_STATUS.ok);
        expect(Math.abs(iv / row.sigma - 1), JSON.stringify(row)).toBeLessThanOrEqual(limit);
      }
    });
    expect(solved).toBeGreaterThan(900);
  });

  test('says why a price has no volatility', () => {
    expect(solve(Number.NaN, 100, 100, 1, 1)).toEqual({ iv: Number.NaN, status: IV_STATUS.invalid_input });
    expect(solve(-1, 100, 100, 1, 1).status).toBe(IV_STATUS.invalid_input);
    expect(solve(5, 100, -100, 1, 1).status).toBe(IV_STATUS.invalid_input);
    expect(solve(5, -100, -100, 1, 1).status).toBe(IV_STATUS.invalid_input);
    expect(solve(5, 100, 0, 1, -1).status).toBe(IV_STATUS.invalid_input);
    expect(solve(5, 100, 100, Number.NaN, 1).status).toBe(IV_STATUS.invalid_input);
    expect(solve(5, 100, 100, Number.POSITIVE_INFINITY, 1).status).toBe(IV_STATUS.invalid_input);
    expect(solve(5, 100, 100, 1, 0 as Side).status).toBe(IV_STATUS.invalid_input);
    expect(solve(5, 100, 100, 0, 1).status).toBe(IV_STATUS.expired);
    expect(solve(9, 110, 100, 1, 1).status).toBe(IV_STATUS.below_intrinsic);
    expect(solve(110, 110, 100, 1, 1).status).toBe(IV_STATUS.above_maximum);
    expect(solve(100, 110, 100, 1, -1).status).toBe(IV_STATUS.above_maximum);
    expect(solve(10, 110, 100, 1, 1).status).toBe(IV_STATUS.no_time_value);
    expect(solve(0, 110, 100, 1, -1).status).toBe(IV_STATUS.no_time_value);
    expect(solve(10 + 2 ** -49, 110, 100, 1, 1).status).toBe(IV_STATUS.undetermined);
  });

  test('takes a premium that is intrinsic in decimals for one without time value', () => {
    // Each cancels to a last digit, of either sign, that is the rounding of F - K.
    const rows: [price: number, forward: number, strike: number, side: Side][] = [
      [8.925, 71.425, 62.5, 1],
      [1258.15, 10_841.85, 12_100, -1],
      [0.3, 1.1, 1.4, -1],
      [4999.9, 54_999.8, 49_999.9, 1],
    ];
    for (const [price, forward, strike, side] of rows) {
      expect(price - side * (forward - strike)).not.toBe(0);
      const { iv, status } = solve(price, forward, strike, 0.1, side);
      expect(iv).toBeNaN();
      expect([IV_STATUS.no_time_value, IV_STATUS.undetermined]).toContain(status);
    }
    expect(solve(8.925, 71.425, 62.5, 44.04 / 365, 1).status).toBe(IV_STATUS.no_time_value);
    // A tick in the last place the venue could mean is still a time value.
    expect(solve(8.926, 71.425, 62.5, 44.04 / 365, 1).status).toBe(IV_STATUS.ok);
  });

  test('round trips from deep wings to near the maximum', () => {
    for (const strike of [1e-3, 20, 99.999999, 100, 170, 5000]) {
      for (const sigma of [1e-4, 0.02, 0.2, 0.9, 3, 9]) {
        const side = strike > 100 ? 1 : -1;
        const price = black76Price(100, strike, 1, sigma, 1, side);
        if (price < 1e-290 || price > 0.999999 * Math.min(100, strike)) continue;
        const { iv } = solve(price, 100, strike, 1, side);
        expect(Math.abs(iv / sigma - 1), `${strike} ${sigma}`).toBeLessThan(
          1e-13 / (1 - price / Math.min(100, strike)),
        );
      }
    }
  });
});
