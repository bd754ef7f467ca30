import type { Slice, SliceGreeks } from './slice.ts';

/** Status of a row a kernel leaves to the scalar solver; never seen by callers. */
export const UNSOLVED = 255;

export type KernelName = 'relaxed-simd' | 'simd' | 'plain';

/**
 * Solves the rows of a slice whose forward, time and discount factor are positive and finite, and whose columns
 * are long enough. Three implementations share this contract and one test suite.
 */
export interface BatchKernel {
  readonly name: KernelName;
  /**
   * Writes `iv`, `status` and, unless `out` is null, the greeks of `out`; when given, `iv` and `status` are its own
   * columns. Rows outside the domain of the method (strikes beyond about half and twice the forward, s >= 2, more
   * than 16 deviations from the money), and rows without a volatility, get the status `UNSOLVED`.
   * @returns the number of `UNSOLVED` rows.
   */
  solve(slice: Slice, rows: number, iv: Float64Array, status: Uint8Array, out: SliceGreeks | null): number;
}
