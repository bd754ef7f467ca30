import type { ResponseOf, Routes } from '@deltastream/client';
import type { NumberFormat } from '../../format/format.ts';

type Forecasts = ResponseOf<Routes['getForecast']>['forecasts'];
type Model = Forecasts[number]['model'];

export const MODEL_NAMES: Readonly<Record<Model, string>> = { har: 'HAR', ewma: 'EWMA', garch: 'GARCH' };

/** Forecasts by model over ascending horizons; null where there is none. */
export function forecastGrid(forecasts: Forecasts) {
  const horizons = [...new Set(forecasts.map(({ horizon }) => horizon))].sort((a, b) => a - b);
  const names = [...new Set(forecasts.map(({ model }) => model))];
  return {
    horizons,
    models: names.map((model) => ({
      model,
      volatility: horizons.map(
        (horizon) =>
          forecasts.find((each) => each.model === model && each.horizon === horizon)?.volatility ?? null,
      ),
    })),
  };
}

/** Which model lost least out of sample at a horizon, and whether it was better than the last value. */
export function qualityOf(forecasts: Forecasts, horizon: number, ratio: NumberFormat): string {
  const judged = forecasts.flatMap((each) =>
    each.horizon === horizon && each.qlike !== null ? [{ ...each, qlike: each.qlike }] : [],
  );
  if (judged.length === 0) return 'not judged yet, too few sessions';
  const best = judged.reduce((a, b) => (b.qlike < a.qlike ? b : a));
  const { qlike_of_last_value: naive } = best;
  const than =
    naive === null
      ? ''
      : `, ${best.qlike < naive ? 'better' : 'worse'} than the last value (${ratio(naive)})`;
  return `least loss by ${MODEL_NAMES[best.model]}, QLIKE ${ratio(best.qlike)} in ${best.evaluations} forecasts${than}`;
}
