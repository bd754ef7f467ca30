/**
 * Mean of the strikes, each weighted by its open interest.
 *
 * @param strikes in quote currency
 * @param openInterest in any unit, by strike; what is missing, negative or infinite counts as nothing
 * @returns null where nothing is open
 */
export function weightedStrike(strikes: ArrayLike<number>, openInterest: ArrayLike<number>): number | null {
  let total = 0;
  let moment = 0;
  for (let i = 0; i < strikes.length; i++) {
    const weight = openInterest[i];
    if (!(weight > 0 && weight < Infinity)) continue;
    total += weight;
    moment += weight * (strikes[i] - strikes[0]);
  }
  return total > 0 ? strikes[0] + moment / total : null;
}
