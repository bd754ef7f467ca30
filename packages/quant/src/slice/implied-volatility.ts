import type { Side } from '../black/option-terms.ts';
import type { IvStatus } from '../status.ts';
import type { Slice } from './slice.ts';
import { createSliceSolver } from './slice-solver.ts';

// One option is a slice of one row: the kernel's guess and single step serve both. Columns are reused.
const solver = createSliceSolver('plain');
const row: Slice = {
  forward: Number.NaN,
  yearFraction: Number.NaN,
  discountFactor: Number.NaN,
  strikes: new Float64Array(1),
  sides: new Int8Array(1),
  prices: new Float64Array(1),
};
const iv = new Float64Array(1);
const status = new Uint8Array(1);

/**
 * Implied volatility of one premium (Black-76).
 *
 * @param price discounted premium per unit, >= 0
 * @param forward F > 0
 * @param strike K > 0
 * @param yearFraction T in years; <= 0 is `expired`
 * @param discountFactor e^(-rT) > 0
 * @param side +1 call, -1 put
 * @returns `iv` annualised as a fraction, NaN unless `status` is `IV_STATUS.ok`. Never throws.
 * Relative error a few 1e-16 for an out-of-the-money price anywhere in the double range; for an in-the-money
 * price the rounding of the price decides. The same digits as a row of {@link solveSliceIv} with the plain kernel, on
 * every machine.
 */
export function impliedVolatility(
  price: number,
  forward: number,
  strike: number,
  yearFraction: number,
  discountFactor: number,
  side: Side,
): { iv: number; status: IvStatus } {
  row.forward = forward;
  row.yearFraction = yearFraction;
  row.discountFactor = discountFactor;
  row.strikes[0] = strike;
  // A column of bytes would take 257 for 1.
  row.sides[0] = side === 1 || side === -1 ? side : 0;
  row.prices[0] = price;
  solver.solveSliceIv(row, iv, status);
  return { iv: iv[0], status: status[0] as IvStatus };
}
