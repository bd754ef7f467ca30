import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  atmImpliedVolatility,
  constantMaturityIv,
  dealerExposure,
  deltaSkew,
  fitSvi,
  gammaFlip,
  maxPain,
  parityForward,
  profitProbability,
  putCallRatio,
  sumFinite,
  sviButterflyCheck,
  termStructure,
  varianceStrip,
  volatilityIndex,
  volatilityRank,
} from '../../src/index.ts';

const number = fc.oneof(
  fc.double(),
  fc.double({ min: 0, max: 1000, noNaN: true }),
  fc.integer({ min: -3, max: 300 }),
);
const RUNS = { numRuns: 2000 };

/** Columns of one length, any numbers in them. */
function columns<N extends number>(count: N) {
  return fc
    .integer({ min: 0, max: 12 })
    .chain((rows) =>
      fc.array(fc.array(number, { minLength: rows, maxLength: rows }), {
        minLength: count,
        maxLength: count,
      }),
    )
    .map((lists) => lists.map((list) => Float64Array.from(list)));
}

const isNumberOrNull = (x: number | null) => x === null || !Number.isNaN(x);

describe('any numbers in the columns of a chain give a number or null', () => {
  test('forward, ratio, max pain, the money', () => {
    fc.assert(
      fc.property(columns(3), number, number, ([strikes, a, b], x, y) => {
        const parity = parityForward({ strikes, callMid: a, putMid: b, discountFactor: x, spot: y });
        expect(parity === null || (parity.forward > 0 && parity.strikesUsed > 0)).toBe(true);
        const pain = maxPain(strikes, a, b);
        expect(
          pain === null || (Number.isFinite(pain.strike) && pain.pain >= 0 && pain.ties[0] === pain.strike),
        ).toBe(true);
        const ratio = putCallRatio(sumFinite(a), sumFinite(b));
        expect(ratio === null || Number.isFinite(ratio)).toBe(true);
        const atm = atmImpliedVolatility(strikes, a, x, y);
        expect(atm === null || atm > 0).toBe(true);
      }),
      RUNS,
    );
  });

  test('skew, exposure, flip', () => {
    fc.assert(
      fc.property(columns(4), number, number, ([a, b, c, d], x, y) => {
        const skew = deltaSkew({ deltas: a, ivs: b }, { deltas: c, ivs: d }, x);
        expect(skew === null || Object.values(skew).every(isNumberOrNull)).toBe(true);
        const sides = Int8Array.from(a, (_, i) => (i % 2 === 0 ? 1 : -1));
        const exposure = dealerExposure('gamma', { sides, openInterest: b, greek: c }, x, y);
        expect(Object.values(exposure).every(isNumberOrNull)).toBe(true);
        const slice = {
          forward: x,
          yearFraction: y,
          discountFactor: 1,
          strikes: a,
          sides,
          sigmas: b,
          openInterest: c,
        };
        const flip = gammaFlip([slice], 100, 50, { points: 5 });
        expect(isNumberOrNull(flip.level)).toBe(true);
        expect([...flip.exposures].some(Number.isNaN)).toBe(false);
      }),
      RUNS,
    );
  });

  test('surface and history', () => {
    fc.assert(
      fc.property(columns(5), number, number, ([a, b, c, d, e], x, y) => {
        const points = Array.from(a, (yearFraction, i) => ({ yearFraction, iv: b[i] }));
        for (const point of termStructure(points))
          expect(Object.values(point).every(isNumberOrNull)).toBe(true);
        expect(isNumberOrNull(constantMaturityIv(points, x))).toBe(true);
        const rank = volatilityRank(x, c);
        expect(rank === null || Object.values(rank).every(isNumberOrNull)).toBe(true);
        const strikes = Float64Array.from(new Set(a.filter((strike) => !Number.isNaN(strike)))).sort();
        const cut = (column: Float64Array) => column.slice(0, strikes.length);
        const strip = varianceStrip({
          strikes,
          callBid: cut(b),
          callAsk: cut(c),
          putBid: cut(d),
          putAsk: cut(e),
          yearFraction: x,
          rate: y,
        });
        expect(strip === null || Object.values(strip).every(isNumberOrNull)).toBe(true);
        const index = volatilityIndex({ variance: x, yearFraction: y }, { variance: y, yearFraction: x });
        expect(index === null || Number.isFinite(index)).toBe(true);
      }),
      RUNS,
    );
  });

  test('SVI fit keeps to its constraints, or is null', () => {
    const positive = fc.oneof(fc.double({ min: 1e-3, max: 1e3, noNaN: true }), number);
    const list = fc
      .array(positive, { minLength: 8, maxLength: 8 })
      .map((values) => Float64Array.from(values));
    fc.assert(
      fc.property(list, list, positive, positive, (strikes, ivs, forward, yearFraction) => {
        const fit = fitSvi({ forward, yearFraction, strikes, ivs });
        if (fit === null) return;
        const { points: _, ...numbers } = fit;
        expect(Object.values(numbers).every(Number.isFinite), JSON.stringify(numbers)).toBe(true);
        expect(fit.b * (1 + Math.abs(fit.rho))).toBeLessThanOrEqual(2);
        expect(Number.isNaN(sviButterflyCheck(fit).leastAt)).toBe(false);
      }),
      {
        ...RUNS,
        // Its curve touches zero at the last strike, where rounding made the variance negative.
        examples: [
          [
            Float64Array.of(
              4.874399238976193e-212,
              0.0068585825692317375,
              140,
              255,
              0.001,
              0.0895202253722539,
              2.0294359697081776,
              116,
            ),
            Float64Array.of(
              0.028944722082362064,
              16,
              31,
              56,
              2.4654560731463047e-18,
              6,
              1.4842123411189299,
              34,
            ),
            3.8470148491112135,
            5.983552114845256,
          ],
        ],
      },
    );
  });

  test('probability of profit stays a probability', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 5 }),
        number,
        number,
        number,
        (strikes, forward, sigma, time) => {
          const legs = strikes.map((strike, i) => ({
            kind: 'option' as const,
            side: (strike % 2 === 0 ? 1 : -1) as 1 | -1,
            strike: strike * 10,
            premium: strike,
            quantity: i % 2 === 0 ? 1 : -2,
          }));
          const probability = profitProbability(legs, { forward, sigma, yearFraction: time });
          expect(probability === null || (probability >= -1e-15 && probability <= 1 + 1e-15)).toBe(true);
        },
      ),
      RUNS,
    );
  });
});
