import type { ResponseOf, Routes } from '@deltastream/client';
import { useCallback, useMemo } from 'react';
import { Chart } from '../../charts/chart.tsx';
import { words } from '../../format/format.ts';
import { Panel } from '../../panel/panel.tsx';
import { useProductQuery } from '../../panel/query/use-product-query.ts';
import { useFormat } from '../../preferences/use-preferences.tsx';
import type { Tokens } from '../../style/tokens.ts';
import { forecastGrid, MODEL_NAMES, qualityOf } from './forecast-grid.ts';
import { percentOrNone } from './term-structure.ts';

type Forecast = ResponseOf<Routes['getForecast']>;

const COLOURS = ['series-1', 'series-2', 'series-3'] as const;

/** Realised volatility that is to be expected, by model and horizon, and how good the models were. */
export function ForecastPanel() {
  const format = useFormat();
  const { data, states } = useProductQuery('getForecast', {});
  const table = useMemo(
    () =>
      data && {
        caption: `Forecasts of realised volatility of ${data.product}, with their quality out of sample`,
        columns: [
          { title: 'Model' },
          { title: 'Horizon, sessions' },
          { title: 'Volatility', format: format.figure.volatility },
          { title: 'QLIKE', format: format.figure.ratio },
          { title: 'QLIKE of the last value', format: format.figure.ratio },
          { title: 'R² against the last value', format: format.figure.ratio },
          { title: 'Evaluations', format: format.figure.count },
        ],
        rows: data.forecasts.map((each) => [
          MODEL_NAMES[each.model],
          each.horizon,
          each.volatility,
          each.qlike,
          each.qlike_of_last_value,
          each.r2,
          each.evaluations,
        ]),
      },
    [data, format],
  );
  const none = data?.forecasts.every(({ volatility }) => volatility === null);
  return (
    <Panel
      title="Forecast of realised volatility"
      note={data ? `annualised, fitted to ${data.sessions} complete sessions` : 'annualised'}
      asOf={data?.timestamp}
      {...states}
      table={table}
    >
      {data && none && (
        <p className="message">
          No forecast: {words(data.null_reason ?? 'not computed')}; {data.sessions} complete sessions are
          stored, 60 are needed.
        </p>
      )}
      {data && !none && <Models data={data} />}
    </Panel>
  );
}

function Models({ data }: { readonly data: Forecast }) {
  const format = useFormat();
  const { horizons, models } = useMemo(() => forecastGrid(data.forecasts), [data]);
  const option = useCallback(
    (tokens: Tokens) => ({
      tooltip: { valueFormatter: percentOrNone(format.figure.volatility) },
      xAxis: { type: 'category', name: 'Sessions ahead', nameGap: 24, data: horizons.map(String) },
      yAxis: { type: 'value', axisLabel: { formatter: format.figure.volatility } },
      series: models.map(({ model, volatility }, i) => ({
        name: MODEL_NAMES[model],
        type: 'bar',
        barMaxWidth: 32,
        color: tokens[COLOURS[i]],
        data: volatility,
      })),
    }),
    [horizons, models, format],
  );
  return (
    <>
      <Chart
        label={`Forecasts of ${data.product} by ${models.length} models over ${horizons.join(', ')} sessions`}
        option={option}
        height={220}
      />
      <ul className="fits" aria-label="Quality out of sample">
        {horizons.map((horizon) => (
          <li key={horizon}>
            <strong>
              {horizon} {horizon === 1 ? 'session' : 'sessions'}
            </strong>
            : {qualityOf(data.forecasts, horizon, format.figure.ratio)}
          </li>
        ))}
      </ul>
    </>
  );
}
