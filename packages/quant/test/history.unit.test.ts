import { describe, expect, test } from 'vitest';
import {
  FORECAST_MODELS,
  fitGarch,
  forecastVolatility,
  garchForecast,
  garchVariance,
  harForecast,
  leastSquares,
  qlike,
  REALISED_ESTIMATORS,
  realisedVariance,
  realisedVolatility,
} from '../src/index.ts';

/** Six sessions, and their volatility over the last five by numpy, annualised by 252. */
const PRICES = {
  open: [100, 101.5, 100.2, 99.1, 102.3, 103.8],
  high: [102.4, 102.1, 101.7, 102.9, 104.6, 105.2],
  low: [99.2, 99.8, 98.6, 98.7, 101.4, 103.1],
  close: [101.2, 100.4, 99.3, 102.0, 104.1, 103.5],
};
const BY_NUMPY = {
  close_to_close: 0.2808232546626776,
  parkinson: 0.2887278823995007,
  garman_klass: 0.29897587628084304,
  rogers_satchell: 0.2940626202284079,
  yang_zhang: 0.2958809059669503,
} as const;

/** 200 returns whose size changes every 20; the same in the script that the expected values are from. */
function sampleReturns(): Float64Array {
  let state = 7;
  return Float64Array.from({ length: 200 }, (_, i) => {
    state = (state * 48_271) % 2_147_483_647;
    return (state / 2_147_483_647 - 0.5) * 0.02 * (1 + (Math.floor(i / 20) % 3));
  });
}

describe('realised volatility', () => {
  test.each(REALISED_ESTIMATORS)('%s is that of numpy', (estimator) => {
    const found = realisedVolatility(PRICES, estimator, 5, 252) ?? Number.NaN;
    expect(found / BY_NUMPY[estimator]).toBeCloseTo(1, 12);
    const longer = realisedVolatility(PRICES, estimator, 5, 365) ?? Number.NaN;
    expect(longer / found).toBeCloseTo(Math.sqrt(365 / 252), 12);
  });

  test('needs the close before the window where a session is taken from it', () => {
    expect(realisedVolatility(PRICES, 'close_to_close', 6, 252)).toBeNull();
    expect(realisedVolatility(PRICES, 'yang_zhang', 6, 252)).toBeNull();
    expect(realisedVolatility(PRICES, 'parkinson', 6, 252)).not.toBeNull();
    expect(realisedVolatility(PRICES, 'parkinson', 7, 252)).toBeNull();
    expect(realisedVolatility(PRICES, 'close_to_close', 1, 252)).toBeNull();
  });

  test('is null, never 0 or NaN, where a price is not positive', () => {
    const broken = { ...PRICES, low: [99, 99, 0, 98, 101, 103] };
    expect(realisedVolatility(broken, 'parkinson', 5, 252)).toBeNull();
    expect(realisedVolatility(broken, 'close_to_close', 5, 252)).not.toBeNull();
  });

  test('variance of a path is the sum of its squared returns', () => {
    expect(realisedVariance([100, 110, 99])).toBeCloseTo(Math.log(1.1) ** 2 + Math.log(0.9) ** 2, 15);
    expect(realisedVariance([100])).toBe(0);
    expect(realisedVariance([100, 0])).not.toBeLessThan(Infinity);
  });
});

describe('GARCH(1,1)', () => {
  test('has the likelihood and the forecast of arch 8 at given parameters', () => {
    const parameters = { omega: 2e-6, alpha: 0.1, beta: 0.85 };
    const { logLikelihood, nextVariance } = garchVariance(sampleReturns(), parameters);
    expect(logLikelihood).toBeCloseTo(604.2040864515722, 9);
    expect(nextVariance / 4.0912153969748095e-5).toBeCloseTo(1, 12);
    const mean = garchForecast({ ...parameters, nextVariance }, 3);
    expect(mean / 4.0867306399568817e-5).toBeCloseTo(1, 12);
  });

  test('finds the maximum that arch 8 finds', () => {
    const fit = fitGarch(sampleReturns());
    expect(fit?.logLikelihood).toBeGreaterThan(615.6656502141342 - 1e-9);
    expect((fit?.omega ?? 0) / 18.33711322e-6).toBeCloseTo(1, 3);
    expect(fit?.alpha).toBeCloseTo(0.31971813, 4);
    expect(fit?.beta).toBeCloseTo(0.56678163, 4);
  });

  test('finds the likelier of two maxima, also at the edge where the variance only falls', () => {
    // 50 returns that halve from the first to the last.
    const falling = Float64Array.from(
      { length: 50 },
      (_, i) => (i % 2 === 0 ? 1 : -1) * 0.02 * 0.5 ** (i / 49),
    );
    const fit = fitGarch(falling);
    const edge = garchVariance(falling, { omega: 1e-14, alpha: 1e-9, beta: 0.5 ** (2 / 49) });
    expect(fit?.logLikelihood).toBeGreaterThan(edge.logLikelihood);
  });

  test('is the same at any scale', () => {
    const [fit, larger] = [1, 1000].map((scale) => fitGarch(sampleReturns().map((value) => value * scale)));
    expect((larger?.omega ?? 0) / (fit?.omega ?? 0)).toBeCloseTo(1e6, 0);
    expect(larger?.alpha).toBeCloseTo(fit?.alpha ?? 0, 8);
  });

  test('is null for returns that say nothing', () => {
    expect(fitGarch(new Float64Array(100))).toBeNull();
    expect(fitGarch(sampleReturns().subarray(0, 19))).toBeNull();
    expect(fitGarch(sampleReturns().fill(Number.NaN, 3, 4))).toBeNull();
  });
});

