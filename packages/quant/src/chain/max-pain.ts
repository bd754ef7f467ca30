import { decimalPlaces, isInteger, onGrid, powerOfTen } from './decimal-grid.ts';

export interface MaxPain {
  /** The listed strike of least pain; the lowest of them on a tie. */
  strike: number;
  /** Every strike of least pain, ascending; its first is `strike`. */
  ties: number[];
  /** What option writers would pay at `strike`: sum of open interest x intrinsic value. */
  pain: number;
}

function requireLengths(
  strikes: Float64Array,
  callOi: Float64Array,
  putOi: Float64Array,
  out: Float64Array,
): void {
  if (callOi.length !== strikes.length) {
    throw new RangeError(`column callOi has ${callOi.length} rows, strikes has ${strikes.length}`);
  }
  if (putOi.length !== strikes.length) {
    throw new RangeError(`column putOi has ${putOi.length} rows, strikes has ${strikes.length}`);
  }
  if (out.length < strikes.length) {
    throw new RangeError(`output column out has ${out.length} rows, ${strikes.length} are needed`);
  }
}

/** A missing, negative or infinite open interest contributes nothing. */
function contribution(openInterest: number): number {
  return openInterest > 0 && openInterest < Infinity ? openInterest : 0;
}

// Strikes and interests are read times 2^-40 and the pain is given back its 2^80: both are exact. Strikes and
// contracts are whole numbers, and V8 compiles arithmetic that has only ever met whole numbers for small integers,
// converting every double to one and back; with fractions it keeps to doubles, several times faster.
const FRACTION = 2 ** -40;
const UNSCALED = 2 ** 80;

/** Sums of products of whole numbers are exact below this. */
const EXACT = 2 ** 53;
/** Below this, whole numbers that differ still differ when both are divided by the same power of ten. */
const EXACT_DIVIDED = 2 ** 51;

/**
 * Pain at finite ascending strikes with finite interest >= 0.
 * At the lowest strike only puts pay; from strike to strike the pain changes by the step times the call interest
 * passed less the put interest still ahead.
 *
 * @returns total interest x range of strikes, which bounds every pain on the curve; NaN, with nothing of use written,
 * for any other columns and where the pain is beyond the range of doubles.
 */
function ascendingCurve(
  strikes: Float64Array,
  callOi: Float64Array,
  putOi: Float64Array,
  out: Float64Array,
): number {
  const n = strikes.length;
  if (n === 0) return 0;
  const lowest = strikes[0] * FRACTION;
  let previous = lowest;
  let puts = 0;
  let calls = 0;
  let pain = 0;
  for (let i = 0; i < n; i++) {
    const strike = strikes[i] * FRACTION;
    const put = putOi[i] * FRACTION;
    const call = callOi[i] * FRACTION;
    if (!(strike >= previous && put >= 0 && call >= 0)) return NaN;
    puts += put;
    calls += call;
    pain += put * (strike - lowest);
    previous = strike;
  }
  const most = (puts + calls) * (previous - lowest) * UNSCALED;
  // Also false for an infinite strike.
  if (!(most < Infinity && lowest > -Infinity)) return NaN;
  let slope = -puts;
  previous = lowest;
  for (let i = 0; i < n; i++) {
    const strike = strikes[i] * FRACTION;
    pain += slope * (strike - previous);
    // Fractions of a contract may leave a rounding below 0.
    out[i] = pain > 0 ? pain * UNSCALED : 0;
    slope += callOi[i] * FRACTION + putOi[i] * FRACTION;
    previous = strike;
  }
  return most;
}

/**
 * By how much the pains of two strikes that are equal in exact arithmetic may differ when the curve was made in
 * doubles. With u = 2^-53, T the total interest, R the range of the strikes and K the largest of them in size, one
 * pain is off by at most u T ((4n + 8) R + 5 K) to first order: u for each interest and strike as given (a third of a
 * contract, a tenth of a point), and a rounding for each of the operations above, of sums no larger than T and of
 * pains no larger than T R. Twice that covers the higher orders, and twice again two pains.
 */
function equalWithin(strikes: Float64Array, callOi: Float64Array, putOi: Float64Array): number {
  let [total, lowest, highest, n] = [0, Infinity, -Infinity, 0];
  for (let i = 0; i < strikes.length; i++) {
    if (!Number.isFinite(strikes[i])) continue;
    total += contribution(callOi[i]) + contribution(putOi[i]);
    lowest = Math.min(lowest, strikes[i]);
    highest = Math.max(highest, strikes[i]);
    n++;
  }
  const largest = Math.max(Math.abs(lowest), Math.abs(highest));
  const bound = 2 ** -51 * total * ((4 * n + 8) * (highest - lowest) + 5 * largest);
  // Beyond the range of doubles nothing is known of it.
  return bound < Infinity ? bound : 0;
}

