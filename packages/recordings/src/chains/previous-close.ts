/** Prices have at most four decimals; subtracting leaves more. */
const DECIMALS = 1e4;

/** The previous close of a contract from its last price and the change since; NaN when either is not given. */
export function previousCloseOf(last: number, change: number): number {
  const close = Math.round((last - change) * DECIMALS) / DECIMALS;
  return close > 0 ? close : Number.NaN;
}
