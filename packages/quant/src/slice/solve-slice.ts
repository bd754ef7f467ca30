import type { Slice, SliceGreeks, VolatilitySlice } from './slice.ts';
import { createSliceSolver } from './slice-solver.ts';

const solver = createSliceSolver();

/**
 * Implied volatility and greeks of every row of a slice, by the fastest kernel of this engine (WebAssembly SIMD
 * where there is one). Allocates nothing while slices keep their size.
 *
 * @param out columns of at least as many rows as the slice, see {@link createSliceGreeks}; rows beyond are not changed.
 * @throws RangeError naming the column whose length does not fit; never for the data in the columns.
 *
 * Row i gets its `IV_STATUS` in `out.status`. Unless that is `ok`, `iv` and the greeks are NaN; an `expired` row
 * keeps its intrinsic delta (half at F = K) with every other greek 0. Units as {@link black76Greeks}; `theta` and
 * `rho` use the quoted premium of the row.
 *
 * Relative error of an out-of-the-money volatility below 5e-15, of its greeks below 1e-13; an in-the-money price
 * carries its own rounding, and the volatility is within 8 times of what that allows.
 */
export function solveSlice(slice: Slice, out: SliceGreeks): void {
  solver.solveSlice(slice, out);
}

/** As {@link solveSlice}, volatility and status only: about a quarter cheaper. */
export function solveSliceIv(slice: Slice, iv: Float64Array, status: Uint8Array): void {
  solver.solveSliceIv(slice, iv, status);
}

/**
 * Greeks of every row from a volatility that is already known: for an in-the-money contract that takes the IV of
 * its out-of-the-money twin, and for revaluation at a shifted forward.
 *
 * @param out columns of at least as many rows; `out.iv` receives the sigmas. `sigmas` may be the same array as `out.iv`.
 * @throws RangeError naming the column whose length does not fit.
 *
 * A row whose sigma is NaN, negative or infinite, or whose strike or side is malformed, is `invalid_input` with NaN
 * greeks; T <= 0 is `expired` with the intrinsic delta. `theta` and `rho` use the model's premium.
 */
export function greeksAt(slice: VolatilitySlice, out: SliceGreeks): void {
  solver.greeksAt(slice, out);
}
