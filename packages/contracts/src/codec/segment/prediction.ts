/**
 * How a cell of a segment is predicted: by nothing, by the same contract a snapshot before (time), by the contract
 * below in the same snapshot (strike), or by both: as the contract below moved since the snapshot before (plane).
 * Integers lie contract by contract, `times` of each. Sums wrap at 32 bits, in writer and reader alike.
 */
const NOTHING = 0;
const TIME = 1;
const PLANE = 2;
export const STRIKE = 3;
export type Predictor = typeof NOTHING | typeof TIME | typeof PLANE | typeof STRIKE;

/** The predicted value of cell `i`, which is of snapshot `t` of its contract. */
export function predicted(values: Int32Array, i: number, t: number, times: number, by: number): number {
  switch (by) {
    case TIME:
      return standIn(values, i, t, times);
    case PLANE:
      if (t > 0) {
        return i >= times ? (values[i - 1] + values[i - times] - values[i - times - 1]) | 0 : values[i - 1];
      }
      return i >= 2 * times
        ? (2 * values[i - times] - values[i - 2 * times]) | 0
        : standIn(values, i, t, times);
    case STRIKE:
      return i >= times ? values[i - times] : standIn(values, i, t, times);
    default:
      return 0;
  }
}

/** What stands for a cell that is not given, so that others can be predicted from it. */
export function standIn(values: Int32Array, i: number, t: number, times: number): number {
  if (t > 0) return values[i - 1];
  return i >= times ? values[i - times] : 0;
}

/** Turns residuals of a column without gaps into its values, in place. */
export function accumulate(values: Int32Array, times: number, by: number): void {
  const { length } = values;
  if (by === STRIKE) {
    for (let i = 1; i < times && i < length; i++) values[i] = (values[i] + values[i - 1]) | 0;
    for (let i = times; i < length; i++) values[i] = (values[i] + values[i - times]) | 0;
  } else if (by === TIME || by === PLANE) {
    for (let start = 0; start < length; start += times) {
      if (start > 0) values[start] = (values[start] + predicted(values, start, 0, times, by)) | 0;
      const end = start + times;
      if (by === TIME || start === 0) {
        for (let i = start + 1; i < end; i++) values[i] = (values[i] + values[i - 1]) | 0;
      } else {
        for (let i = start + 1; i < end; i++) {
          values[i] = (values[i] + values[i - 1] + values[i - times] - values[i - times - 1]) | 0;
        }
      }
    }
  }
}

/** The same of a column with gaps, at which the residuals are 0. */
export function accumulateGiven(values: Int32Array, given: Uint8Array, times: number, by: number): void {
  // What stands for a gap is what time predicts.
  if (by === TIME) {
    accumulate(values, times, by);
    return;
  }
  for (let i = 0, t = 0; i < values.length; i++, t = t + 1 === times ? 0 : t + 1) {
    if (given[i] === 0) values[i] = standIn(values, i, t, times);
    else if (by !== NOTHING) values[i] = (values[i] + predicted(values, i, t, times, by)) | 0;
  }
}

/** Contracts by which a prediction is judged: more cost time, and choose hardly better. */
const JUDGED_CONTRACTS = 12;

/** Bits that the residuals of each predictor take over some contracts, about; by the predictor's number. */
export function costs(
  values: Int32Array,
  reference: Int32Array | null,
  given: Uint8Array,
  times: number,
  into: Float64Array,
): void {
  into.fill(0);
  const contracts = given.length / times;
  const step = Math.max(1, Math.floor(contracts / JUDGED_CONTRACTS));
  const at = (i: number) => (reference === null ? values[i] : (values[i] - reference[i]) | 0);
  for (let k = Math.min(2, contracts - 1); k < contracts; k += step) {
    for (let t = times > 1 ? 1 : 0; t < times; t++) {
      const i = k * times + t;
      if (given[i] === 0) continue;
      const value = at(i);
      const up = i >= times ? at(i - times) : 0;
      const left = t > 0 ? at(i - 1) : up;
      const corner = t > 0 ? (i >= times ? at(i - times - 1) : 0) : i >= 2 * times ? at(i - 2 * times) : 0;
      const plane = t > 0 ? left + up - corner : 2 * up - corner;
      into[NOTHING] += bits(value);
      into[TIME] += bits((value - left) | 0);
      into[PLANE] += bits((value - plane) | 0);
      into[STRIKE] += bits((value - up) | 0);
    }
  }
}

const bits = (residual: number): number => 32 - Math.clz32((residual << 1) ^ (residual >> 31));
