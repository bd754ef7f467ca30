import { describe, expect, test } from 'vitest';
import {
  black76Greeks,
  black76Price,
  createSliceGreeks,
  createSliceSolver,
  IV_STATUS,
  type KernelName,
  type Side,
  type SliceSolver,
} from '../../src/index.ts';
import { dataText, parseTable } from '../reference-data.ts';

const EPSILON = 2 ** -52;
const OTM_LIMIT = 5e-15;
const GREEK_LIMIT = 1e-13;
const ITM_LIMIT = 8;
const FIELDS = ['delta', 'gamma', 'theta', 'vega', 'rho'] as const;
// Enough rows for the SIMD kernels to be used at all, an odd number, and every position of a vector.
const COPIES = 13;

function solverOf(kernel: KernelName): SliceSolver | null {
  try {
    return createSliceSolver(kernel);
  } catch {
    process.stderr.write(`skipped: this engine has no ${kernel} kernel\n`);
    return null;
  }
}

function copies(
  price: number,
  forward: number,
  strike: number,
  time: number,
  side: number,
  discountFactor = 1,
) {
  return {
    forward,
    yearFraction: time,
    discountFactor,
    strikes: new Float64Array(COPIES).fill(strike),
    sides: new Int8Array(COPIES).fill(side),
    prices: new Float64Array(COPIES).fill(price),
  };
}

const truth = dataText('reference/iv_truth_mpmath_dev.csv');
const kernels = (['plain', 'simd', 'relaxed-simd'] as const).map((name) => [name, solverOf(name)] as const);

test('the solver chosen by default is the fastest this engine supports', () => {
  const supported = kernels.filter(([, solver]) => solver !== null).map(([name]) => name);
  expect(createSliceSolver().kernel).toBe(supported.at(-1));
});

