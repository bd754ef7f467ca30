import { createHash } from 'node:crypto';
import { LEAST_FORECAST_SESSIONS, type VolatilityForecast } from '@deltastream/quant';
import { createComputedResults } from '../computing/computed-results.ts';
import type { Lane, Lanes } from '../computing/lanes.ts';
import type { AnalyticsSettings } from '../settings.ts';
import { fullVariances } from './realised-volatilities.ts';
import { HISTORY_SESSIONS, type SessionBar } from './sessions/session-history.ts';

export interface Forecasts {
  /** Empty where there are too few sessions. Rejects as `Lanes.run` does. */
  of(
    bars: readonly SessionBar[],
    sessionsPerYear: number,
    lane: Lane,
  ): Promise<readonly VolatilityForecast[]>;
}

/** Forecasts from sessions with prices, computed once for the same sessions: they change once a session. */
export function createForecasts(
  lanes: Pick<Lanes, 'run'>,
  { maxCachedForecasts, maxCachedAsOf }: Pick<AnalyticsSettings, 'maxCachedForecasts' | 'maxCachedAsOf'>,
): Forecasts {
  const results = createComputedResults<readonly VolatilityForecast[]>(lanes, {
    most: { live: maxCachedForecasts, asOf: maxCachedAsOf },
  });

  return {
    async of(bars, sessionsPerYear, lane) {
      const all = fullVariances(bars).map((variance, i) => ({
        variance,
        return: Math.log(bars[i + 1].close / bars[i].close),
      }));
      // The logarithm of a session whose price stood still says nothing.
      const moved = all
        .filter(({ variance }) => variance > 0 && variance < Infinity)
        .slice(-HISTORY_SESSIONS);
      if (moved.length < LEAST_FORECAST_SESSIONS) return [];
      const variances = Float64Array.from(moved, (each) => each.variance);
      const returns = Float64Array.from(moved, (each) => each.return);
      const hash = createHash('sha256').update(variances).update(returns).digest('base64');
      return results.get(lane, `${sessionsPerYear} ${hash}`, ({ forecast }) =>
        forecast({ sessions: { variances, returns }, sessionsPerYear }),
      );
    },
  };
}
