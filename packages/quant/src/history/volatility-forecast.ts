import { fitGarch, garchForecast } from './garch.ts';
import { HAR_LAGS, harForecast, harRowsAt } from './har.ts';
import { annualised, mean } from './realised-volatility.ts';

export const FORECAST_MODELS = ['har', 'ewma', 'garch'] as const;
export type ForecastModel = (typeof FORECAST_MODELS)[number];
/** Sessions ahead. */
export const FORECAST_HORIZONS = [1, 5, 22] as const;
export type ForecastHorizon = (typeof FORECAST_HORIZONS)[number];

/** Sessions below which nothing is forecast. */
export const LEAST_FORECAST_SESSIONS = 60;
/** Rows of the first regression that is judged. */
const LEAST_ROWS = 20;
const EWMA_DECAY = 0.94;

/** Sessions, oldest first; row i of both belongs to session i. */
export interface ForecastSessions {
  /** Realised variance from the close before to the close, > 0. */
  readonly variances: Float64Array;
  /** ln(close / close before). */
  readonly returns: Float64Array;
}

/** Forecast of the volatility of the next sessions, and how good its kind was out of sample. */
export interface VolatilityForecast {
  readonly model: ForecastModel;
  readonly horizon: ForecastHorizon;
  /** Annualised fraction, of the mean variance of the next `horizon` sessions. */
  readonly volatility: number;
  /** Mean of v/f - ln(v/f) - 1 over variances v and their forecasts f; 0 is perfect. */
  readonly qlike: number;
  /** The same of "last value", the mean variance of the last `horizon` sessions. */
  readonly qlikeOfLastValue: number;
  /** 1 less the sum of squared errors of volatility over that of "last value"; null where that makes none. */
  readonly r2: number | null;
  /** Forecasts that were judged. */
  readonly evaluations: number;
}

/**
 * Walks forward through the sessions: after each, every model is fitted to the sessions up to it and forecasts those that
 * follow, so that nothing is trained on what it is judged on. `har` is `harForecast`; `ewma` the variance
 * 0.94 v + 0.06 r^2 of returns; `garch` is GARCH(1,1). All models of a horizon are judged on the same sessions.
 *
 * A fit takes up to a millisecond, so that 252 sessions take some 200 ms: nothing for an event loop.
 *
 * @returns none below 60 sessions, and none of a horizon that has nothing to be judged on yet, or of a model that could
 * not be fitted.
 */
export function forecastVolatility(
  { variances, returns }: ForecastSessions,
  sessionsPerYear: number,
): VolatilityForecast[] {
  const count = variances.length;
  if (count < LEAST_FORECAST_SESSIONS) return [];
  const judged = FORECAST_HORIZONS.map(() => new Map(FORECAST_MODELS.map((model) => [model, newScore()])));
  const latest = new Map<string, number | null>();
  const first = FORECAST_HORIZONS.map((horizon) => HAR_LAGS + horizon + LEAST_ROWS - 2);
  const ewma = ewmaVariances(returns);
  for (let last = Math.min(...first); last < count; last++) {
    const known = variances.subarray(0, last + 1);
    const garch = fitGarch(returns.subarray(0, last + 1));
    for (const [i, horizon] of FORECAST_HORIZONS.entries()) {
      if (harRowsAt(last, horizon) < LEAST_ROWS) continue;
      const isJudged = last + horizon < count;
      if (!isJudged && last < count - 1) continue;
      const forecasts: Record<ForecastModel, number | null> = {
        har: harForecast(known, horizon),
        ewma: ewma[last] > 0 ? ewma[last] : null,
        garch: garch && garchForecast(garch, horizon),
      };
      for (const model of FORECAST_MODELS) {
        const forecast = forecasts[model];
        if (!isJudged) latest.set(`${model} ${horizon}`, forecast);
        else if (forecast !== null) {
          const actual = mean(variances.subarray(last + 1, last + 1 + horizon));
          const lastValue = mean(variances.subarray(last + 1 - horizon, last + 1));
          judge(judged[i].get(model) as Score, forecast, actual, lastValue);
        }
      }
    }
  }
  return FORECAST_HORIZONS.flatMap((horizon, i) =>
    FORECAST_MODELS.flatMap((model): VolatilityForecast[] => {
      const score = judged[i].get(model) as Score;
      const forecast = latest.get(`${model} ${horizon}`) ?? null;
      const volatility = forecast === null ? null : annualised(forecast, sessionsPerYear);
      if (volatility === null || score.evaluations === 0) return [];
      const r2 = 1 - score.squares / score.lastSquares;
      return [
        {
          model,
          horizon,
          volatility,
          qlike: score.qlike / score.evaluations,
          qlikeOfLastValue: score.lastQlike / score.evaluations,
          r2: Number.isFinite(r2) ? r2 : null,
          evaluations: score.evaluations,
        },
      ];
    }),
  );
}

/** After each session, the variance of the next return; before the first it is its square. */
function ewmaVariances(returns: Float64Array): Float64Array {
  const variances = new Float64Array(returns.length);
  let variance = returns[0] ** 2;
  for (const [i, value] of returns.entries()) {
    variance = EWMA_DECAY * variance + (1 - EWMA_DECAY) * value * value;
    variances[i] = variance;
  }
  return variances;
}

interface Score {
  evaluations: number;
  qlike: number;
  lastQlike: number;
  squares: number;
  lastSquares: number;
}

const newScore = (): Score => ({ evaluations: 0, qlike: 0, lastQlike: 0, squares: 0, lastSquares: 0 });

function judge(score: Score, forecast: number, actual: number, lastValue: number): void {
  score.evaluations++;
  score.qlike += qlike(actual, forecast);
  score.lastQlike += qlike(actual, lastValue);
  score.squares += (Math.sqrt(actual) - Math.sqrt(forecast)) ** 2;
  score.lastSquares += (Math.sqrt(actual) - Math.sqrt(lastValue)) ** 2;
}

/**
 * The loss v/f - ln(v/f) - 1 of a forecast f of a variance v, both > 0.
 * Source: A. Patton, "Volatility forecast comparison using imperfect volatility proxies" (2011).
 */
export const qlike = (actual: number, forecast: number): number =>
  actual / forecast - Math.log(actual / forecast) - 1;
