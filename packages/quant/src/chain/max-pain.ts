export interface MaxPain {
  /** The listed strike of least pain; the lowest of them on a tie. */
  strike: number;
  /** Every strike of least pain, ascending; its first is `strike`. */
  ties: number[];
  /** What option writers would pay at `strike`: sum of open interest x intrinsic value. */
  pain: number;
}

function requireSameLength(strikes: Float64Array, callOi: Float64Array, putOi: Float64Array): void {
  if (callOi.length !== strikes.length) {
    throw new RangeError(`column callOi has ${callOi.length} rows, strikes has ${strikes.length}`);
  }
  if (putOi.length !== strikes.length) {
    throw new RangeError(`column putOi has ${putOi.length} rows, strikes has ${strikes.length}`);
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
const WHOLE = 2 ** 80;

/**
 * Pain at finite ascending strikes with finite interest >= 0; false, with nothing of use written, for any others and
 * where the pain is beyond the range of doubles.
 * At the lowest strike only puts pay; from strike to strike the pain changes by the step times the call interest
 * passed less the put interest still ahead.
 */
function ascendingCurve(
  strikes: Float64Array,
  callOi: Float64Array,
  putOi: Float64Array,
  out: Float64Array,
): boolean {
  const n = strikes.length;
  if (n === 0) return true;
  const lowest = strikes[0] * FRACTION;
  let previous = lowest;
  let puts = 0;
  let calls = 0;
  let pain = 0;
  for (let i = 0; i < n; i++) {
    const strike = strikes[i] * FRACTION;
    const put = putOi[i] * FRACTION;
    const call = callOi[i] * FRACTION;
    if (!(strike >= previous && put >= 0 && call >= 0)) return false;
    puts += put;
    calls += call;
    pain += put * (strike - lowest);
    previous = strike;
  }
  // Bounds every pain on the curve; also false for an infinite strike.
  if (!((puts + calls) * (previous - lowest) * WHOLE < Infinity && lowest > -Infinity)) return false;
  let slope = -puts;
  previous = lowest;
  for (let i = 0; i < n; i++) {
    const strike = strikes[i] * FRACTION;
    pain += slope * (strike - previous);
    // Fractions of a contract may leave a rounding below 0.
    out[i] = pain > 0 ? pain * WHOLE : 0;
    slope += callOi[i] * FRACTION + putOi[i] * FRACTION;
    previous = strike;
  }
  return true;
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
 * O(n) for ascending strikes, O(n log n) otherwise; nothing is allocated for ascending strikes with an interest in
 * every row. For whole-number open interest and strikes whose pain stays below 2^53 every value is exact, so ties are
 * exact too.
 * @throws RangeError naming the column whose length differs, or `out` when it is too short.
 */
export function maxPainCurve(
  strikes: Float64Array,
  callOi: Float64Array,
  putOi: Float64Array,
  out: Float64Array = new Float64Array(strikes.length),
): Float64Array {
  requireSameLength(strikes, callOi, putOi);
  if (out.length < strikes.length) {
    throw new RangeError(`output column out has ${out.length} rows, ${strikes.length} are needed`);
  }
  if (ascendingCurve(strikes, callOi, putOi, out)) return out;
  const calls = callOi.map(contribution);
  const puts = putOi.map(contribution);
  if (ascendingCurve(strikes, calls, puts, out)) return out;
  const order = Array.from(strikes.keys()).filter((i) => Number.isFinite(strikes[i]));
  order.sort((a, b) => strikes[a] - strikes[b]);
  const pick = (column: Float64Array) => Float64Array.from(order, (i) => column[i]);
  const sorted = new Float64Array(order.length);
  out.fill(NaN, 0, strikes.length);
  if (!ascendingCurve(pick(strikes), pick(calls), pick(puts), sorted)) return out;
  order.forEach((row, rank) => {
    out[row] = sorted[rank];
  });
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
 * @param curve workspace for the curve, of at least as many rows; holds the curve afterwards.
 * @returns null when the open interest totals 0 or there is no finite strike.
 * @throws RangeError as {@link maxPainCurve}.
 */
export function maxPain(
  strikes: Float64Array,
  callOi: Float64Array,
  putOi: Float64Array,
  curve?: Float64Array,
): MaxPain | null {
  const pains = maxPainCurve(strikes, callOi, putOi, curve);
  const n = strikes.length;
  let least = Infinity;
  let first = -1;
  let count = 0;
  for (let i = 0; i < n; i++) {
    const pain = pains[i];
    if (pain < least) {
      least = pain;
      first = i;
      count = 1;
    } else if (pain === least) count++;
  }
  if (count === 0 || !hasOpenInterest(strikes, callOi, putOi)) return null;
  if (count === 1) return { strike: strikes[first], ties: [strikes[first]], pain: least };
  const ties: number[] = [];
  for (let i = first; i < n; i++) if (pains[i] === least) ties.push(strikes[i]);
  const distinct = [...new Set(ties)].sort((a, b) => a - b);
  return { strike: distinct[0], ties: distinct, pain: least };
}
