import '../charts.css';
import type { ResponseOf, Routes } from '@deltastream/client';
import { useMemo } from 'react';
import type { Series } from '../../../charts/series.ts';
import { SeriesChart } from '../../../charts/series-chart.tsx';
import { type Format, words } from '../../../format/format.ts';
import { useAddressParameter } from '../../../market/address/use-address.ts';
import { useChain } from '../../../market/figures/use-chain.ts';
import { useMarketQuery } from '../../../market/figures/use-market-query.ts';
import { useMarketView, useShownChain } from '../../../market/view/market-view.tsx';
import { Panel } from '../../../panel/panel.tsx';
import { REFRESH_HISTORY_MS, timeColumn, useSpan } from '../../../panel/query/use-history.tsx';
import { staleText } from '../../../panel/query/use-panel-query.ts';
import type { Table } from '../../../panel/table/figure-table.tsx';
import { useFormat } from '../../../preferences/use-preferences.tsx';
import { LegChoice } from './leg-choice.tsx';
import { type Leg, legText, readLegs, requestOfLegs, writeLegs } from './legs.ts';

type Premium = ResponseOf<Routes['getPremium']>;
type Point = Premium['points'][number];

const NO_STRIKES: readonly number[] = [];

/** What any legs of the expiry that is shown cost together over the day or the week; the straddle at the money without any. */
export function PremiumPanel() {
  const { product, expiries } = useMarketView();
  const shown = useShownChain();
  const listed = useChain().chain?.strikes ?? NO_STRIKES;
  const span = useSpan();
  const [given, choose] = useAddressParameter('legs', '');
  const legs = useMemo(() => readLegs(given, listed), [given, listed]);
  // Until the strikes are known nobody can tell which of the legs are listed.
  const isKnown = given === '' || listed.length > 0;
  const { data, error, refetch, isPlaceholderData } = useMarketQuery(
    'getPremium',
    shown && span.request && isKnown
      ? { product: shown.product, ...span.request, ...requestOfLegs(legs, shown.expiry) }
      : null,
    { refreshMs: REFRESH_HISTORY_MS },
  );
  const points = data && shown && isOf(data, shown, legs) ? data.points : null;
  const format = useFormat();
  const name = useMemo(() => nameOf(legs, format), [legs, format]);
  const table = useMemo(() => points && tableOf(name, points, format), [name, points, format]);
  const last = points?.at(-1);
  const noChain = product !== null && expiries.length === 0;
  return (
    <Panel
      title="Premium over time"
      note={
        last?.null_reason
          ? `none now: ${words(last.null_reason)}`
          : product && `${product.currency} per unit; legs of one expiry`
      }
      asOf={last?.timestamp}
      pending={points === null && !noChain}
      error={error}
      retry={() => void refetch()}
      stale={staleText(points !== null, isPlaceholderData, error)}
      empty={noChain ? `No option chain of ${product.product} is stored yet.` : null}
      table={table}
      controls={
        <div className="chart-choices">
          <LegChoice legs={legs} listed={listed} choose={(next) => choose(writeLegs(next))} />
          {span.buttons}
        </div>
      }
    >
      {points && <Lines name={name} points={points} />}
    </Panel>
  );
}

/** Whether it is of what is shown, and not of the legs or of the chain before. */
const isOf = (
  { product, expiry, legs }: Premium,
  shown: { readonly product: string; readonly expiry: string },
  chosen: readonly Leg[],
): boolean =>
  product === shown.product &&
  writeLegs(legs) === writeLegs(chosen) &&
  [expiry ?? shown.expiry, ...legs.map((leg) => leg.expiry)].every((each) => each === shown.expiry);

const nameOf = (legs: readonly Leg[], { strike }: Format): string =>
  legs.length === 0 ? 'Straddle at the money' : legs.map((leg) => legText(leg, strike)).join(', ');

function tableOf(name: string, points: readonly Point[], format: Format): Table {
  const { greek } = format.figure;
  return {
    caption: `Premium over time: ${name}`,
    columns: [
      timeColumn(format),
      { title: 'Premium', format: format.price },
      { title: 'Spot', format: format.price },
      { title: 'Delta', format: greek },
      { title: 'Gamma', format: greek },
      { title: 'Theta/day', format: greek },
      { title: 'Vega/pt', format: greek },
    ],
    rows: points.map(({ timestamp, premium, spot_price, delta, gamma, theta, vega }) => [
      Date.parse(timestamp),
      ...[premium, spot_price, delta, gamma, theta],
      vega === null ? null : vega / 100,
    ]),
  };
}

function Lines({ name, points }: { readonly name: string; readonly points: readonly Point[] }) {
  const format = useFormat();
  const series = useMemo((): Series[] => {
    const line = (figure: 'premium' | 'spot_price') =>
      points.map((point) => ({ timestamp: Date.parse(point.timestamp), value: point[figure] }));
    const prices = { kind: 'line', format: format.price } as const;
    return [
      { ...prices, name: 'Premium', axis: 'right', colour: 'accent', points: line('premium') },
      { ...prices, name: 'Spot', axis: 'left', colour: 'muted', dashed: true, points: line('spot_price') },
    ];
  }, [points, format]);
  const last = points.at(-1)?.premium ?? null;
  return (
    <SeriesChart
      label={`Premium of ${name} and spot over ${points.length} instants; premium now ${
        last === null ? 'none' : format.price(last)
      }`}
      series={series}
      timeZone={format.timeZone}
      height={280}
    />
  );
}
