import { DAYS_PER_YEAR, isPriceable } from '../black/black76.ts';
import { logRatio } from '../black/log-ratio.ts';
import { INV_SQRT_2PI } from '../black/mills.ts';
import { requireInput, requireRoom, rowCount, type VolatilitySlice } from './slice.ts';

/** Output columns, in the units of {@link black76HigherGreeks}. */
export interface SecondOrderGreeks {
  vanna: Float64Array;
  charm: Float64Array;
}

/**
 * Vanna and charm of every row of a slice, as {@link black76HigherGreeks} has them for one option: NaN where its
 * volatility is unknown or 0, or the slice has expired.
 *
 * @param deltas Black-76 delta per row, discounted, which the rate's part of charm is made of
 * @throws RangeError naming the column that does not match the slice, or that has too little room.
 */
export function secondOrderGreeksAt(
  slice: VolatilitySlice & { deltas: Float64Array },
  out: SecondOrderGreeks,
): void {
  const { forward, yearFraction, discountFactor, strikes, sigmas, deltas, count } = slice;
  const rows = rowCount(strikes, count);
  requireInput('sigmas', sigmas.length, rows, count);
  requireInput('deltas', deltas.length, rows, count);
  requireRoom('vanna', out.vanna.length, rows);
  requireRoom('charm', out.charm.length, rows);
  const rootTime = Math.sqrt(yearFraction);
  const rate = yearFraction > 0 ? -Math.log(discountFactor) / yearFraction : 0;
  for (let i = 0; i < rows; i++) {
    const s = sigmas[i] * rootTime;
    if (!(s > 0 && isPriceable(forward, strikes[i], yearFraction, sigmas[i], discountFactor))) {
      out.vanna[i] = Number.NaN;
      out.charm[i] = Number.NaN;
      continue;
    }
    const d1 = logRatio(forward, strikes[i]) / s + 0.5 * s;
    const d2 = d1 - s;
    const density = discountFactor * INV_SQRT_2PI * Math.exp(-0.5 * d1 * d1);
    out.vanna[i] = (-density * d2) / sigmas[i];
    out.charm[i] = (rate * deltas[i] + (density * d2) / (2 * yearFraction)) / DAYS_PER_YEAR;
  }
}
