import type { ResponseOf, Routes } from '@deltastream/client';
import { useCallback, useMemo } from 'react';
import { Chart } from '../../charts/chart.tsx';
import { Panel } from '../../panel/panel.tsx';
import { useProductQuery } from '../../panel/query/use-product-query.ts';
import { useFormat } from '../../preferences/use-preferences.tsx';
import type { Tokens } from '../../style/tokens.ts';
import { SKEW_FIGURES, SKEW_NAMES } from './skew-figures.ts';
import { percentOrNone } from './term-structure.ts';

type Skew = ResponseOf<Routes['getTermStructure']>;

/** Risk reversals and butterflies of every unexpired expiry. */
export function SkewPanel() {
  const format = useFormat();
  // The term structure has the skew of each expiry too, and is asked for once for both panels.
  const { data, states } = useProductQuery('getTermStructure', {});
  const table = useMemo(
    () =>
      data && {
        caption: `Skew of ${data.product} by expiry, vol points`,
        namedBy: 1,
        columns: [
          { title: 'Expiry' },
          ...SKEW_NAMES.map((name) => ({
            title: SKEW_FIGURES[name].title,
            format: format.volatilityPoints,
          })),
        ],
        rows: data.expiries.map((each) => [each.expiry, ...SKEW_NAMES.map((name) => each[name])]),
      },
    [data, format],
  );
  return (
    <Panel
      title="Skew by expiry"
      note="vol points; negative risk reversal: puts are dearer"
      asOf={data?.timestamp}
      {...states}
      table={table}
    >
      {data && <Bars data={data} />}
    </Panel>
  );
}

function Bars({ data }: { readonly data: Skew }) {
  const format = useFormat();
  const option = useCallback(
    (tokens: Tokens) => ({
      tooltip: { valueFormatter: percentOrNone(format.volatilityPoints) },
      xAxis: {
        type: 'category',
        data: data.expiries.map(({ expiry }) => format.expiry(expiry)),
        axisLine: { onZero: false },
      },
      yAxis: { type: 'value', axisLabel: { formatter: format.volatilityPoints } },
      series: SKEW_NAMES.map((name) => ({
        name: SKEW_FIGURES[name].title,
        type: 'bar',
        barMaxWidth: 28,
        color: tokens[SKEW_FIGURES[name].colour],
        data: data.expiries.map((each) => each[name]),
      })),
    }),
    [data, format],
  );
  const nearest = data.expiries[0]?.rr25 ?? null;
  return (
    <Chart
      label={`Skew of ${data.product} over ${data.count} expiries; 25-delta risk reversal of the nearest ${
        nearest === null ? 'none' : format.volatilityPoints(nearest)
      }`}
      option={option}
      height={260}
    />
  );
}
