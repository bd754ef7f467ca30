import './volatility.css';
import type { ResponseOf, Routes } from '@deltastream/client';
import { useCallback, useMemo } from 'react';
import { Chart } from '../../charts/chart.tsx';
import { FigureList } from '../../format/figure-list.tsx';
import { Panel } from '../../panel/panel.tsx';
import { useProductQuery } from '../../panel/query/use-product-query.ts';
import { useFormat } from '../../preferences/use-preferences.tsx';
import type { Tokens } from '../../style/tokens.ts';
import { named } from '../product/named-figure.ts';
import { percentOrNone } from './term-structure.ts';

type Realised = ResponseOf<Routes['getRealisedVolatility']>;

const ESTIMATORS = {
  close_to_close: 'Close to close',
  parkinson: 'Parkinson',
  garman_klass: 'Garman-Klass',
  rogers_satchell: 'Rogers-Satchell',
  yang_zhang: 'Yang-Zhang',
  intraday: 'Intraday, 5 min',
} as const satisfies Record<Exclude<keyof Realised['windows'][number], 'sessions'>, string>;
const NAMES = Object.keys(ESTIMATORS) as (keyof typeof ESTIMATORS)[];
const COLOURS = ['series-1', 'series-2', 'series-3', 'series-4', 'series-5', 'muted'] as const;
const SYMBOLS = ['circle', 'rect', 'triangle', 'diamond', 'emptyCircle', 'emptyRect'] as const;

/** What the underlying moved, by window and estimator, beside what options ask for. */
export function RealisedPanel() {
  const format = useFormat();
  const { data, states } = useProductQuery('getRealisedVolatility', {});
  const table = useMemo(
    () =>
      data && {
        caption: `Realised volatility of ${data.product} by sessions and estimator`,
        namedBy: 1,
        columns: [
          { title: 'Sessions' },
          ...NAMES.map((name) => ({ title: ESTIMATORS[name], format: format.figure.volatility })),
        ],
        rows: data.windows.map((window) => [window.sessions, ...NAMES.map((name) => window[name])]),
      },
    [data, format],
  );
  const none = data?.windows.every((window) => NAMES.every((name) => window[name] === null));
  return (
    <Panel
      title="Realised and implied volatility"
      note="annualised, of complete sessions"
      asOf={data?.timestamp}
      {...states}
      table={table}
    >
      {data && <Premium data={data} />}
      {data &&
        (none ? (
          <p className="message">
            {data.observations} complete sessions with prices are stored; 5 are needed at least.
          </p>
        ) : (
          <Estimates data={data} />
        ))}
    </Panel>
  );
}

function Premium({ data }: { readonly data: Realised }) {
  const format = useFormat();
  const reason = data.iv_30d === null ? 'no volatility of 30 days' : 'fewer than 20 complete sessions';
  return (
    <FigureList
      label="Premium of implied volatility"
      figures={[
        { ...named('iv_30d', format), value: data.iv_30d, reason: 'no expiries around 30 days' },
        { ...named('volatility_risk_premium', format), value: data.volatility_risk_premium, reason },
        { ...named('variance_risk_premium', format), value: data.variance_risk_premium, reason },
        { title: 'Sessions', text: `${data.observations} (${data.sessions_per_year} in a year)` },
      ]}
    />
  );
}

function Estimates({ data }: { readonly data: Realised }) {
  const format = useFormat();
  const option = useCallback(
    (tokens: Tokens) => ({
      tooltip: { valueFormatter: percentOrNone(format.figure.volatility) },
      xAxis: {
        type: 'category',
        name: 'Sessions',
        nameGap: 24,
        data: data.windows.map(({ sessions }) => String(sessions)),
      },
      yAxis: { type: 'value', scale: true, axisLabel: { formatter: format.figure.volatility } },
      series: [
        ...NAMES.map((name, i) => ({
          name: ESTIMATORS[name],
          type: 'line',
          color: tokens[COLOURS[i]],
          symbol: SYMBOLS[i],
          symbolSize: 7,
          lineStyle: { width: 1.5 },
          data: data.windows.map((window) => window[name]),
        })),
        {
          name: 'IV, 30 days',
          type: 'line',
          color: tokens.ink,
          showSymbol: false,
          lineStyle: { type: 'dashed', width: 1.5 },
          data: data.windows.map(() => data.iv_30d),
        },
      ],
    }),
    [data, format],
  );
  return (
    <Chart
      label={`Realised volatility of ${data.product} by window and estimator, beside 30 days implied`}
      option={option}
      height={260}
    />
  );
}
