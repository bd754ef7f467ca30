/** Volatilities of one side of a chain by delta; NaN where unknown, any order. */
export interface DeltaSmile {
  /** Forward deltas: 0 to 1 for calls, -1 to 0 for puts. */
  deltas: Float64Array;
  ivs: Float64Array;
}

export interface DeltaSkew {
  callIv: number;
  putIv: number;
  /** iv(call) - iv(put): negative where puts are dearer, as on most stock indices. */
  riskReversal: number;
  /** (iv(call) + iv(put)) / 2 - iv(at the money): what the wings cost over the middle. */
  butterfly: number;
}

/**
 * Volatility at a delta, linear in delta between the nearest rows on either side of it.
 *
 * @param target delta with its sign, -0.25 for the 25-delta put
 * @returns null unless rows with a finite delta and volatility lie on both sides: nothing is extrapolated.
 * @throws RangeError when the columns differ in length.
 */
export function ivAtDelta(smile: DeltaSmile, target: number): number | null {
  const { deltas, ivs } = smile;
  if (ivs.length !== deltas.length) {
    throw new RangeError(`column ivs has ${ivs.length} rows, deltas has ${deltas.length}`);
  }
  let below = -1;
  let above = -1;
  let least = -Infinity;
  let most = Infinity;
  for (let i = 0; i < deltas.length; i++) {
    const delta = deltas[i];
    if (!(ivs[i] > 0 && ivs[i] < Infinity)) continue;
    if (delta <= target && delta > least) {
      below = i;
      least = delta;
    }
    if (delta >= target && delta < most) {
      above = i;
      most = delta;
    }
  }
  if (below < 0 || above < 0) return null;
  if (least === most) return ivs[below];
  const weight = (target - least) / (most - least);
  return (1 - weight) * ivs[below] + weight * ivs[above];
}

/**
 * Risk reversal and butterfly of an expiry at a delta.
 *
 * @param atmIv at-the-money volatility, see {@link atmImpliedVolatility}
 * @param delta absolute delta of both options, 0.25 by default
 * @returns null when either side does not reach the delta or `atmIv` is not positive.
 */
export function deltaSkew(
  calls: DeltaSmile,
  puts: DeltaSmile,
  atmIv: number,
  delta = 0.25,
): DeltaSkew | null {
  const callIv = ivAtDelta(calls, delta);
  const putIv = ivAtDelta(puts, -delta);
  if (callIv === null || putIv === null || !(atmIv > 0 && atmIv < Infinity)) return null;
  return { callIv, putIv, riskReversal: callIv - putIv, butterfly: 0.5 * (callIv + putIv) - atmIv };
}
