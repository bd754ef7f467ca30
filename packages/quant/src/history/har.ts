import { leastSquares } from './least-squares.ts';
import { mean } from './realised-volatility.ts';

/** Sessions of the three components: a day, a week, a month. */
const COMPONENTS = [1, 5, 22] as const;
/** Sessions that the first row needs. */
export const HAR_LAGS = COMPONENTS[COMPONENTS.length - 1];

/** Rows that are known in full after the session `last` (its index), for a horizon. */
export const harRowsAt = (last: number, horizon: number): number =>
  Math.max(0, last - horizon - HAR_LAGS + 2);

/**
 * HAR-RV in logarithms: ln of the mean variance of the next `horizon` sessions on the ln of its mean over the last 1, 5
 * and 22, by ordinary least squares over what is known after the last session. The forecast is the mean of the
 * lognormal, exp(fit + s^2 / 2).
 *
 * @param variances realised variance by session, oldest first, > 0; the last one is the newest that is known
 * @returns the mean variance of the next `horizon` sessions; null where there are too few rows for the coefficients.
 * Source: F. Corsi, "A Simple Approximate Long-Memory Model of Realized Volatility" (2009).
 */
export function harForecast(variances: Float64Array, horizon: number): number | null {
  const last = variances.length - 1;
  const rows: number[][] = [];
  const targets: number[] = [];
  for (let i = 0; i < harRowsAt(last, horizon); i++) {
    const at = HAR_LAGS - 1 + i;
    rows.push(regressors(variances, at));
    targets.push(Math.log(mean(variances.subarray(at + 1, at + 1 + horizon))));
  }
  const fit = leastSquares(rows, targets, COMPONENTS.length + 1);
  if (fit === null) return null;
  const now = regressors(variances, last);
  const level = fit.coefficients.reduce((sum, coefficient, i) => sum + coefficient * now[i], 0);
  const forecast = Math.exp(level + fit.residualVariance / 2);
  return forecast > 0 && forecast < Infinity ? forecast : null;
}

const regressors = (variances: Float64Array, at: number): number[] => [
  1,
  ...COMPONENTS.map((sessions) => Math.log(mean(variances.subarray(at + 1 - sessions, at + 1)))),
];