describe.each(kernels)('kernel %s', (_name, solver) => {
  const out = createSliceGreeks(COPIES);

  test.skipIf(truth === null || solver === null)('every row computed at 50 digits, in every lane', () => {
    for (const row of parseTable(truth ?? '')) {
      const [forward, strike, time, price] = [row.F, row.K, row.T, row.undiscounted_price_double].map(Number);
      const sigma = Number(row.sigma_true);
      const side = row.type === 'c' ? 1 : -1;
      solver?.solveSlice(copies(price, forward, strike, time, side), out);
      const { vega } = black76Greeks(forward, strike, time, sigma, 1, side);
      const limit = row.itm === 'OTM' ? OTM_LIMIT : ITM_LIMIT * (price / (sigma * vega) + 1) * EPSILON;
      for (let i = 0; i < COPIES; i++) {
        expect(out.status[i], JSON.stringify(row)).toBe(IV_STATUS.ok);
        expect(out.iv[i]).toBe(out.iv[0]);
        expect(out.delta[i]).toBe(out.delta[0]);
      }
      expect(Math.abs(out.iv[0] / sigma - 1), JSON.stringify(row)).toBeLessThanOrEqual(limit);
    }
  });

  test.skipIf(solver === null)('greeks to 1e-13 on a grid of moneyness and deviation', () => {
    const [forward, time, discountFactor] = [24_213.35, 0.37, 0.97];
    // An assertion for each of the values would cost more than all of their arithmetic.
    const beyond: string[] = [];
    for (let s = 1e-5; s < 4; s *= 1.35) {
      for (let u = 0; u < 20; u += 0.37) {
        for (const direction of [1, -1]) {
          const strike = forward * Math.exp(direction * u * s);
          const side = direction as Side;
          const sigma = s / Math.sqrt(time);
          const price = black76Price(forward, strike, time, sigma, discountFactor, side);
          if (!(price > 1e-290 && price < 0.9 * discountFactor * Math.min(forward, strike))) continue;
          solver?.solveSlice(copies(price, forward, strike, time, side, discountFactor), out);
          const reference = black76Greeks(forward, strike, time, sigma, discountFactor, side);
          if (out.status[0] !== IV_STATUS.ok) beyond.push(`status s ${s} u ${u}: ${out.status[0]}`);
          const error = Math.abs(out.iv[0] / sigma - 1);
          if (!(error < OTM_LIMIT)) beyond.push(`iv s ${s} u ${u}: ${error}`);
          for (const field of FIELDS) {
            // Theta is the difference of decay and carry and is held to the sum of their sizes.
            const decay = (out.vega[0] * out.iv[0]) / (2 * time * 365);
            const scale = field === 'theta' ? Math.abs(reference.theta) + decay : Math.abs(reference[field]);
            // Beyond 16 deviations the roundings of moneyness and volatility alone move a greek by u^2 of them.
            const limit = u <= 16 ? GREEK_LIMIT : 3 * u * u * EPSILON;
            const error = Math.abs(out[field][0] - reference[field]);
            if (!(error <= limit * scale)) beyond.push(`${field} s ${s} u ${u}: ${error}`);
          }
        }
      }
    }
    expect(beyond).toEqual([]);
  });

  test.skipIf(solver === null)('greeks at a known volatility to 1e-13, the premium its own', () => {
    const [forward, time, discountFactor] = [24_213.35, 0.37, 0.97];
    // An assertion for each of the values would cost more than all of their arithmetic.
    const beyond: string[] = [];
    for (let s = 1e-5; s < 4; s *= 1.7) {
      for (let u = -18; u < 18; u += 0.7) {
        for (const side of [1, -1] as const) {
          const strike = forward * Math.exp(u * s);
          const sigma = s / Math.sqrt(time);
          const { prices: _, ...options } = copies(0, forward, strike, time, side, discountFactor);
          solver?.greeksAt({ ...options, sigmas: new Float64Array(COPIES).fill(sigma) }, out);
          const reference = black76Greeks(forward, strike, time, sigma, discountFactor, side);
          if (out.status[5] !== IV_STATUS.ok) beyond.push(`status s ${s} u ${u}: ${out.status[5]}`);
          for (const field of FIELDS) {
            const decay = (reference.vega * sigma) / (2 * time * 365);
            const scale = Math.abs(reference[field]) + (field === 'theta' ? decay : 0);
            const error = Math.abs(out[field][5] - reference[field]);
            if (!(error <= GREEK_LIMIT * scale)) beyond.push(`${field} s ${s} u ${u}: ${error}`);
          }
        }
      }
    }
    expect(beyond).toEqual([]);
  });

  test.skipIf(solver === null)(
    'any number of rows, with failures anywhere, gives each row its own result',
    () => {
      for (const rows of [0, 1, 2, 11, 12, 13, 127, 128, 129, 300, 13, 8192, 8193, 20_001]) {
        const strikes = Float64Array.from({ length: rows }, (_, i) => 60 + ((i * 37) % 90));
        const sides = Int8Array.from(strikes, (strike) => (strike > 100 ? 1 : -1));
        const prices = strikes.map((strike, i) =>
          i % 7 === 3 ? Number.NaN : black76Price(100, strike, 0.5, 0.3, 0.99, strike > 100 ? 1 : -1),
        );
        const result = createSliceGreeks(rows + 2);
        result.status.fill(77);
        solver?.solveSlice(
          { forward: 100, yearFraction: 0.5, discountFactor: 0.99, strikes, sides, prices },
          result,
        );
        const wrong = Array.from(strikes.keys()).filter((i) => {
          if (i % 7 === 3)
            return result.status[i] !== IV_STATUS.invalid_input || !Number.isNaN(result.vega[i]);
          return result.status[i] !== IV_STATUS.ok || !(Math.abs(result.iv[i] / 0.3 - 1) < 1e-14);
        });
        expect(wrong, `of ${rows} rows`).toEqual([]);
        expect(result.status[rows]).toBe(77);
      }
    },
  );
});
