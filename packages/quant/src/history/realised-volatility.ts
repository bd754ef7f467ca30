/** Prices of sessions, oldest first; row i of each column belongs to session i. */
export interface SessionPrices {
  readonly open: ArrayLike<number>;
  readonly high: ArrayLike<number>;
  readonly low: ArrayLike<number>;
  readonly close: ArrayLike<number>;
}

export const REALISED_ESTIMATORS = [
  'close_to_close',
  'parkinson',
  'garman_klass',
  'rogers_satchell',
  'yang_zhang',
] as const;
export type RealisedEstimator = (typeof REALISED_ESTIMATORS)[number];

/** Those of which a session's value needs the close before it. */
const NEEDS_PREVIOUS_CLOSE: ReadonlySet<RealisedEstimator> = new Set(['close_to_close', 'yang_zhang']);

/**
 * Realised volatility of the last `window` sessions, an annualised fraction.
 *
 * close_to_close: sample deviation (n - 1) of ln(C_t / C_(t-1)). The range estimators see what happens between the
 * opening and the close and nothing between sessions, with the drift taken as 0: parkinson, mean of ln(H/L)^2 / (4 ln 2);
 * garman_klass, mean of ln(H/L)^2 / 2 - (2 ln 2 - 1) ln(C/O)^2. rogers_satchell, mean of ln(H/C) ln(H/O) +
 * ln(L/C) ln(L/O), holds under any drift. yang_zhang adds the sample variances (n - 1) of ln(O_t / C_(t-1)) and of
 * k ln(C/O) to (1 - k) rogers_satchell, k = 0.34 / (1.34 + (n + 1) / (n - 1)).
 *
 * @param window sessions, at least 2
 * @param sessionsPerYear 252; 365 where every day has one
 * @returns null when there are fewer sessions (one more is needed where the close before counts), a price is not
 * positive, or the estimate is not a number.
 * Sources: M. Parkinson (1980), M. Garman and M. Klass (1980), L. Rogers and S. Satchell (1991), D. Yang and
 * Q. Zhang (2000).
 */
export function realisedVolatility(
  prices: SessionPrices,
  estimator: RealisedEstimator,
  window: number,
  sessionsPerYear: number,
): number | null {
  const count = prices.close.length;
  const first = count - window;
  if (window < 2 || first < (NEEDS_PREVIOUS_CLOSE.has(estimator) ? 1 : 0)) return null;
  const each = (value: (i: number) => number) => Array.from({ length: window }, (_, i) => value(first + i));
  const { open, high, low, close } = prices;
  const overnight = (i: number) => Math.log(open[i] / close[i - 1]);
  const intraday = (i: number) => Math.log(close[i] / open[i]);
  const rogersSatchell = (i: number) =>
    Math.log(high[i] / close[i]) * Math.log(high[i] / open[i]) +
    Math.log(low[i] / close[i]) * Math.log(low[i] / open[i]);
  const variance = (): number => {
    switch (estimator) {
      case 'close_to_close':
        return sampleVariance(each((i) => Math.log(close[i] / close[i - 1])));
      case 'parkinson':
        return mean(each((i) => Math.log(high[i] / low[i]) ** 2)) / (4 * Math.LN2);
      case 'garman_klass':
        return mean(each((i) => Math.log(high[i] / low[i]) ** 2 / 2 - (2 * Math.LN2 - 1) * intraday(i) ** 2));
      case 'rogers_satchell':
        return mean(each(rogersSatchell));
      case 'yang_zhang': {
        const k = 0.34 / (1.34 + (window + 1) / (window - 1));
        return (
          sampleVariance(each(overnight)) +
          k * sampleVariance(each(intraday)) +
          (1 - k) * mean(each(rogersSatchell))
        );
      }
    }
  };
  return annualised(variance(), sessionsPerYear);
}

/** sqrt(variance of a session x sessions of a year); null where that is not a number. */
export function annualised(variance: number, sessionsPerYear: number): number | null {
  const volatility = Math.sqrt(variance * sessionsPerYear);
  return Number.isFinite(volatility) ? volatility : null;
}

/** Sum of the squared logarithmic returns from each price to the next; NaN where one is not positive. */
export function realisedVariance(prices: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 1; i < prices.length; i++) sum += Math.log(prices[i] / prices[i - 1]) ** 2;
  return sum;
}

export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
}

function sampleVariance(values: readonly number[]): number {
  const centre = mean(values);
  return values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1);
}