/** As {@link ascendingCurve} for strikes and interests of any kind and order. */
function curveOfAny(
  strikes: Float64Array,
  callOi: Float64Array,
  putOi: Float64Array,
  out: Float64Array,
): number {
  const most = ascendingCurve(strikes, callOi, putOi, out);
  if (most >= 0) return most;
  const calls = callOi.map(contribution);
  const puts = putOi.map(contribution);
  const mostGiven = ascendingCurve(strikes, calls, puts, out);
  if (mostGiven >= 0) return mostGiven;
  const order = Array.from(strikes.keys()).filter((i) => Number.isFinite(strikes[i]));
  order.sort((a, b) => strikes[a] - strikes[b]);
  const pick = (column: Float64Array) => Float64Array.from(order, (i) => column[i]);
  const sorted = new Float64Array(order.length);
  out.fill(NaN, 0, strikes.length);
  const mostSorted = ascendingCurve(pick(strikes), pick(calls), pick(puts), sorted);
  if (!(mostSorted >= 0)) return NaN;
  order.forEach((row, rank) => {
    out[row] = sorted[rank];
  });
  return mostSorted;
}

/** One pass, since nearly every chain is of integers. */
function areIntegers(strikes: Float64Array, callOi: Float64Array, putOi: Float64Array): boolean {
  for (let i = 0; i < strikes.length; i++) {
    if (!(isInteger(strikes[i]) && isInteger(callOi[i]) && isInteger(putOi[i]))) return false;
  }
  return true;
}

/**
 * Fills the curve and returns within what two of its pains are equal: 0 where every pain is exact. Decimals are
 * scaled to whole numbers of their last place, whose sums and products are exact as far as 2^53.
 */
function fillCurve(
  strikes: Float64Array,
  callOi: Float64Array,
  putOi: Float64Array,
  out: Float64Array,
): number {
  if (areIntegers(strikes, callOi, putOi)) {
    if (!(curveOfAny(strikes, callOi, putOi, out) >= EXACT)) return 0;
    return equalWithin(strikes, callOi, putOi);
  }
  const strikePlaces = decimalPlaces(strikes);
  const callPlaces = decimalPlaces(callOi);
  const oiPlaces = callPlaces < 0 ? -1 : decimalPlaces(putOi, callPlaces);
  if (strikePlaces >= 0 && oiPlaces >= 0) {
    const scaled = [
      onGrid(strikes, strikePlaces),
      onGrid(callOi, oiPlaces),
      onGrid(putOi, oiPlaces),
    ] as const;
    if (curveOfAny(...scaled, out) < EXACT_DIVIDED) {
      const scale = powerOfTen(strikePlaces) * powerOfTen(oiPlaces);
      for (let i = 0; i < strikes.length; i++) out[i] /= scale;
      return 0;
    }
  }
  curveOfAny(strikes, callOi, putOi, out);
  return equalWithin(strikes, callOi, putOi);
}

/**
 * Max-pain curve: for each listed strike K, sum OI_call(k) max(0, K - k) + sum OI_put(k) max(0, k - K).
 *
 * @param strikes any order, duplicates allowed (a strike may have its call and its put in two rows)
 * @param callOi open interest of the call per row, contracts; NaN, negative or infinite counts as 0
 * @param putOi the same for the put
 * @param out receives the curve; a new array when absent
 * @returns `out`: out[i] is the pain at strikes[i], NaN at a strike that is not finite, and everywhere when the pain
 * is beyond the range of doubles.
 * O(n) for ascending strikes, O(n log n) otherwise; nothing is allocated for ascending integer strikes with an
 * integer interest in every row. For decimals of up to 8 places, in strikes and in interests, whose pain stays below 2^51 last
 * places of a strike times one of an interest, every value is the double nearest the exact one.
 * @throws RangeError naming the column whose length differs, or `out` when it is too short.
 */
export function maxPainCurve(
  strikes: Float64Array,
  callOi: Float64Array,
  putOi: Float64Array,
  out: Float64Array = new Float64Array(strikes.length),
): Float64Array {
  requireLengths(strikes, callOi, putOi, out);
  fillCurve(strikes, callOi, putOi, out);
  return out;
}

/** Stops at the first finite strike with any, which is nearly always the first. */
function hasOpenInterest(strikes: Float64Array, callOi: Float64Array, putOi: Float64Array): boolean {
  for (let i = 0; i < strikes.length; i++) {
    if (Number.isFinite(strikes[i]) && contribution(callOi[i]) + contribution(putOi[i]) > 0) return true;
  }
  return false;
}

/**
 * Max pain: the listed strike at which the options open now would pay out least. Arguments as {@link maxPainCurve}.
 *
 * Ties are exact where the curve is. Where it is not (thirds of a contract, pains beyond 2^51 last places), strikes
 * whose pains differ by no more than rounding can explain are ties.
 *
 * @param curve workspace for the curve, of at least as many rows; holds the curve afterwards.
 * @returns null when the open interest totals 0 or there is no finite strike.
 * @throws RangeError as {@link maxPainCurve}.
 */
export function maxPain(
  strikes: Float64Array,
  callOi: Float64Array,
  putOi: Float64Array,
  curve: Float64Array = new Float64Array(strikes.length),
): MaxPain | null {
  requireLengths(strikes, callOi, putOi, curve);
  const tolerance = fillCurve(strikes, callOi, putOi, curve);
  const n = strikes.length;
  let least = Infinity;
  for (let i = 0; i < n; i++) if (curve[i] < least) least = curve[i];
  if (least === Infinity || !hasOpenInterest(strikes, callOi, putOi)) return null;
  const most = least + tolerance;
  const ties: number[] = [];
  for (let i = 0; i < n; i++) if (curve[i] <= most) ties.push(strikes[i]);
  const distinct = ties.length === 1 ? ties : [...new Set(ties)].sort((a, b) => a - b);
  return { strike: distinct[0], ties: distinct, pain: least };
}
