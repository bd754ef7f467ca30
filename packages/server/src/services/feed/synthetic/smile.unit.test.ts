import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isArbitrageFree, totalVariance } from './smile.ts';

const smiles = fc
  .record({
    volatility: fc.double({ min: 0.05, max: 2, noNaN: true }),
    rho: fc.double({ min: -0.95, max: 0.95, noNaN: true }),
    eta: fc.double({ min: 0.05, max: 2, noNaN: true }),
  })
  .filter(isArbitrageFree);
const years = fc.double({ min: 1 / 365, max: 3, noNaN: true });
const moneyness = fc.double({ min: -1.5, max: 1.5, noNaN: true });

/** Gatheral's density function g(k); negative means a butterfly has a negative price. */
function density(w: (k: number) => number, k: number): number {
  const h = 1e-4;
  const [down, here, up] = [w(k - h), w(k), w(k + h)];
  const slope = (up - down) / (2 * h);
  const curvature = (up - 2 * here + down) / (h * h);
  return (1 - (k * slope) / (2 * here)) ** 2 - (slope * slope * (1 / here + 0.25)) / 4 + curvature / 2;
}

test('no butterfly arbitrage: g(k) >= 0', () => {
  fc.assert(
    fc.property(smiles, years, moneyness, (smile, t, k) => {
      expect(density((x) => totalVariance(smile, x, t), k)).toBeGreaterThanOrEqual(-1e-4);
    }),
  );
});

test('no calendar arbitrage: total variance does not fall with time at equal moneyness', () => {
  fc.assert(
    fc.property(
      smiles,
      years,
      fc.double({ min: 1, max: 4, noNaN: true }),
      moneyness,
      (smile, t, factor, k) => {
        const later = totalVariance(smile, k, t * factor);
        expect(later).toBeGreaterThanOrEqual(totalVariance(smile, k, t) * (1 - 1e-12));
      },
    ),
  );
});

test('at the money it is the volatility', () => {
  expect(totalVariance({ volatility: 0.2, rho: -0.4, eta: 1 }, 0, 0.25)).toBeCloseTo(0.01, 12);
});

test.each([
  [{ volatility: 0.2, rho: -0.45, eta: 1.5 }],
  [{ volatility: 0, rho: 0, eta: 1 }],
  [{ volatility: 0.2, rho: -1, eta: 0.5 }],
  [{ volatility: Number.NaN, rho: 0, eta: 1 }],
])('parameters that allow arbitrage are refused: %o', (smile) => {
  expect(isArbitrageFree(smile)).toBe(false);
});
