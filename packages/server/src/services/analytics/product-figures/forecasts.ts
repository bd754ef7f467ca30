import { createHash } from 'node:crypto';
import { LEAST_FORECAST_SESSIONS, type VolatilityForecast } from '@deltastream/quant';
import { LRUCache } from 'lru-cache';
import type { Computations } from '../computing/compute-pool.ts';
import { fullVariances } from './realised-volatilities.ts';
import { HISTORY_SESSIONS, type SessionBar } from './session-history.ts';

export interface Forecasts {
  /** Empty where there are too few sessions. Rejects as `Computations` do. */
  of(bars: readonly SessionBar[], sessionsPerYear: number): Promise<readonly VolatilityForecast[]>;
}

/** Forecasts from sessions with prices, computed once for the same sessions: they change once a session. */
export function createForecasts(
  { forecast }: Pick<Computations, 'forecast'>,
  { maxCachedForecasts }: { readonly maxCachedForecasts: number },
): Forecasts {
  const cache = new LRUCache<
    string,
    readonly VolatilityForecast[],
    () => Promise<readonly VolatilityForecast[]>
  >({
    maxSize: maxCachedForecasts,
    sizeCalculation: () => 1,
    fetchMethod: (_key, _stale, { context: compute }) => compute(),
  });

  return {
    async of(bars, sessionsPerYear) {
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
      return cache.forceFetch(`${sessionsPerYear} ${hash}`, {
        context: () => forecast({ sessions: { variances, returns }, sessionsPerYear }),
      });
    },
  };
}
