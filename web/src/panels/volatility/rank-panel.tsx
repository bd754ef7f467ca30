import './volatility.css';
import type { RequestOf, ResponseOf, Routes } from '@deltastream/client';
import { useMemo } from 'react';
import type { Series } from '../../charts/series.ts';
import { SeriesChart } from '../../charts/series-chart.tsx';
import { FigureList } from '../../format/figure-list.tsx';
import { words } from '../../format/format.ts';
import { useAddressParameter } from '../../market/address/use-address.ts';
import { Panel } from '../../panel/panel.tsx';
import { useProductQuery } from '../../panel/query/use-product-query.ts';
import { useFormat } from '../../preferences/use-preferences.tsx';
import { named } from '../product/named-figure.ts';

type Rank = ResponseOf<Routes['getRank']>;
type RankedFigure = NonNullable<RequestOf<Routes['getRank']>['figure']>;

const FIGURES = {
  iv_30d: '30 days',
  iv_nearest: 'nearest expiry',
  iv_7d: '7 days',
  iv_14d: '14 days',
  iv_60d: '60 days',
  iv_90d: '90 days',
  iv_180d: '180 days',
} as const satisfies Record<RankedFigure, string>;
const NAMES = Object.keys(FIGURES) as RankedFigure[];

const WINDOW = 252; // Sessions.

/** Where implied volatility stands among its closes of a year. */
export function RankPanel() {
  const format = useFormat();
  const [chosen, choose] = useAddressParameter('rank', NAMES[0]);
  const figure = NAMES.find((name) => name === chosen) ?? NAMES[0];
  const { data: given, states } = useProductQuery('getRank', { figure });
  const data = given?.figure === figure ? given : null;
  const table = useMemo(
    () =>
      data && {
        caption: `Closing implied volatility of ${data.product}, ${FIGURES[figure]}, by session`,
        columns: [{ title: 'Session' }, { title: 'Closing IV', format: format.figure.volatility }],
        rows: data.closes.map(({ date, iv }) => [date, iv]),
        namedBy: 1,
      },
    [data, figure, format],
  );
  return (
    <Panel
      title="IV rank and percentile"
      note={`among the closes of at most ${WINDOW} sessions`}
      asOf={data?.timestamp}
      {...states}
      pending={!data}
      table={table}
      controls={
        <label>
          Volatility{' '}
          <select value={figure} onChange={({ target }) => choose(target.value)}>
            {NAMES.map((name) => (
              <option key={name} value={name}>
                {FIGURES[name]}
              </option>
            ))}
          </select>
        </label>
      }
    >
      {data && <RankFacts data={data} />}
      {data && data.count > 0 && <Closes data={data} />}
    </Panel>
  );
}

function RankFacts({ data }: { readonly data: Rank }) {
  const format = useFormat();
  const reason = words(data.null_reason ?? 'not computed');
  const { volatility } = format.figure;
  return (
    <>
      <FigureList
        label="Rank"
        figures={[
          { title: 'IV now', value: data.iv, format: volatility, reason },
          { ...named('iv_rank', format), value: data.rank, reason },
          { ...named('iv_percentile', format), value: data.percentile, reason },
          { title: 'Low', value: data.low, format: volatility, reason },
          { title: 'High', value: data.high, format: volatility, reason },
          { title: 'Observations', text: `${data.observations} of ${WINDOW} sessions` },
        ]}
      />
      {data.null_reason !== null && <p className="reason">No rank: {reason}.</p>}
      {outside(data.rank) !== null && <p className="reason">{outside(data.rank)}</p>}
    </>
  );
}

/** A rank that leaves its range is right, and looks wrong without a word. */
function outside(rank: number | null): string | null {
  if (rank === null || (rank >= 0 && rank <= 100)) return null;
  const [end, side] = rank < 0 ? ['lowest', 'below 0'] : ['highest', 'above 100'];
  return `IV now is beyond the ${end} of these closes, so that the rank is ${side}.`;
}

function Closes({ data }: { readonly data: Rank }) {
  const format = useFormat();
  const series = useMemo((): Series[] => {
    const points = data.closes.map(({ date, iv }) => ({ timestamp: Date.parse(date), value: iv }));
    return [
      { kind: 'line', name: 'Closing IV', colour: 'series-1', format: format.figure.volatility, points },
    ];
  }, [data, format]);
  return (
    <SeriesChart
      label={`Closing implied volatility of ${data.product} over ${data.count} sessions`}
      series={series}
      // Dates of sessions, which no zone may move.
      timeZone="UTC"
      height={220}
    />
  );
}
