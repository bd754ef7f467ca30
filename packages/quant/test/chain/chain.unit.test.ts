import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  atmImpliedVolatility,
  atmStrikeIndex,
  black76Price,
  expectedMove,
  largestIndex,
  maxPain,
  maxPainCurve,
  openInterestBuildup,
  parityForward,
  putCallRatio,
  straddlePrice,
  sumFinite,
  yearFraction,
} from '../../src/index.ts';

const f64 = (...values: number[]) => Float64Array.from(values);

describe('year fraction', () => {
  test('is ACT/365 in milliseconds', () => {
    expect(yearFraction(0, 365 * 86_400_000)).toBe(1);
    expect(yearFraction(86_400_000, 0)).toBe(-1 / 365);
  });
});

describe('parity forward', () => {
  const strikes = f64(90, 95, 100, 105, 110, 115, 120);
  const mids = (side: 1 | -1) => strikes.map((k) => black76Price(103, k, 0.25, 0.2, 0.98, side));

  test('recovers the forward and is not moved by one bad quote', () => {
    const callMid = mids(1);
    const putMid = mids(-1);
    expect(parityForward({ strikes, callMid, putMid, discountFactor: 0.98 })?.forward).toBeCloseTo(103, 10);
    callMid[2] += 20;
    const robust = parityForward({ strikes, callMid, putMid, discountFactor: 0.98 });
    expect(robust?.forward).toBeCloseTo(103, 10);
    expect(robust?.strikesUsed).toBe(5);
  });

  test('skips strikes without both mids', () => {
    const callMid = mids(1).fill(Number.NaN, 1);
    expect(parityForward({ strikes, callMid, putMid: mids(-1), discountFactor: 0.98 })?.strikesUsed).toBe(1);
    callMid.fill(Number.NaN);
    expect(parityForward({ strikes, callMid, putMid: mids(-1), discountFactor: 0.98 })).toBeNull();
    expect(parityForward({ strikes, callMid: mids(1), putMid: mids(-1), discountFactor: 0 })).toBeNull();
    expect(() => parityForward({ strikes, callMid: f64(1), putMid: callMid, discountFactor: 1 })).toThrow(
      /callMid/,
    );
  });

  test('breaks equal differences towards the spot', () => {
    const result = parityForward({
      strikes: f64(100, 101, 102, 103, 104, 105),
      callMid: f64(2, 2, 2, 2, 2, 2),
      putMid: f64(2, 2, 2, 2, 2, 2),
      discountFactor: 1,
      spot: 106,
    });
    expect(result).toEqual({ forward: 103, strikesUsed: 5 });
  });
});

describe('put-call ratio', () => {
  test('is null without a denominator', () => {
    expect(putCallRatio(3, 2)).toBe(1.5);
    expect(putCallRatio(3, 0)).toBeNull();
    expect(putCallRatio(Number.NaN, 1)).toBeNull();
    expect(sumFinite(f64(1, Number.NaN, 2, Number.POSITIVE_INFINITY))).toBe(3);
  });
});

describe('sums', () => {
  test('of decimals are the nearest double to the true sum, in any order (property)', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -99_999, max: 99_999 }), { maxLength: 300 }),
        fc.constantFrom(1, 10, 100, 1000),
        (steps, denominator) => {
          const cells = Float64Array.from(steps, (step) => step / denominator);
          const expected = steps.reduce((sum, step) => sum + step, 0) / denominator + 0;
          expect(sumFinite(cells)).toBe(expected);
          expect(sumFinite(cells.toReversed())).toBe(expected);
        },
      ),
    );
    expect(sumFinite(f64(0.1, 0.2, Number.NaN, 0.3))).toBe(0.6);
  });

  test('of anything else are compensated, and beyond the range infinite', () => {
    expect(sumFinite(f64(1e16, 1 / 3, -1e16))).toBeCloseTo(1 / 3, 15);
    expect(sumFinite(f64(1.7e308, 1.7e308))).toBe(Number.POSITIVE_INFINITY);
    expect(sumFinite(f64())).toBe(0);
  });
});

