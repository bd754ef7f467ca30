import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  atmImpliedVolatility,
  black76Greeks,
  constantMaturityIv,
  fitSvi,
  type SviParameters,
  smileWeights,
  sviButterflyCheck,
  sviCalendarViolations,
  sviTotalVariance,
  sviVolatility,
  termStructure,
  varianceStrip,
  volatilityIndex,
  volatilityRank,
} from '../src/index.ts';
import { dataText, parseTable } from './reference-data.ts';

const vogtText = dataText('reference/svi_vogt_reference.json');
const stripText = dataText('reference/vix_whitepaper_2009_options.csv');
const stripExpected = dataText('reference/vix_whitepaper_2009_expected.json');

// Parameters of A. Vogt, from Gatheral and Jacquier (2014), example 3.1.
const VOGT: SviParameters = { a: -0.041, b: 0.1331, rho: 0.306, m: 0.3586, sigma: 0.4153 };

/** Strikes whose log-moneyness is evenly spaced, with the volatilities of a slice. */
function smileOf(p: SviParameters, forward: number, time: number, from: number, to: number, n: number) {
  const strikes = Float64Array.from(
    { length: n },
    (_, i) => forward * Math.exp(from + ((to - from) * i) / (n - 1)),
  );
  const ivs = strikes.map((strike) => sviVolatility(p, Math.log(strike / forward), time));
  return { forward, yearFraction: time, strikes, ivs };
}

