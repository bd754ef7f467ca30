/**
 * One expiry slice as columns: row i is the option (strikes[i], sides[i]) quoted at prices[i]; the forward, the
 * time and the discount factor are shared by all rows. Rows may come in any order and repeat.
 */
export interface Slice {
  /** F > 0, quote currency per unit. */
  forward: number;
  /** T in years, ACT/365. */
  yearFraction: number;
  /** e^(-rT) > 0. */
  discountFactor: number;
  /** K > 0 per row. */
  strikes: Float64Array;
  /** +1 call, -1 put per row. */
  sides: Int8Array;
  /** Discounted premium per unit, as quoted; the undiscounted price is prices[i] / discountFactor. */
  prices: Float64Array;
  /** Rows in use, from the first; all of them when absent. Lets one set of columns serve slices of any size. */
  count?: number;
}

/** A slice whose volatilities are already known. */
export interface VolatilitySlice {
  forward: number;
  yearFraction: number;
  discountFactor: number;
  strikes: Float64Array;
  sides: Int8Array;
  /** Volatility >= 0 per row, annualised fraction; NaN where unknown. */
  sigmas: Float64Array;
  count?: number;
}

/** Output columns of a batch, in the units of {@link black76Greeks}; `status` holds `IV_STATUS` codes. */
export interface SliceGreeks {
  iv: Float64Array;
  delta: Float64Array;
  gamma: Float64Array;
  theta: Float64Array;
  vega: Float64Array;
  rho: Float64Array;
  status: Uint8Array;
}

/** Output columns for up to `n` rows, to be reused from call to call. */
export function createSliceGreeks(n: number): SliceGreeks {
  return {
    iv: new Float64Array(n),
    delta: new Float64Array(n),
    gamma: new Float64Array(n),
    theta: new Float64Array(n),
    vega: new Float64Array(n),
    rho: new Float64Array(n),
    status: new Uint8Array(n),
  };
}

/**
 * The number of rows of a slice: `count`, or the length of `strikes`.
 * @throws RangeError when `count` is not a whole number >= 0 or exceeds the length of `strikes`.
 */
export function rowCount(strikes: Float64Array, count: number | undefined): number {
  if (count === undefined) return strikes.length;
  if (!(Number.isInteger(count) && count >= 0))
    throw new RangeError(`count must be a whole number of rows, got ${count}`);
  if (strikes.length < count)
    throw new RangeError(`column strikes has ${strikes.length} rows, count is ${count}`);
  return count;
}

/**
 * Requires an input column to match the rows of its slice.
 * @throws RangeError naming the column when it is shorter than the slice, or, where the slice has no `count`, longer.
 */
export function requireInput(name: string, length: number, rows: number, count: number | undefined): void {
  if (count === undefined ? length === rows : length >= rows) return;
  throw new RangeError(`column ${name} has ${length} rows, the slice has ${rows}`);
}

/** @throws RangeError naming the output column when it has fewer than `rows` rows. */
export function requireRoom(name: string, length: number, rows: number): void {
  if (length < rows) throw new RangeError(`output column ${name} has ${length} rows, ${rows} are needed`);
}

/** @throws RangeError naming the first output column with fewer than `rows` rows. */
export function requireRoomForGreeks(out: SliceGreeks, rows: number): void {
  requireRoom('iv', out.iv.length, rows);
  requireRoom('delta', out.delta.length, rows);
  requireRoom('gamma', out.gamma.length, rows);
  requireRoom('theta', out.theta.length, rows);
  requireRoom('vega', out.vega.length, rows);
  requireRoom('rho', out.rho.length, rows);
  requireRoom('status', out.status.length, rows);
}