describe('max pain', () => {
  function naive(strikes: Float64Array, callOi: Float64Array, putOi: Float64Array): Float64Array {
    return strikes.map((settle) => {
      let pain = 0;
      strikes.forEach((k, i) => {
        pain += callOi[i] * Math.max(0, settle - k) + putOi[i] * Math.max(0, k - settle);
      });
      return pain;
    });
  }

  test('equals the definition exactly for whole numbers, in any order, with duplicates', () => {
    const row = fc.tuple(
      fc.integer({ min: 0, max: 200 }),
      fc.integer({ min: 0, max: 1e6 }),
      fc.integer({ min: 0, max: 1e6 }),
    );
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 60 }), (rows) => {
        const strikes = Float64Array.from(rows, (r) => r[0] * 50);
        const callOi = Float64Array.from(rows, (r) => r[1]);
        const putOi = Float64Array.from(rows, (r) => r[2]);
        const expected = naive(strikes, callOi, putOi);
        expect(maxPainCurve(strikes, callOi, putOi)).toEqual(expected);
        const least = Math.min(...expected);
        const ties = [...new Set(strikes.filter((_, i) => expected[i] === least))].sort((a, b) => a - b);
        const result = maxPain(strikes, callOi, putOi);
        if (callOi.every((v) => v === 0) && putOi.every((v) => v === 0)) expect(result).toBeNull();
        else expect(result).toEqual({ strike: ties[0], ties, pain: least });
      }),
    );
  });

  /** Ties by the definition in whole numbers of any size: the numerators of interests over one denominator. */
  function exactTies(strikes: readonly bigint[], callOi: readonly bigint[], putOi: readonly bigint[]) {
    const pains = strikes.map((settle) =>
      strikes.reduce((pain, k, i) => {
        const intrinsic = settle > k ? callOi[i] * (settle - k) : putOi[i] * (k - settle);
        return pain + intrinsic;
      }, 0n),
    );
    const least = pains.reduce((a, b) => (b < a ? b : a));
    return { rows: pains.flatMap((pain, i) => (pain === least ? [i] : [])), least };
  }

  // Few distinct interests, so that most chains have ties.
  const numerators = (n: number) => fc.array(fc.nat(6), { minLength: n, maxLength: n });
  const chains = fc
    .integer({ min: 2, max: 40 })
    .chain((n) => fc.tuple(numerators(n), numerators(n)))
    .filter(([calls, puts]) => [...calls, ...puts].some((oi) => oi > 0));

  test.each([
    ['tenths of a contract', 10, 500],
    ['hundredths at half strikes', 100, 0.5],
    ['lots of 75 units, of which none is a decimal', 75, 50],
    ['lots of 3 units at strikes of a tenth', 3, 0.1],
  ])('equals exact arithmetic for %s (property)', (_name, denominator, step) => {
    fc.assert(
      fc.property(chains, fc.integer({ min: 1, max: 1000 }), ([calls, puts], first) => {
        const index = calls.map((_, i) => BigInt(first + i));
        const { rows, least } = exactTies(index, calls.map(BigInt), puts.map(BigInt));
        // Strikes as a reader has them: the doubles nearest to the decimals.
        const strikes = Float64Array.from(index, (k) => Number(`${(Number(k) * step).toFixed(1)}`));
        const callOi = Float64Array.from(calls, (oi) => oi / denominator);
        const putOi = Float64Array.from(puts, (oi) => oi / denominator);
        const result = maxPain(strikes, callOi, putOi);
        expect(result?.ties).toEqual(rows.map((i) => strikes[i]));
        expect(result?.strike).toBe(strikes[rows[0]]);
        const pain = (Number(least) * step) / denominator;
        if (denominator % 10 === 0) expect(result?.pain).toBe(pain);
        else expect(result?.pain).toBeCloseTo(pain, 9);
      }),
      { numRuns: 400 },
    );
  });

  test('keeps the tie of tenths that doubles lose', () => {
    const result = maxPain(f64(60_000, 60_500, 61_000), f64(0.2, 0, 0.3), f64(0.3, 0.3, 0.2));
    expect(result).toEqual({ strike: 60_500, ties: [60_500, 61_000], pain: 200 });
  });

  test('tells strikes apart that differ by one contract in millions', () => {
    const result = maxPain(f64(24_000, 24_050), f64(1_000_000.25, 0), f64(0, 1_000_000.26));
    expect(result?.ties).toEqual([24_050]);
    expect(maxPain(f64(24_000, 24_050), f64(1e6 + 1 / 3, 0), f64(0, 1e6 + 2 / 3))?.ties).toEqual([24_050]);
  });

  test('has a strike at the ends of the range of doubles', () => {
    const result = maxPain(f64(-3.6e307), f64(0), f64(5e-324));
    expect(result).toEqual({ strike: -3.6e307, ties: [-3.6e307], pain: 0 });
  });

  test('lists ties and takes the lowest', () => {
    expect(maxPain(f64(100, 110), f64(5, 0), f64(0, 5))).toEqual({ strike: 100, ties: [100, 110], pain: 50 });
  });

  test('missing open interest counts as nothing; none at all is null', () => {
    expect(maxPain(f64(100, 110, 120), f64(1, Number.NaN, 0), f64(Number.NaN, 0, 3))?.strike).toBe(120);
    expect(maxPain(f64(100, 110), f64(0, 0), f64(Number.NaN, 0))).toBeNull();
    expect(maxPain(f64(), f64(), f64())).toBeNull();
    expect(maxPain(f64(Number.NaN), f64(1), f64(1))).toBeNull();
    expect(() => maxPain(f64(1), f64(1, 2), f64(1))).toThrow(/callOi/);
  });

  test('ignores strikes that are not finite', () => {
    const curve = maxPainCurve(f64(100, Number.NaN, 90), f64(1, 9, 1), f64(1, 9, 1));
    expect([curve[0], curve[2]]).toEqual([10, 10]);
    expect(curve[1]).toBeNaN();
  });
});