describe('HAR-RV', () => {
  const variances = sampleReturns().map((value) => value * value + 1e-6);

  test('forecasts what statsmodels OLS does', () => {
    expect((harForecast(variances, 1) ?? 0) / 0.0001489421018834192).toBeCloseTo(1, 11);
    expect((harForecast(variances, 5) ?? 0) / 0.00016681253454843513).toBeCloseTo(1, 11);
  });

  test('is null where rows are fewer than coefficients, or all alike', () => {
    expect(harForecast(variances.subarray(0, 25), 1)).toBeNull();
    expect(harForecast(new Float64Array(100).fill(1e-4), 1)).toBeNull();
  });

  test('least squares gives the line through points, and the variance around it', () => {
    const fit = leastSquares(
      [0, 1, 2, 3].map((x) => [1, x]),
      [1, 3, 5, 8],
      2,
    );
    expect(fit?.coefficients[0]).toBeCloseTo(0.8, 12);
    expect(fit?.coefficients[1]).toBeCloseTo(2.3, 12);
    expect(fit?.residualVariance).toBeCloseTo(0.15, 12);
  });
});

describe('forecasts', () => {
  const returns = sampleReturns();
  const variances = returns.map((value) => value * value + 1e-6);
  const forecast = (sessions: number, of = { variances, returns }) => {
    const part = { variances: of.variances.subarray(0, sessions), returns: of.returns.subarray(0, sessions) };
    return forecastVolatility(part, 252);
  };

  test('QLIKE is 0 for a perfect forecast, and larger for one too low than for one as much too high', () => {
    expect(qlike(2, 2)).toBe(0);
    expect(qlike(2, 1)).toBeCloseTo(2 - Math.log(2) - 1, 15);
    expect(qlike(2, 1)).toBeGreaterThan(qlike(2, 4));
  });

  test('are given with what they were worth out of sample, from 60 sessions on', () => {
    expect(forecast(59)).toEqual([]);
    const found = forecast(120);
    expect(found.map(({ model, horizon }) => [model, horizon])).toEqual(
      [1, 5, 22].flatMap((horizon) => FORECAST_MODELS.map((model) => [model, horizon])),
    );
    for (const { horizon, evaluations, qlike: loss, qlikeOfLastValue, r2, volatility } of found) {
      expect(evaluations).toBe(120 - 40 - 2 * horizon + 1 - 1);
      expect(volatility).toBeGreaterThan(0);
      expect(loss).toBeGreaterThan(0);
      expect(qlikeOfLastValue).toBeGreaterThan(0);
      expect(r2).toBeLessThan(1);
    }
    const [har] = found;
    expect(har.volatility).toBeCloseTo(
      Math.sqrt(252 * (harForecast(variances.subarray(0, 120), 1) ?? 0)),
      12,
    );
  });

  test('of a horizon that nothing can be judged on yet are left out', () => {
    expect(new Set(forecast(60).map(({ horizon }) => horizon))).toEqual(new Set([1, 5]));
  });

  test('are not trained on what they are judged on: planting the future changes no forecast before it', () => {
    const planted = { variances: variances.slice(), returns: returns.slice() };
    planted.variances[119] *= 400;
    planted.returns[119] *= 20;
    const [before, after] = [forecast(120), forecast(120, planted)].map((found) =>
      found.filter(({ horizon }) => horizon === 1),
    );
    for (const [i, { qlike: loss, evaluations }] of before.entries()) {
      // All losses but the last are those of before: what differs is the last session's own.
      const known = variances.subarray(0, 119);
      const forecasts = {
        har: harForecast(known, 1),
        ewma: null,
        garch: fitGarch(returns.subarray(0, 119))?.nextVariance ?? null,
      }[before[i].model];
      if (forecasts === null) continue;
      const difference = qlike(planted.variances[119], forecasts) - qlike(variances[119], forecasts);
      expect(after[i].qlike * evaluations - loss * evaluations).toBeCloseTo(difference, 8);
    }
  });
});
