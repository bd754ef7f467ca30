import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { forecastVolatility, type VolatilityForecast } from '@deltastream/quant';
import { LRUCache } from 'lru-cache';
import { DeltaStreamError } from '../../../kit/errors.ts';
import { fullVariances } from './realised-volatilities.ts';
import { HISTORY_SESSIONS, type SessionBar } from './session-history.ts';

export interface Forecasts {
  /** Empty where there are too few sessions. Rejects with `unavailable` when too many wait. */
  of(bars: readonly SessionBar[], sessionsPerYear: number): Promise<readonly VolatilityForecast[]>;
}

export interface ForecastSettings {
  readonly maxCachedForecasts: number;
  readonly maxWaitingForecasts: number;
}

/**
 * Forecasts from sessions with prices, computed once for the same sessions: they change once a session. One is computed
 * at a time, with a turn for others after each of its sessions.
 */
export function createForecasts({ maxCachedForecasts, maxWaitingForecasts }: ForecastSettings): Forecasts {
  let waiting = 0;
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = async <T>(work: () => Promise<T>): Promise<T> => {
    if (waiting >= maxWaitingForecasts) {
      throw new DeltaStreamError('unavailable', `${maxWaitingForecasts} forecasts wait already`, {
        retryAfterSeconds: 1,
      });
    }
    waiting++;
    const done = last.then(work, work).finally(() => {
      waiting--;
    });
    last = done;
    return done;
  };

  const cache = new LRUCache<
    string,
    readonly VolatilityForecast[],
    () => Promise<readonly VolatilityForecast[]>
  >({
    maxSize: maxCachedForecasts,
    sizeCalculation: () => 1,
    fetchMethod: (_key, _stale, { context: compute }) => inTurn(compute),
  });

  return {
    of(bars, sessionsPerYear) {
      const all = fullVariances(bars).map((variance, i) => ({
        variance,
        return: Math.log(bars[i + 1].close / bars[i].close),
      }));
      // The logarithm of a session whose price stood still says nothing.
      const moved = all
        .filter(({ variance }) => variance > 0 && variance < Infinity)
        .slice(-HISTORY_SESSIONS);
      const variances = Float64Array.from(moved, (each) => each.variance);
      const returns = Float64Array.from(moved, (each) => each.return);
      const hash = createHash('sha256').update(variances).update(returns).digest('base64');
      return cache.forceFetch(`${sessionsPerYear} ${hash}`, {
        context: async () => {
          const walk = forecastVolatility({ variances, returns }, sessionsPerYear);
          for (;;) {
            const { done, value } = walk.next();
            if (done) return value;
            await nextTurn();
          }
        },
      });
    },
  };
}
