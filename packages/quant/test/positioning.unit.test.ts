import { describe, expect, test } from 'vitest';
import { black76Greeks, dealerExposure, deltaSkew, gammaFlip, ivAtDelta } from '../src/index.ts';

const f64 = (...values: number[]) => Float64Array.from(values);

describe('skew', () => {
  const calls = { deltas: f64(0.1, 0.3, 0.2, 0.6), ivs: f64(0.18, 0.2, Number.NaN, 0.22) };
  const puts = { deltas: f64(-0.1, -0.3, -0.6), ivs: f64(0.3, 0.26, 0.22) };

  test('interpolates in delta between the nearest rows that have a volatility', () => {
    expect(ivAtDelta(calls, 0.25)).toBeCloseTo(0.195, 14);
    expect(ivAtDelta(calls, 0.3)).toBe(0.2);
    expect(ivAtDelta(calls, 0.05)).toBeNull();
    expect(() => ivAtDelta({ deltas: f64(1), ivs: f64(1, 2) }, 0.2)).toThrow(/ivs/);
  });

  test('risk reversal is call minus put, butterfly the wings over the middle', () => {
    const skew = deltaSkew(calls, puts, 0.21);
    expect(skew?.riskReversal).toBeCloseTo(0.195 - 0.27, 14);
    expect(skew?.butterfly).toBeCloseTo(0.5 * (0.195 + 0.27) - 0.21, 14);
    expect(deltaSkew(calls, puts, Number.NaN)).toBeNull();
    expect(deltaSkew(calls, { deltas: f64(), ivs: f64() }, 0.2)).toBeNull();
  });
});

describe('dealer exposure', () => {
  const rows = {
    sides: Int8Array.of(1, -1, 1),
    openInterest: f64(10, 20, Number.NaN),
    greek: f64(0.001, 0.002, 0.5),
  };

  test('is calls less puts, in currency', () => {
    const perRow = new Float64Array(3);
    const exposure = dealerExposure('gamma', rows, 100, 75, perRow);
    expect(exposure.calls).toBeCloseTo(0.001 * 10 * 75 * 100, 10);
    expect(exposure.puts).toBeCloseTo(-0.002 * 20 * 75 * 100, 10);
    expect(exposure.net).toBeCloseTo(exposure.calls + exposure.puts, 10);
    expect(exposure.gross).toBeCloseTo(exposure.calls - exposure.puts, 10);
    expect(perRow[2]).toBe(0);
  });

  test('delta and vega by the same pattern', () => {
    const put = { sides: Int8Array.of(-1), openInterest: f64(10), greek: f64(-0.4) };
    expect(dealerExposure('delta', put, 100, 2).net).toBeCloseTo(0.4 * 10 * 2 * 100, 10);
    expect(dealerExposure('vega', { ...put, greek: f64(12) }, 100, 2).net).toBeCloseTo(
      -12 * 10 * 2 * 0.01,
      10,
    );
    expect(() => dealerExposure('vega', { ...put, greek: f64(1, 2) }, 100, 2)).toThrow(/greek/);
  });
});

describe('gamma flip', () => {
  const slice = {
    forward: 100,
    yearFraction: 0.1,
    discountFactor: 1,
    strikes: f64(90, 110),
    sides: Int8Array.of(-1, 1),
    sigmas: f64(0.2, 0.2),
    openInterest: f64(100, 100),
  };

  test('lies where calls and puts balance', () => {
    const { level, crossings, levels, exposures } = gammaFlip([slice], 100, 50, { points: 401 });
    expect(crossings.length).toBe(1);
    const call = black76Greeks(level ?? 0, 110, 0.1, 0.2, 1, 1).gamma;
    const put = black76Greeks(level ?? 0, 90, 0.1, 0.2, 1, -1).gamma;
    expect(Math.abs(call / put - 1)).toBeLessThan(1e-3);
    const middle = 200;
    const expected =
      (black76Greeks(100, 110, 0.1, 0.2, 1, 1).gamma - black76Greeks(100, 90, 0.1, 0.2, 1, -1).gamma) *
      100 *
      50 *
      100;
    expect(levels[middle]).toBeCloseTo(100, 10);
    expect(exposures[middle] / expected).toBeCloseTo(1, 10);
  });

  test('is null when the total keeps one sign, or there is nothing', () => {
    expect(gammaFlip([{ ...slice, openInterest: f64(0, 100) }], 100, 50).level).toBeNull();
    expect(gammaFlip([{ ...slice, sigmas: f64(Number.NaN, 0) }], 100, 50).level).toBeNull();
    expect(gammaFlip([], 100, 50).level).toBeNull();
    expect(() => gammaFlip([slice], 0, 50)).toThrow(/level/);
    expect(() => gammaFlip([slice], 100, 50, { span: 1 })).toThrow(/span/);
    expect(() => gammaFlip([{ ...slice, sigmas: f64(1) }], 100, 50)).toThrow(/sigmas/);
  });
});
