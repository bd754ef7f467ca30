import { describe, expect, test } from 'vitest';
import {
  black76Greeks,
  black76Price,
  createSliceGreeks,
  createSliceSolver,
  greeksAt,
  IV_STATUS,
  impliedVolatility,
  type Slice,
  solveSlice,
  solveSliceIv,
} from '../../src/index.ts';

const FIELDS = ['delta', 'gamma', 'theta', 'vega', 'rho'] as const;

/** A smile of calls and puts, both sides of the money, discounted. */
function smile(): { slice: Slice; sigmas: Float64Array } {
  const strikes: number[] = [];
  const sides: (1 | -1)[] = [];
  for (let k = 30; k <= 300; k += 5) for (const side of [1, -1] as const) strikes.push(k) && sides.push(side);
  const [forward, yearFraction, discountFactor] = [103.25, 0.37, 0.982];
  const sigmas = Float64Array.from(strikes, (k) => 0.21 + 0.35 * Math.log(k / forward) ** 2);
  const prices = strikes.map((k, i) =>
    black76Price(forward, k, yearFraction, sigmas[i], discountFactor, sides[i]),
  );
  return {
    slice: {
      forward,
      yearFraction,
      discountFactor,
      strikes: Float64Array.from(strikes),
      sides: Int8Array.from(sides),
      prices: Float64Array.from(prices),
    },
    sigmas,
  };
}

describe('solveSlice', () => {
  test('gives each row its volatility and the greeks of the scalar functions', () => {
    const { slice, sigmas } = smile();
    const out = createSliceGreeks(sigmas.length);
    solveSlice(slice, out);
    for (let i = 0; i < sigmas.length; i++) {
      const side = slice.sides[i] as 1 | -1;
      if (out.status[i] !== IV_STATUS.ok) {
        // Deep in the money the time value is below the rounding of the price.
        expect([IV_STATUS.undetermined, IV_STATUS.no_time_value, IV_STATUS.below_intrinsic]).toContain(
          out.status[i],
        );
        expect(out.iv[i]).toBeNaN();
        for (const field of FIELDS) expect(out[field][i]).toBeNaN();
        continue;
      }
      const reference = black76Greeks(
        slice.forward,
        slice.strikes[i],
        slice.yearFraction,
        out.iv[i],
        slice.discountFactor,
        side,
      );
      const isOutOfTheMoney = side * (slice.forward - slice.strikes[i]) <= 0;
      if (isOutOfTheMoney) expect(Math.abs(out.iv[i] / sigmas[i] - 1)).toBeLessThan(1e-14);
      for (const field of FIELDS) {
        const scale = Math.max(Math.abs(reference[field]), isOutOfTheMoney ? 0 : 1e-3);
        expect(Math.abs(out[field][i] - reference[field]), `${field} ${i}`).toBeLessThan(1e-12 * scale);
      }
    }
  });

  test('volatility alone is the same volatility', () => {
    const { slice, sigmas } = smile();
    const out = createSliceGreeks(sigmas.length);
    const iv = new Float64Array(sigmas.length);
    const status = new Uint8Array(sigmas.length);
    solveSlice(slice, out);
    solveSliceIv(slice, iv, status);
    expect(status).toEqual(out.status);
    for (let i = 0; i < iv.length; i++) if (status[i] === 0) expect(iv[i] / out.iv[i]).toBeCloseTo(1, 14);
  });

  test('one option by itself has the digits of its row', () => {
    const { slice, sigmas } = smile();
    const iv = new Float64Array(sigmas.length);
    const status = new Uint8Array(sigmas.length);
    createSliceSolver('plain').solveSliceIv(slice, iv, status);
    const { forward, yearFraction, discountFactor, strikes, sides, prices } = slice;
    for (let i = 0; i < iv.length; i++) {
      const side = sides[i] as 1 | -1;
      expect(
        impliedVolatility(prices[i], forward, strikes[i], yearFraction, discountFactor, side),
        `row ${i}`,
      ).toEqual({ iv: iv[i], status: status[i] });
    }
    // Not taken for the byte it would be in a column.
    expect(impliedVolatility(5, 100, 100, 1, 1, 257 as 1).status).toBe(IV_STATUS.invalid_input);
  });

  test('leaves rows beyond count alone', () => {
    const { slice, sigmas } = smile();
    const out = createSliceGreeks(sigmas.length);
    out.iv.fill(7);
    solveSlice({ ...slice, count: 3 }, out);
    expect(out.iv[3]).toBe(7);
    expect(out.iv[2]).not.toBe(7);
  });

  test('an expired slice keeps intrinsic deltas', () => {
    const { slice, sigmas } = smile();
    const out = createSliceGreeks(sigmas.length);
    solveSlice({ ...slice, forward: 100, yearFraction: 0, discountFactor: 1 }, out);
    for (let i = 0; i < sigmas.length; i++) {
      const inTheMoney = Math.sign(slice.sides[i] * (100 - slice.strikes[i]));
      expect(out.status[i]).toBe(IV_STATUS.expired);
      expect(out.iv[i]).toBeNaN();
      expect(out.delta[i]).toBe((slice.sides[i] * (1 + inTheMoney)) / 2);
      expect(out.vega[i] + out.gamma[i] + out.theta[i] + out.rho[i]).toBe(0);
    }
  });

  test('names the column that does not fit', () => {
    const { slice } = smile();
    const out = createSliceGreeks(slice.strikes.length);
    expect(() => solveSlice({ ...slice, sides: new Int8Array(3) }, out)).toThrow(/column sides has 3 rows/);
    expect(() => solveSlice({ ...slice, prices: new Float64Array(3) }, out)).toThrow(RangeError);
    expect(() => solveSlice({ ...slice, count: 1e6 }, out)).toThrow(/strikes/);
    expect(() => solveSlice({ ...slice, count: -1 }, out)).toThrow(/count/);
    expect(() => solveSlice(slice, createSliceGreeks(2))).toThrow(/output column iv/);
    expect(() => solveSliceIv(slice, out.iv, new Uint8Array(1))).toThrow(/output column status/);
  });
});

describe('greeksAt', () => {
  test('writes the scalar greeks of given volatilities', () => {
    const { slice, sigmas } = smile();
    const out = createSliceGreeks(sigmas.length);
    const { prices: _, ...rest } = slice;
    greeksAt({ ...rest, sigmas }, out);
    for (let i = 0; i < sigmas.length; i++) {
      const side = slice.sides[i] as 1 | -1;
      const [f, k, t, df] = [slice.forward, slice.strikes[i], slice.yearFraction, slice.discountFactor];
      const reference = black76Greeks(f, k, t, sigmas[i], df, side);
      expect(out.status[i]).toBe(IV_STATUS.ok);
      expect(out.iv[i]).toBe(sigmas[i]);
      for (const field of FIELDS) expect(out[field][i]).toBeCloseTo(reference[field], 13);
    }
  });

  test('marks rows without a volatility and accepts its own output as input', () => {
    const { slice, sigmas } = smile();
    const out = createSliceGreeks(sigmas.length);
    out.iv.set(sigmas);
    out.iv[4] = Number.NaN;
    const { prices: _, ...rest } = slice;
    greeksAt({ ...rest, sigmas: out.iv }, out);
    expect(out.status[4]).toBe(IV_STATUS.invalid_input);
    expect(out.delta[4]).toBeNaN();
    expect(out.status[5]).toBe(IV_STATUS.ok);
  });
});
