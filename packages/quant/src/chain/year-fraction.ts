const MILLISECONDS_PER_YEAR = 365 * 24 * 60 * 60 * 1000;

/**
 * Years from one instant to another, ACT/365: milliseconds / (365 x 86,400,000). Both are epoch milliseconds; the
 * expiry instant is data of the contract. Negative once the expiry has passed.
 */
export function yearFraction(fromMs: number, toMs: number): number {
  return (toMs - fromMs) / MILLISECONDS_PER_YEAR;
}
