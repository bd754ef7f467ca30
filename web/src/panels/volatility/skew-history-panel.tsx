import { useMemo } from 'react';
import type { Series } from '../../charts/series.ts';
import { SeriesChart } from '../../charts/series-chart.tsx';
import { useMarketQuery } from '../../market/figures/use-market-query.ts';
import { useShownChain } from '../../market/view/market-view.tsx';
import { useChoice } from '../../panel/choice/choice.tsx';
import { Panel } from '../../panel/panel.tsx';
import { timesOf } from '../../panel/query/use-history.tsx';
import { useFormat } from '../../preferences/use-preferences.tsx';
import { withAlerts } from '../alerts/marks/marked-table.ts';
import { useFiringMarks } from '../alerts/marks/use-firing-marks.ts';
import { SKEW_FIGURES, SKEW_NAMES } from './skew-figures.ts';

const RESOLUTIONS = { '1h': '1 h', '5m': '5 min', '1d': '1 day' } as const;
/** The latest of them are drawn. */
const POINTS = 400;
const REFRESH_MS = 30_000; // A line of days moves by less than a pixel in that time.

type Point = { readonly timestamp: string } & {
  readonly [K in keyof typeof SKEW_FIGURES]?: number | null;
};
const pointsOf = (data: { readonly points: readonly Point[] } | undefined) => data?.points ?? [];

/** Skew of the expiry that is shown, over time. */
export function SkewHistoryPanel() {
  const format = useFormat();
  const shown = useShownChain();
  const { value: resolution, buttons } = useChoice('skew-step', 'Resolution', RESOLUTIONS);
  const request = useMemo(
    () => shown && { ...shown, figures: SKEW_NAMES.join(','), resolution, limit: POINTS },
    [shown, resolution],
  );
  const { data: given, error, refetch } = useMarketQuery('getHistory', request, { refreshMs: REFRESH_MS });
  const data = given?.product === shown?.product && given?.expiry === shown?.expiry ? given : undefined;
  const alerts = useFiringMarks(data?.expiry);
  const table = useMemo(() => {
    if (!data) return data;
    const figures = {
      caption: `Skew of ${data.product}, expiry ${format.expiry(data.expiry)}, over time, vol points`,
      namedBy: 1,
      columns: [
        { title: 'Time' },
        ...SKEW_NAMES.map((name) => ({
          title: SKEW_FIGURES[name].title,
          format: format.volatilityPoints,
        })),
      ],
      rows: pointsOf(data).map((point) => [
        format.instant(point.timestamp),
        ...SKEW_NAMES.map((name) => point[name] ?? null),
      ]),
    };
    return withAlerts(figures, timesOf(pointsOf(data)), alerts);
  }, [data, alerts, format]);
  const series = useMemo(
    () =>
      SKEW_NAMES.map(
        (name): Series => ({
          kind: 'line',
          name: SKEW_FIGURES[name].title,
          colour: SKEW_FIGURES[name].colour,
          format: format.volatilityPoints,
          points: pointsOf(data).map((point) => ({
            timestamp: Date.parse(point.timestamp),
            value: point[name] ?? null,
          })),
        }),
      ),
    [data, format],
  );
  return (
    <Panel
      title="Skew over time"
      note={`vol points${data ? `, expiry ${format.expiry(data.expiry)}` : ''}`}
      asOf={data?.points.at(-1)?.timestamp}
      pending={!data}
      error={error}
      retry={() => void refetch()}
      stale={data && error ? 'not refreshed' : null}
      empty={data?.count === 0 ? 'No snapshot of this expiry is stored yet.' : null}
      table={table}
      controls={buttons}
    >
      {data && (
        <SeriesChart
          label={`Skew of ${data.product}, expiry ${format.expiry(data.expiry)}, at ${data.count} instants`}
          series={series}
          alerts={alerts}
          timeZone={format.timeZone}
          height={260}
        />
      )}
    </Panel>
  );
}
