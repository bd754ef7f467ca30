/** Sum of the finite entries of a column; a missing (NaN) or infinite entry counts as nothing. */
export function sumFinite(column: ArrayLike<number>): number {
  const n = column.length;
  // Starting from -0 tells V8 that the sum is a double: from 0, whole numbers would be added as small integers, each
  // converted and checked.
  let sum = -0;
  for (let i = 0; i < n; i++) sum += column[i];
  if (Number.isFinite(sum)) return sum + 0;
  sum = 0;
  for (let i = 0; i < n; i++) if (Number.isFinite(column[i])) sum += column[i];
  return sum;
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
