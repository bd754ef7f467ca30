import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  fitSvi,
  type QuotedSmile,
  repairCalendar,
  type SviParameters,
  sviCalendarViolations,
  sviVolatility,
} from '../src/index.ts';

const POINTS = 41;

/** Quotes of a slice whose bids and asks are so many vol points on either side of it. */
function quoted(p: SviParameters, yearFraction: number, halfWidth: number): QuotedSmile {
  const k = Float64Array.from({ length: POINTS }, (_, i) => -0.4 + (0.8 * i) / (POINTS - 1));
  const ivs = k.map((each) => sviVolatility(p, each, yearFraction));
  return {
    forward: 100,
    yearFraction,
    strikes: k.map((each) => 100 * Math.exp(each)),
    ivs,
    bidIvs: ivs.map((iv) => iv - halfWidth),
    askIvs: ivs.map((iv) => iv + halfWidth),
  };
}

const FLAT: SviParameters = { a: 0.004, b: 0.02, rho: -0.2, m: 0, sigma: 0.1 };
/** Above FLAT in the wings, below it in the middle. */
const STEEP: SviParameters = { a: 0.0005, b: 0.035, rho: -0.2, m: 0, sigma: 0.1 };
const LATE: SviParameters = { ...FLAT, a: 0.05 };
const RANGE = { from: -0.4, to: 0.4 };

describe('calendar repair', () => {
  test('leaves slices that do not cross as they were fitted', () => {
    const smiles = [quoted(FLAT, 0.05, 0.001), quoted(LATE, 0.2, 0.001)];
    const repaired = repairCalendar(smiles);
    expect(repaired).toEqual(
      smiles.map((smile, i) => ({
        fit: fitSvi(smile),
        repaired: false,
        violations: i === 0 ? null : [],
      })),
    );
  });

  test('brings crossing slices apart within their quotes, and no others', () => {
    // Crossing by less than the quotes are wide.
    const smiles = [quoted(STEEP, 0.05, 0.04), quoted(FLAT, 0.055, 0.04), quoted(LATE, 0.2, 0.001)];
    const [first, second] = smiles.map((smile) => fitSvi(smile) as SviParameters);
    expect(sviCalendarViolations(first, second, RANGE).length).toBeGreaterThan(0);
    const [near, far, late] = repairCalendar(smiles);
    expect(far.violations).toEqual([]);
    expect(near.repaired || far.repaired).toBe(true);
    expect(sviCalendarViolations(near.fit as SviParameters, far.fit as SviParameters, RANGE)).toEqual([]);
    for (const [i, { fit }] of [near, far].entries()) {
      for (const { iv, fittedIv } of fit?.points ?? []) {
        expect(Math.abs(fittedIv - iv), `slice ${i}`).toBeLessThan(0.04);
      }
    }
    expect(late).toEqual({ fit: fitSvi(smiles[2]), repaired: false, violations: [] });
  });

  test('moves the slice whose quotes are wide rather than the one whose quotes are narrow', () => {
    const [wide, narrow] = [quoted(STEEP, 0.05, 0.15), quoted(FLAT, 0.055, 0.001)];
    const [near, far] = repairCalendar([wide, narrow]);
    expect(far.violations).toEqual([]);
    expect(near.fit?.rmseVolPoints).toBeGreaterThan(10 * (far.fit?.rmseVolPoints ?? Number.NaN));
  });

  test('says where quotes forbid it, and then keeps the fits', () => {
    const smiles = [quoted(LATE, 0.05, 0.001), quoted(FLAT, 0.055, 0.001)];
    const [near, far] = repairCalendar(smiles);
    expect(far.violations).toEqual([
      { from: expect.closeTo(-0.4), to: expect.closeTo(0.4), reason: 'quotes' },
    ]);
    expect([near.repaired, far.repaired]).toEqual([false, false]);
    expect(far.fit).toEqual(fitSvi(smiles[1]));
  });

  test('compares with the nearest slice there is, across an expiry without one', () => {
    const gone = { ...quoted(FLAT, 0.06, 0.001), ivs: new Float64Array(POINTS).fill(Number.NaN) };
    const [, missing, far] = repairCalendar([quoted(FLAT, 0.05, 0.001), gone, quoted(LATE, 0.2, 0.001)]);
    expect(missing).toEqual({ fit: null, repaired: false, violations: null });
    expect(far.violations).toEqual([]);
  });

  test('what is repaired does not cross, whatever the slices (property)', () => {
    const slice = fc.record({
      a: fc.double({ min: 0.001, max: 0.02, noNaN: true }),
      b: fc.double({ min: 0.005, max: 0.1, noNaN: true }),
      rho: fc.double({ min: -0.8, max: 0.8, noNaN: true }),
      m: fc.double({ min: -0.1, max: 0.1, noNaN: true }),
      sigma: fc.double({ min: 0.05, max: 0.3, noNaN: true }),
    });
    let repairs = 0;
    fc.assert(
      fc.property(fc.array(slice, { minLength: 2, maxLength: 4 }), (curves) => {
        const repaired = repairCalendar(curves.map((curve, i) => quoted(curve, 0.1 + 0.01 * i, 1)));
        for (let i = 1; i < repaired.length; i++) {
          const [near, far] = [repaired[i - 1], repaired[i]];
          if (near.repaired && far.repaired) repairs++;
          const found = sviCalendarViolations(near.fit as SviParameters, far.fit as SviParameters, RANGE);
          // The range of a fit ends at its outermost points, which are rounded.
          expect(far.violations?.length).toBe(found.length);
        }
      }),
      { numRuns: 15 },
    );
    expect(repairs).toBeGreaterThan(5);
  });
});