describe('open-interest build-up', () => {
  test('names the four quadrants', () => {
    expect(openInterestBuildup(1, 1)).toBe('long_buildup');
    expect(openInterestBuildup(-1, 1)).toBe('short_buildup');
    expect(openInterestBuildup(1, -1)).toBe('short_covering');
    expect(openInterestBuildup(-1, -1)).toBe('long_unwinding');
    expect(openInterestBuildup(0, 1)).toBe('neutral');
    expect(openInterestBuildup(2, 2, 2)).toBe('neutral');
    expect(openInterestBuildup(Number.NaN, 1)).toBeNull();
  });
});

describe('at the money', () => {
  test('takes the nearest strike, the lower on a tie', () => {
    expect(atmStrikeIndex(f64(90, 100, 110), 105)).toBe(1);
    expect(atmStrikeIndex(f64(110, 100, 90), 105)).toBe(1);
    expect(atmStrikeIndex(f64(90, 100, 110), 106)).toBe(2);
    expect(atmStrikeIndex(f64(Number.NaN), 106)).toBe(-1);
  });

  test('interpolates total variance and never extrapolates', () => {
    const iv = atmImpliedVolatility(f64(90, 100, 110), f64(0.3, 0.2, 0.4), 105, 0.5);
    expect(iv).toBeCloseTo(Math.sqrt((0.04 + 0.16) / 2), 14);
    expect(atmImpliedVolatility(f64(90, 100, 110), f64(0.3, Number.NaN, 0.4), 100, 0.5)).toBeCloseTo(
      Math.sqrt((0.09 + 0.16) / 2),
      14,
    );
    expect(atmImpliedVolatility(f64(90, 100), f64(0.3, 0.2), 100, 0.5)).toBe(0.2);
    expect(atmImpliedVolatility(f64(90, 100), f64(0.3, 0.2), 101, 0.5)).toBeNull();
    expect(atmImpliedVolatility(f64(90, 100), f64(0.3, 0.2), 95, 0)).toBeNull();
  });

  test('expected move and straddle', () => {
    expect(expectedMove(100, 0.2, 0.25)).toBe(10);
    expect(expectedMove(100, -1, 0.25)).toBeNaN();
    expect(straddlePrice(2, 3)).toBe(5);
    expect(straddlePrice(Number.NaN, 3)).toBeNull();
  });
});

describe('largest index', () => {
  test('first of the largest positive values', () => {
    expect(largestIndex(f64(Number.NaN, 3, 7, 7, Number.POSITIVE_INFINITY))).toBe(2);
    expect(largestIndex(f64(0, -1))).toBe(-1);
  });
});
