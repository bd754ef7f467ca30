import { isPriceable } from '../black/black76.ts';
import { logRatio } from '../black/log-ratio.ts';
import { normalisedVega } from '../black/normalised-black.ts';
import type { VolatilitySlice } from '../slice/slice.ts';

/** One expiry with its volatilities and open interest. */
export interface FlipSlice extends Omit<VolatilitySlice, 'count'> {
  /** Contracts per row; NaN counts as nothing. */
  openInterest: Float64Array;
}

export interface GammaFlip {
  /** The crossing nearest the current level, in its units; null when the total keeps one sign on the entire grid. */
  level: number | null;
  /** Every crossing on the grid, ascending. */
  crossings: number[];
  /** The grid and the total gamma exposure at each of its levels, currency per 1% move. */
  levels: Float64Array;
  exposures: Float64Array;
}

export interface FlipGrid {
  /** The grid spans (1 - span) to (1 + span) times the current level; 0.15 by default. */
  span?: number;
  /** Number of levels, at least 2; 61 by default. */
  points?: number;
}

/** Gamma x F^2 of one option per unit, sign of the side included; 0 where it is not defined. */
function signedGamma(slice: FlipSlice, row: number, forward: number): number {
  const { yearFraction, discountFactor, strikes, sides, sigmas } = slice;
  const s = sigmas[row] * Math.sqrt(yearFraction);
  if (!(s > 0 && isPriceable(forward, strikes[row], yearFraction, sigmas[row], discountFactor))) return 0;
  const vega = normalisedVega(logRatio(forward, strikes[row]), s);
  return (sides[row] * discountFactor * Math.sqrt(forward) * Math.sqrt(strikes[row]) * vega) / s;
}

function exposureAt(slices: readonly FlipSlice[], shift: number, lotSize: number): number {
  let total = 0;
  for (const slice of slices) {
    for (let i = 0; i < slice.strikes.length; i++) {
      const contribution = signedGamma(slice, i, slice.forward * shift) * slice.openInterest[i];
      if (Number.isFinite(contribution)) total += contribution;
    }
  }
  return total * lotSize * 0.01;
}

/**
 * Gamma flip: the level of the underlying at which dealers' total gamma, re-priced with every volatility held
 * fixed and every forward moved in proportion, crosses zero. Between grid levels the crossing is linear. Dealers
 * are taken to be long calls and short puts.
 *
 * @param slices one or more expiries; columns of equal length within a slice
 * @param level current level of the underlying, > 0
 * @param lotSize units per contract
 * @throws RangeError when `level` is not positive, the grid has fewer than 2 points or does not stay above 0, or a
 * column's length differs.
 */
export function gammaFlip(
  slices: readonly FlipSlice[],
  level: number,
  lotSize: number,
  grid: FlipGrid = {},
): GammaFlip {
  const { span = 0.15, points = 61 } = grid;
  if (!(level > 0 && level < Infinity)) throw new RangeError(`level must be positive, got ${level}`);
  if (!(span > 0 && span < 1 && Number.isInteger(points) && points >= 2)) {
    throw new RangeError(`a grid needs a span in (0, 1) and at least 2 points, got ${span} and ${points}`);
  }
  for (const { strikes, sides, sigmas, openInterest } of slices) {
    for (const [name, column] of Object.entries({ sides, sigmas, openInterest })) {
      if (column.length !== strikes.length) {
        throw new RangeError(`column ${name} has ${column.length} rows, strikes has ${strikes.length}`);
      }
    }
  }
  const shifts = Float64Array.from({ length: points }, (_, j) => 1 - span + (2 * span * j) / (points - 1));
  const levels = shifts.map((shift) => shift * level);
  const exposures = shifts.map((shift) => exposureAt(slices, shift, lotSize));
  const crossings: number[] = [];
  for (let j = 0; j < points; j++) {
    const here = exposures[j];
    if (here === 0 && exposures.some((value) => value !== 0)) crossings.push(levels[j]);
    const next = j + 1 < points ? exposures[j + 1] : here;
    if (here * next < 0) crossings.push(levels[j] + ((levels[j + 1] - levels[j]) * here) / (here - next));
  }
  const nearest = (a: number, b: number) => (Math.abs(b - level) < Math.abs(a - level) ? b : a);
  return { level: crossings.length > 0 ? crossings.reduce(nearest) : null, crossings, levels, exposures };
}
