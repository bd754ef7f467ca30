/** Share of a session's trades that are done by a share of its time: twice as many at its ends as in the middle. */
export const tradedBy = (elapsed: number): number => elapsed * (1.5 + elapsed * (elapsed - 1.5));

/** Trades about a share of the session, over the session's mean: 1.5 at its ends, 0.75 in the middle. */
export const activityAt = (elapsed: number): number => 1.5 + 3 * elapsed * (elapsed - 1);

/** Outside the hours of a market that is shown round the clock. */
export const NIGHT_ACTIVITY = 0.4;

/** How much wider than usual spreads are at the opening, and how long in shares of the session until that is a third. */
const OPENING_SPREAD = 0.8;
const OPENING_LASTS = 0.04;
/** Market makers widen with volatility, up to so many times. */
const WIDEST = 3;

/**
 * Spreads over their usual width.
 *
 * @param elapsed share of the session, 0 to 1
 * @param unrest volatility over its mean
 */
export const spreadAt = (elapsed: number, unrest: number): number =>
  (1 + OPENING_SPREAD * Math.exp(-elapsed / OPENING_LASTS)) * Math.min(WIDEST, Math.max(1, unrest));
