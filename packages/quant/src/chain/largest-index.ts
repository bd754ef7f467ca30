/**
 * Index of the largest finite value above 0, the first on ties, -1 when there is none: the strike of support
 * (put open interest), of resistance (call), or of the largest change of either.
 */
export function largestIndex(column: ArrayLike<number>): number {
  let best = -1;
  let most = 0;
  for (let i = 0; i < column.length; i++) {
    if (column[i] > most && column[i] < Infinity) {
      most = column[i];
      best = i;
    }
  }
  return best;
}
