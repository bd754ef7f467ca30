import { decimalPlaces, isInteger, powerOfTen } from './decimal-grid.ts';

/** Below this, sums of whole numbers are exact. */
const EXACT = 2 ** 53;

/**
 * Sum of the finite entries of a column; a missing (NaN) or infinite entry counts as nothing.
 *
 * Decimals of up to 8 places (open interest in tenths of a coin) are added as whole numbers of their last place, so
 * the sum is the double nearest the true one whatever their order; anything else is added with compensation.
 */
export function sumFinite(column: ArrayLike<number>): number {
  const n = column.length;
  // Starting from -0 tells V8 that the sums are doubles: from 0, whole numbers would be added as small integers, each
  // converted and checked.
  let sum = -0;
  let size = -0;
  for (let i = 0; i < n; i++) {
    const cell = column[i];
    if (!isInteger(cell)) return sumOfDecimals(column) ?? compensatedSum(column);
    sum += cell;
    size += Math.abs(cell);
  }
  return size < EXACT ? sum + 0 : compensatedSum(column);
}

/** Null when the cells are not decimals, or their sum of last places is beyond 2^53. */
function sumOfDecimals(column: ArrayLike<number>): number | null {
  const places = decimalPlaces(column);
  if (places < 0) return null;
  const scale = powerOfTen(places);
  let sum = -0;
  let size = -0;
  for (let i = 0; i < column.length; i++) {
    const steps = Math.round(column[i] * scale);
    if (steps - steps !== 0) continue;
    sum += steps;
    size += Math.abs(steps);
  }
  return size < EXACT ? sum / scale + 0 : null;
}

/** Source: A. Neumaier, "Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen", ZAMM 54 (1974). */
function compensatedSum(column: ArrayLike<number>): number {
  let sum = 0;
  let lost = 0;
  for (let i = 0; i < column.length; i++) {
    const cell = column[i];
    if (cell - cell !== 0) continue;
    const next = sum + cell;
    lost += Math.abs(sum) >= Math.abs(cell) ? sum - next + cell : cell - next + sum;
    sum = next;
  }
  // Beyond the range of doubles the compensation is not a number.
  return Number.isFinite(sum) ? sum + lost : sum;
}

/**
 * Put-call ratio of two totals (open interest, volume or change of either): put / call.
 * @returns null when the call total is 0 or either is not finite.
 */
export function putCallRatio(put: number, call: number): number | null {
  if (call === 0 || !Number.isFinite(call) || !Number.isFinite(put)) return null;
  const ratio = put / call;
  return Number.isFinite(ratio) ? ratio : null;
}
