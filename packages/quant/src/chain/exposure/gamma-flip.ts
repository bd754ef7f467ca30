import { isPriceable } from '../../black/black76.ts';
import { logRatio } from '../../black/log-ratio.ts';
import type { VolatilitySlice } from '../../slice/slice.ts';
import { type GammaRows, gammaKernel } from './gamma-kernel.ts';

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

export const FLIP_SPAN = 0.15;
export const FLIP_POINTS = 61;

export interface FlipGrid {
  /** The grid spans the current level divided by, to multiplied by, 1 + span; 0.15 by default. */
  span?: number;
  /** Number of levels, evenly spaced in their logarithm, at least 2; 61 by default. */
  points?: number;
}

/** Fills rows of a kernel from a slice; returns how many. */
function fillRows({ x, s, weight }: GammaRows, slice: FlipSlice): number {
  const { forward, yearFraction, discountFactor, strikes, sides, sigmas, openInterest } = slice;
  const rootTime = Math.sqrt(yearFraction);
  let count = 0;
  for (let i = 0; i < strikes.length; i++) {
    const deviation = sigmas[i] * rootTime;
    const priced = deviation > 0 && isPriceable(forward, strikes[i], yearFraction, sigmas[i], discountFactor);
    if (!priced) continue;
    x[count] = logRatio(forward, strikes[i]);
    s[count] = deviation;
    weight[count] = sides[i] * discountFactor * openInterest[i] * Math.sqrt(strikes[i]);
    count += 1;
  }
  return count;
}

/**
 * Gamma flip: the level of the underlying at which dealers' total gamma, re-priced with every volatility held
 * fixed and every forward moved in proportion, crosses zero. Between grid levels the crossing is linear. Dealers
 * are taken to be long calls and short puts.
 *
 * @param slices one or more expiries; columns of equal length within a slice
 * @param level current level of the underlying, > 0
 * @param lotSize units per contract
 * @throws RangeError when `level` is not positive, the grid has fewer than 2 points or a span that is not in (0, 1), or
 * a column's length differs.
 */
export function gammaFlip(
  slices: readonly FlipSlice[],
  level: number,
  lotSize: number,
  grid: FlipGrid = {},
): GammaFlip {
  const { span = FLIP_SPAN, points = FLIP_POINTS } = grid;
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
  const { step, shifts } = gridOf(span, points);
  const exposures = new Float64Array(points);
  const totals = new Float64Array(points);
  const kernel = gammaKernel();
  for (const slice of slices) {
    totals.fill(0);
    kernel.addGamma(fillRows(kernel.rowsFor(slice.strikes.length), slice), totals, step);
    addExposures(exposures, totals, shifts, Math.sqrt(slice.forward) * lotSize * 0.01);
  }
  return flipOf(level, shifts, exposures);
}

/** Steps of the grid in ln(level), and its levels as multiples of the current one. */
export function gridOf(span: number, points: number): { step: number; shifts: Float64Array } {
  const step = (2 * Math.log1p(span)) / (points - 1);
  return {
    step,
    shifts: Float64Array.from({ length: points }, (_, j) => Math.exp((j - (points - 1) / 2) * step)),
  };
}

export function addExposures(
  exposures: Float64Array,
  totals: Float64Array,
  shifts: Float64Array,
  scale: number,
): void {
  for (let j = 0; j < exposures.length; j++) {
    const exposure = totals[j] * scale * Math.sqrt(shifts[j]);
    if (Number.isFinite(exposure)) exposures[j] += exposure;
  }
}

export function flipOf(level: number, shifts: Float64Array, exposures: Float64Array): GammaFlip {
  const levels = new Float64Array(shifts.length);
  for (let j = 0; j < levels.length; j++) levels[j] = shifts[j] * level;
  const crossings = crossingsOf(levels, exposures);
  const nearest = (a: number, b: number) => (Math.abs(b - level) < Math.abs(a - level) ? b : a);
  return { level: crossings.length > 0 ? crossings.reduce(nearest) : null, crossings, levels, exposures };
}

/** Levels at which the exposure is 0 or, between two, changes its sign; none where it is 0 everywhere. */
function crossingsOf(levels: Float64Array, exposures: Float64Array): number[] {
  const crossings: number[] = [];
  if (exposures.every((value) => value === 0)) return crossings;
  for (let j = 0; j < levels.length; j++) {
    const here = exposures[j];
    if (here === 0) crossings.push(levels[j]);
    const next = j + 1 < levels.length ? exposures[j + 1] : here;
    if (here * next < 0) crossings.push(levels[j] + ((levels[j + 1] - levels[j]) * here) / (here - next));
  }
  return crossings;
}
