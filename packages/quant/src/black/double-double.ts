// Rounding errors of single operations, exactly or nearly so: a result and its error together are a number of about
// 32 digits. Only the exponent of a far wing and the cancelling sum in d1 and d2 need that many, where an error of
// 1e-16 in the moneyness would be 1e-13 in the price. Errors are plain numbers, so that nothing is allocated.

const SPLITTER = 134217729;

/**
 * a * b - product, exactly unless something underflows (Dekker); 0 where the split overflows, beyond 1e300, so that
 * no NaN enters.
 */
export function productError(a: number, b: number, product: number): number {
  const aBig = SPLITTER * a;
  const aHigh = aBig - (aBig - a);
  const bBig = SPLITTER * b;
  const bHigh = bBig - (bBig - b);
  const aLow = a - aHigh;
  const bLow = b - bHigh;
  const error = aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
  return Number.isFinite(error) ? error : 0;
}

/** a + b - sum, exactly (Knuth). */
export function sumError(a: number, b: number, sum: number): number {
  const bRounded = sum - a;
  return a - (sum - bRounded) + (b - bRounded);
}

/** (a + aLow) / (b + bLow) - quotient. */
export function quotientError(a: number, aLow: number, b: number, bLow: number, quotient: number): number {
  const product = quotient * b;
  return (a - product - productError(quotient, b, product) + aLow - quotient * bLow) / b;
}

/** sqrt(a) - root, a > 0. */
export function squareRootError(a: number, root: number): number {
  const square = root * root;
  return (a - square - productError(root, root, square)) / (2 * root);
}
