import { type ForecastSessions, forecastVolatility, type VolatilityForecast } from '@deltastream/quant';

/** The computations of `Computations` as threads of the pool run them: each takes one value and returns one. */
export { fitSlices } from '../volatility/fitting/fit-slices.ts';

export interface ForecastTask {
  readonly sessions: ForecastSessions;
  readonly sessionsPerYear: number;
}

export const forecastSessions = ({ sessions, sessionsPerYear }: ForecastTask): VolatilityForecast[] =>
  forecastVolatility(sessions, sessionsPerYear);
