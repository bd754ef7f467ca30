import { describe, expect, test } from 'vitest';
import {
  black76Price,
  type SviParameters,
  sviDensity,
  sviProbabilityBelow,
  sviTotalVariance,
  sviVolatility,
  touchProbability,
} from '../src/index.ts';

const FORWARD = 24_000;
const YEARS = 30 / 365;
const SLICE: SviParameters = { a: 0.001, b: 0.02, rho: -0.4, m: 0.01, sigma: 0.08 };
const VOGT: SviParameters = { a: -0.041, b: 0.1331, rho: 0.306, m: 0.3586, sigma: 0.4153 };

const priceAt = (strike: number, side: 1 | -1) =>
  black76Price(FORWARD, strike, YEARS, sviVolatility(SLICE, Math.log(strike / FORWARD), YEARS), 1, side);

describe('density of a slice', () => {
  test.each([-0.25, -0.1, -0.01, 0, 0.01, 0.08, 0.2])(
    'is what prices say by finite differences at k = %d',
    (k) => {
      const strike = FORWARD * Math.exp(k);
      const step = 24;
      const [low, at, high] = [strike - step, strike, strike + step].map((each) =>
        priceAt(each, k < 0 ? -1 : 1),
      );
      expect(sviDensity(SLICE, FORWARD, k) / ((low - 2 * at + high) / step ** 2)).toBeCloseTo(1, 3);
      const slope = (high - low) / (2 * step);
      expect(sviProbabilityBelow(SLICE, k)).toBeCloseTo(k < 0 ? slope : 1 + slope, 4);
    },
  );

  test('integrates to one, with the forward as its mean', () => {
    let [mass, mean] = [0, 0];
    const step = 1e-3;
    for (let k = -3; k <= 3; k += step) {
      const level = FORWARD * Math.exp(k);
      const share = sviDensity(SLICE, FORWARD, k) * level * step;
      mass += share;
      mean += share * level;
    }
    expect(mass).toBeCloseTo(1, 6);
    expect(mean / FORWARD).toBeCloseTo(1, 5);
  });

  test('is lognormal for a flat slice', () => {
    const flat = { a: 0.04 * YEARS, b: 0, rho: 0, m: 0, sigma: 0.1 };
    const w = sviTotalVariance(flat, 0);
    expect(sviDensity(flat, 100, 0)).toBeCloseTo(Math.exp(-w / 8) / (100 * Math.sqrt(2 * Math.PI * w)), 12);
    expect(sviProbabilityBelow(flat, 0)).toBeCloseTo(0.5 + 0.5 * Math.sqrt(w) * 0.3989422804, 4);
  });

  test('is negative where the Vogt slice has butterfly arbitrage, and NaN without a variance', () => {
    expect(sviDensity(VOGT, 100, 0.9)).toBeLessThan(0);
    expect(sviDensity({ ...VOGT, a: -1 }, 100, 0)).toBeNaN();
    expect(sviProbabilityBelow({ ...VOGT, a: -1 }, 0)).toBeNaN();
  });

  test('is touched twice as probably as it is passed, and surely near the money', () => {
    expect(touchProbability(-0.1, 0.07)).toBeCloseTo(0.14, 12);
    expect(touchProbability(0.1, 0.9)).toBeCloseTo(0.2, 12);
    expect(touchProbability(0, 0.45)).toBe(1);
    expect(touchProbability(0.1, Number.NaN)).toBeNaN();
  });
});
