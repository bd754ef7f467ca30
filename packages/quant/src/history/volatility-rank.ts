export interface VolatilityRank {
  /** 100 (current - low) / (high - low); null when the history has one value only. May leave 0 to 100. */
  rank: number | null;
  /** Share of observations below the current value, in percent. */
  percentile: number;
  low: number;
  high: number;
  /** Finite values of the history that were used, at most `sessions`. */
  observations: number;
}

/**
 * IV rank and IV percentile of a current value in its own history.
 *
 * @param history one value per session, oldest first; NaN where there is none
 * @param sessions how many of the latest sessions to look at, 252 by default (a year)
 * @returns null when there is no observation or `current` is not finite.
 */
export function volatilityRank(
  current: number,
  history: ArrayLike<number>,
  sessions = 252,
): VolatilityRank | null {
  let low = Infinity;
  let high = -Infinity;
  let below = 0;
  let observations = 0;
  for (let i = Math.max(0, history.length - sessions); i < history.length; i++) {
    const value = history[i];
    if (!Number.isFinite(value)) continue;
    observations++;
    if (value < low) low = value;
    if (value > high) high = value;
    if (value < current) below++;
  }
  if (observations === 0 || !Number.isFinite(current)) return null;
  const rank = (100 * (current - low)) / (high - low);
  return {
    rank: Number.isFinite(rank) ? rank : null,
    percentile: (100 * below) / observations,
    low,
    high,
    observations,
  };
}