describe('SVI', () => {
  test.skipIf(vogtText === null)('reproduces the published Vogt slice and its butterfly arbitrage', () => {
    const expected = JSON.parse(vogtText ?? '{}');
    for (const [k, w] of Object.entries<number>(expected.total_variance_samples)) {
      expect(sviTotalVariance(VOGT, Number(k))).toBeCloseTo(w, 15);
    }
    const check = sviButterflyCheck(VOGT);
    expect(check.violations.length).toBe(1);
    // The reference states the ends of a grid of 0.001.
    expect(Math.abs(check.violations[0].from - expected.butterfly_arbitrage.g_negative_from_k)).toBeLessThan(
      0.001,
    );
    expect(Math.abs(check.violations[0].to - expected.butterfly_arbitrage.g_negative_to_k)).toBeLessThan(
      0.001,
    );
    expect(check.leastG).toBeCloseTo(expected.butterfly_arbitrage.min_g, 5);
    expect(Math.abs(check.leastAt - expected.butterfly_arbitrage.argmin_k)).toBeLessThan(0.002);
    expect(check.wingsWithinBound).toBe(true);
  });

  test('a flat slice has no butterfly arbitrage, a steep one breaks the bound of the wings', () => {
    expect(sviButterflyCheck({ a: 0.04, b: 0, rho: 0, m: 0, sigma: 0.1 }).violations).toEqual([]);
    const steep = sviButterflyCheck({ a: 0.04, b: 1.5, rho: 0.9, m: 0, sigma: 0.1 });
    expect(steep.wingsWithinBound).toBe(false);
    expect(steep.violations.length).toBeGreaterThan(0);
  });

  test('finds where a later expiry has the smaller total variance', () => {
    const near = { a: 0.02, b: 0.1, rho: 0, m: 0, sigma: 0.1 };
    expect(sviCalendarViolations(near, { ...near, a: 0.03 })).toEqual([]);
    const crossing = sviCalendarViolations(near, { ...near, a: 0.03, b: 0.05 });
    expect(crossing.length).toBe(2);
    for (const { from, to } of crossing) {
      const edge = Math.abs(from) < 1.5 ? from : to;
      expect(sviTotalVariance({ ...near, a: 0.03, b: 0.05 }, edge)).toBeCloseTo(
        sviTotalVariance(near, edge),
        10,
      );
    }
  });

  test('recovers the slice its points were made from', () => {
    const slices: SviParameters[] = [
      VOGT,
      { a: 0.01, b: 0.2, rho: -0.6, m: 0.05, sigma: 0.15 },
      { a: 0.001, b: 0.05, rho: 0, m: 0, sigma: 0.02 },
    ];
    for (const slice of slices) {
      const fit = fitSvi(smileOf(slice, 24_200, 0.5, -0.6, 0.6, 60));
      expect(fit?.rmseVolPoints).toBeLessThan(1e-4);
      expect(fit?.points.length).toBe(60);
      for (const k of [-0.5, 0, 0.4]) {
        const w = sviTotalVariance(fit as SviParameters, k);
        expect(Math.abs(w / sviTotalVariance(slice, k) - 1)).toBeLessThan(1e-5);
      }
    }
  });

  test('keeps its constraints on quotes no slice can fit', () => {
    const smile = smileOf({ a: 0.04, b: 0.3, rho: -0.9, m: 0, sigma: 0.1 }, 100, 0.1, -0.5, 0.3, 40);
    const jagged = smile.ivs.map((iv, i) => iv * (i % 3 === 0 ? 1.4 : 0.8) * (i < 10 ? 4 : 1));
    jagged[5] = Number.NaN;
    const fit = fitSvi({ ...smile, ivs: jagged });
    expect(fit).not.toBeNull();
    if (fit === null) return;
    expect(fit.points.length).toBe(39);
    expect(fit.b).toBeGreaterThanOrEqual(0);
    expect(Math.abs(fit.rho)).toBeLessThanOrEqual(1);
    expect(fit.b * (1 + Math.abs(fit.rho))).toBeLessThanOrEqual(2 + 1e-12);
    for (let k = -3; k <= 3; k += 0.01) expect(sviTotalVariance(fit, k)).toBeGreaterThanOrEqual(-1e-12);
    expect(fit.rmseVolPoints).toBeGreaterThan(0.1);
  });

  test('keeps the bound of Lee in doubles, whatever the smile (property)', () => {
    const cell = fc.double({ min: 0.01, max: 5, noNaN: true });
    const smiles = fc.array(fc.tuple(fc.double({ min: -2, max: 2, noNaN: true }), cell, cell), {
      minLength: 5,
      maxLength: 30,
    });
    let atBound = 0;
    fc.assert(
      fc.property(
        smiles,
        fc.double({ min: 1e-4, max: 2, noNaN: true }),
        fc.option(cell),
        (rows, time, atmIv) => {
          const fit = fitSvi({
            forward: 100,
            yearFraction: time,
            strikes: Float64Array.from(rows, ([k]) => 100 * Math.exp(k)),
            ivs: Float64Array.from(rows, ([, iv]) => iv),
            weights: Float64Array.from(rows, ([, , weight]) => weight),
            atmIv,
          });
          if (fit === null) return;
          const slope = fit.b * (1 + Math.abs(fit.rho));
          if (slope > 1.999999) atBound++;
          expect(slope).toBeLessThanOrEqual(2);
          expect(sviButterflyCheck(fit).wingsWithinBound).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
    // The bound is what stops the fit in some of them, so the test is of the bound.
    expect(atBound).toBeGreaterThan(5);
  });

  test('holds the curve to the volatility at the forward', () => {
    const smile = smileOf({ a: 0.01, b: 0.2, rho: -0.6, m: 0.05, sigma: 0.02 }, 100, 0.1, -0.4, 0.3, 60);
    // A bump that no slice has, so that the free fit cannot be right at the forward.
    const bumped = smile.ivs.map(
      (iv, i) => iv * (1 + 0.2 * Math.exp(-(((smile.strikes[i] - 100) / 3) ** 2))),
    );
    const atmIv = atmImpliedVolatility(smile.strikes, bumped, 100, 0.1);
    const atTheMoney = (fit: SviParameters | null) => sviVolatility(fit as SviParameters, 0, 0.1);
    const free = fitSvi({ ...smile, ivs: bumped });
    const held = fitSvi({ ...smile, ivs: bumped, atmIv });
    expect(Math.abs(atTheMoney(free) - (atmIv ?? 0))).toBeGreaterThan(0.01);
    expect(Math.abs(atTheMoney(held) - (atmIv ?? 0))).toBeLessThan(0.005);
    expect(held?.points.length).toBe(60);
  });

  test('weighs a volatility by vega over the width of its quote', () => {
    const strikes = Float64Array.of(60, 95, 100, 105, 160);
    const ivs = Float64Array.of(0.3, 0.2, 0.2, Number.NaN, 0.2);
    const quotes = { forward: 100, yearFraction: 0.1, strikes, ivs };
    const vega = (i: number) => black76Greeks(100, strikes[i], 0.1, ivs[i], 1, 1).vega;
    const weights = smileWeights({ ...quotes, widths: Float64Array.of(0.1, 0.2, 0.4, 0.1, Number.NaN) });
    const raw = (i: number, width: number) => (vega(i) / width) ** 2;
    expect(weights[1]).toBe(1);
    expect(weights[2]).toBeCloseTo(raw(2, 0.4) / raw(1, 0.2), 12);
    expect(weights[3]).toBe(0);
    // Far wings keep a share, and what is not quoted on both sides is known as little as the widest quote.
    expect(weights[4]).toBe(1e-6);
    const unquoted = smileWeights({ ...quotes, widths: new Float64Array(5).fill(Number.NaN) });
    expect(unquoted[2]).toBe(1);
    expect(unquoted[1]).toBeCloseTo((vega(1) / vega(2)) ** 2, 12);
    expect(() => smileWeights({ ...quotes, widths: new Float64Array(2) })).toThrow(/column widths/);
  });

  test('is null without enough points and names a column that does not fit', () => {
    const smile = smileOf(VOGT, 100, 1, -0.5, 0.5, 4);
    expect(fitSvi(smile)).toBeNull();
    expect(fitSvi({ ...smileOf(VOGT, 100, 1, -0.5, 0.5, 9), yearFraction: 0 })).toBeNull();
    expect(
      fitSvi({ ...smileOf(VOGT, 100, 1, -0.5, 0.5, 9), strikes: new Float64Array(9).fill(100) }),
    ).toBeNull();
    expect(() => fitSvi({ ...smile, ivs: new Float64Array(2) })).toThrow(/column ivs/);
  });
});

describe('variance strip', () => {
  test.skipIf(stripText === null || stripExpected === null)(
    'reproduces the worked example of the white paper',
    () => {
      const rows = parseTable(stripText ?? '');
      const expected = JSON.parse(stripExpected ?? '{}');
      const expiry = (days: string, minutes: number) => {
        const own = rows.filter((row) => row.Days === days);
        const column = (name: string) => Float64Array.from(own, (row) => Number(row[name]));
        const yearFraction = minutes / expected.inputs.N_365;
        const strip = varianceStrip({
          strikes: column('Strike'),
          callBid: column('Call Bid'),
          callAsk: column('Call Ask'),
          putBid: column('Put Bid'),
          putAsk: column('Put Ask'),
          yearFraction,
          rate: expected.inputs.R,
        });
        if (strip === null) throw new Error('the strip of the example has a variance');
        return { ...strip, yearFraction };
      };
      const near = expiry('9', expected.inputs.N_T1_min);
      const next = expiry('37', expected.inputs.N_T2_min);
      expect(near.forward).toBeCloseTo(expected.recomputed_here.F1, 9);
      expect(next.forward).toBeCloseTo(expected.recomputed_here.F2, 9);
      expect(near.centre).toBe(expected.published.K0);
      expect(near.optionsUsed).toBe(expected.recomputed_here.n1_options);
      expect(next.optionsUsed).toBe(expected.recomputed_here.n2_options);
      expect(near.variance).toBeCloseTo(expected.recomputed_here.sigma1_sq, 10);
      expect(next.variance).toBeCloseTo(expected.recomputed_here.sigma2_sq, 10);
      const index = volatilityIndex(near, next, expected.inputs.N_30 / expected.inputs.N_365);
      expect(index).toBeCloseTo(expected.recomputed_here.VIX, 9);
      expect(index?.toFixed(2)).toBe(String(expected.published.VIX));
    },
  );

  test('is null without quotes and throws for columns that do not fit', () => {
    const zero = new Float64Array(3);
    const quotes = {
      strikes: Float64Array.of(90, 100, 110),
      callBid: zero,
      callAsk: zero,
      putBid: zero,
      putAsk: zero,
      yearFraction: 0.1,
      rate: 0,
    };
    expect(varianceStrip(quotes)).toBeNull();
    expect(() => varianceStrip({ ...quotes, strikes: Float64Array.of(90, 90, 110) })).toThrow(/ascend/);
    expect(() => varianceStrip({ ...quotes, putAsk: new Float64Array(2) })).toThrow(/putAsk/);
    expect(
      volatilityIndex({ variance: 1, yearFraction: 0.1 }, { variance: 1, yearFraction: 0.1 }),
    ).toBeNull();
  });
});

describe('term structure', () => {
  const points = [
    { yearFraction: 0.25, iv: 0.24 },
    { yearFraction: 0.05, iv: 0.2 },
    { yearFraction: 0.1, iv: Number.NaN },
    { yearFraction: -1, iv: 0.3 },
  ];

  test('is ordered, with the volatility between expiries', () => {
    const structure = termStructure(points);
    expect(structure.map((point) => point.yearFraction)).toEqual([0.05, 0.25]);
    expect(structure[0].forwardIv).toBeCloseTo(0.2, 14);
    expect(structure[1].forwardIv).toBeCloseTo(Math.sqrt((0.0576 * 0.25 - 0.04 * 0.05) / 0.2), 14);
    const inverted = termStructure([
      { yearFraction: 0.1, iv: 0.9 },
      { yearFraction: 0.2, iv: 0.2 },
    ]);
    expect(inverted[1].forwardIv).toBeNull();
  });

  test('constant maturity is linear in total variance and never extrapolated', () => {
    expect(constantMaturityIv(points, 0.15)).toBeCloseTo(Math.sqrt((0.5 * 0.002 + 0.5 * 0.0144) / 0.15), 14);
    expect(constantMaturityIv(points, 0.05)).toBe(0.2);
    expect(constantMaturityIv(points, 0.04)).toBeNull();
    expect(constantMaturityIv(points, 0.3)).toBeNull();
    expect(constantMaturityIv([], 0.3)).toBeNull();
  });
});

describe('volatility rank', () => {
  test('rank, percentile and how much they rest on', () => {
    expect(volatilityRank(0.3, [0.9, 0.1, 0.2, Number.NaN, 0.5], 4)).toEqual({
      rank: 50,
      percentile: (100 * 2) / 3,
      low: 0.1,
      high: 0.5,
      observations: 3,
    });
    expect(volatilityRank(0.3, [0.2])?.rank).toBeNull();
    expect(volatilityRank(0.3, [])).toBeNull();
    expect(volatilityRank(Number.NaN, [0.2])).toBeNull();
  });
});
