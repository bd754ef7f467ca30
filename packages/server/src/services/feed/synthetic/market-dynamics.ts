/**
 * How implied volatility moves, live and in the past: its logarithm over the mean is a stationary Ornstein-Uhlenbeck
 * process whose innovations are correlated with those of the price.
 */
export const VOLATILITY_DYNAMICS = {
  /** It reverts half of the way to its mean in so many sessions, and spreads about it by so much in logarithm. */
  halfLifeSessions: 8,
  spread: 0.22,
  /** How strongly volatility rises while the price falls. */
  leverage: -0.7,
  /** Realised volatility over implied: buyers of options pay a premium (P. Carr, L. Wu, Review of Financial Studies 22, 2009). */
  realisedShare: 0.9,
} as const;

export const SESSIONS_A_YEAR = 252; // Of a market that keeps a calendar; one that never closes has 365.

/** What is left after so many sessions of how far volatility was from its mean. */
export const persistence = (sessions: number): number =>
  2 ** (-sessions / VOLATILITY_DYNAMICS.halfLifeSessions);

/** Speed of the reversion a year of calendar days. */
const REVERSION_A_YEAR = (Math.LN2 * SESSIONS_A_YEAR) / VOLATILITY_DYNAMICS.halfLifeSessions;

/**
 * At-the-money volatility to an expiry: variance is expected to revert from that of now to its mean, so that total
 * variance rises with time to expiry whatever the two are, and no calendar spread can be had for less than nothing
 * (S. Heston, Review of Financial Studies 6, 1993, for the mean of a reverting variance).
 *
 * @param mean long-run volatility, annualised fraction
 * @param now volatility of the next instant, annualised fraction
 * @param years to expiry, >= 0
 */
export function termVolatility(mean: number, now: number, years: number): number {
  const decay = REVERSION_A_YEAR * years;
  const weight = decay > 0 ? -Math.expm1(-decay) / decay : 1;
  return Math.sqrt(mean * mean + (now * now - mean * mean) * weight);
}
