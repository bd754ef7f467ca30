import { volatilityRank } from '@deltastream/quant';

/** Below so many observations a rank says nothing. */
const LEAST_OBSERVATIONS = 20;

export interface RankedVolatility {
  readonly rank: number | null;
  readonly percentile: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly observations: number;
  /** Why there is no rank. */
  readonly reason: string | null;
}

/** A volatility among its closing values of earlier sessions; null among those is no observation. */
export function rankedVolatility(iv: number | null, closes: readonly (number | null)[]): RankedVolatility {
  const history = closes.filter((close) => close !== null);
  const observations = history.length;
  const none = { rank: null, percentile: null, low: null, high: null, observations };
  if (iv === null) return { ...none, reason: 'no_iv' };
  const ranked = observations < LEAST_OBSERVATIONS ? null : volatilityRank(iv, history);
  if (ranked === null) return { ...none, reason: 'too_few_sessions' };
  return { ...ranked, reason: ranked.rank === null ? 'no_variation' : null };
}
