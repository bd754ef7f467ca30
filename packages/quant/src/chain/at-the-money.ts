/** Index of the strike nearest the forward, the lower strike on a tie; -1 when no strike is finite. Any order. */
export function atmStrikeIndex(strikes: Float64Array, forward: number): number {
  let best = -1;
  let least = Infinity;
  for (let i = 0; i < strikes.length; i++) {
    const gap = Math.abs(strikes[i] - forward);
    if (gap < least || (gap === least && best >= 0 && strikes[i] < strikes[best])) {
      least = gap;
      best = i;
    }
  }
  return best;
}

/**
 * At-the-money volatility: linear in total variance sigma^2 T between the nearest strikes below and above the
 * forward that have a volatility. A strike exactly at the forward counts alone.
 *
 * @param strikes any order
 * @param otmIv volatility of the out-of-the-money option at each strike, NaN where there is none
 * @param yearFraction T > 0
 * @returns null unless the forward lies between two strikes with a volatility: nothing is extrapolated.
 * @throws RangeError when the columns differ in length.
 */
export function atmImpliedVolatility(
  strikes: Float64Array,
  otmIv: Float64Array,
  forward: number,
  yearFraction: number,
): number | null {
  if (otmIv.length !== strikes.length) {
    throw new RangeError(`column otmIv has ${otmIv.length} rows, strikes has ${strikes.length}`);
  }
  if (!(yearFraction > 0 && forward > 0)) return null;
  let below = -1;
  let above = -1;
  for (let i = 0; i < strikes.length; i++) {
    if (!(otmIv[i] > 0 && otmIv[i] < Infinity && strikes[i] > 0)) continue;
    if (strikes[i] <= forward && (below < 0 || strikes[i] > strikes[below])) below = i;
    if (strikes[i] >= forward && (above < 0 || strikes[i] < strikes[above])) above = i;
  }
  if (below < 0 || above < 0) return null;
  if (strikes[below] === strikes[above]) return otmIv[below];
  const weight = (forward - strikes[below]) / (strikes[above] - strikes[below]);
  // T multiplies both total variances and the result alike, so it cancels.
  const iv = Math.sqrt((1 - weight) * otmIv[below] ** 2 + weight * otmIv[above] ** 2);
  return iv > 0 && iv < Infinity ? iv : null;
}

/**
 * Slope of the smile at the forward, d sigma / dk with k = ln(K / F): between the nearest strikes below and above the
 * forward that have a volatility. A strike exactly at the forward does not count.
 *
 * @param strikes any order
 * @param otmIv volatility of the out-of-the-money option at each strike, NaN where there is none
 * @returns annualised fraction per 1.00 of log-moneyness; null unless there is such a strike on both sides.
 * @throws RangeError when the columns differ in length.
 */
export function smileSlope(strikes: Float64Array, otmIv: Float64Array, forward: number): number | null {
  if (otmIv.length !== strikes.length) {
    throw new RangeError(`column otmIv has ${otmIv.length} rows, strikes has ${strikes.length}`);
  }
  let below = -1;
  let above = -1;
  for (let i = 0; i < strikes.length; i++) {
    if (!(otmIv[i] > 0 && otmIv[i] < Infinity && strikes[i] > 0)) continue;
    if (strikes[i] < forward && (below < 0 || strikes[i] > strikes[below])) below = i;
    if (strikes[i] > forward && (above < 0 || strikes[i] < strikes[above])) above = i;
  }
  if (below < 0 || above < 0) return null;
  const slope = (otmIv[above] - otmIv[below]) / Math.log(strikes[above] / strikes[below]);
  return Number.isFinite(slope) ? slope : null;
}

/**
 * One-standard-deviation move to expiry, F sigma sqrt(T), in the currency of F.
 * @returns NaN when an argument is NaN, sigma or T negative.
 */
export function expectedMove(forward: number, sigma: number, yearFraction: number): number {
  return sigma >= 0 ? forward * sigma * Math.sqrt(yearFraction) : NaN;
}

/** Premium of the call and the put at the same strike together; null unless both are finite and not negative. */
export function straddlePrice(callMid: number, putMid: number): number | null {
  const sum = callMid + putMid;
  return callMid >= 0 && putMid >= 0 && Number.isFinite(sum) ? sum : null;
}
