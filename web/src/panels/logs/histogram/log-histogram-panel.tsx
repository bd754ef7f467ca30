import './histogram.css';
import { useMemo } from 'react';
import { Panel } from '../../../panel/panel.tsx';
import { usePlaceWidth } from '../../../panel/place-width.ts';
import type { Table } from '../../../panel/table/figure-table.tsx';
import { useServerQuery } from '../../../platform/use-server-query.ts';
import { useFormat } from '../../../preferences/use-preferences.tsx';
import { stepOf } from '../search/log-range.ts';
import { useLogSearch } from '../search/use-log-search.ts';
import { type Bar, barsOf, SHADE_TITLES, SHADES, totals } from './histogram-bars.ts';
import { HistogramPlot } from './histogram-plot.tsx';

/** Bars that can be told apart and hit. */
const MOST_BARS = { full: 90, wide: 90, medium: 60, narrow: 30 } as const;
/** A range that ends now goes on; what was counted of one that is over stays. */
const REFRESH_MS = 10_000;
const REFRESH_PAST_MS = 600_000; // Only lines that were late change it.

/** How many lines of the search there are by time and level; a part of it can be chosen as the range. */
export function LogHistogramPanel() {
  const { request, span, range, change } = useLogSearch();
  const format = useFormat();
  const step = stepOf(span, MOST_BARS[usePlaceWidth()]);
  const { data, error, refetch } = useServerQuery(
    'getLogHistogram',
    { ...request, step },
    { refreshMs: span.isOpen ? REFRESH_MS : REFRESH_PAST_MS },
  );
  const bars = useMemo(() => (data ? barsOf(data, span) : null), [data, span]);
  const table = useMemo(() => bars && tableOf(bars, format.instant, format.figure.count), [bars, format]);
  const lines = bars && totals(bars);
  const total = bars?.reduce((sum, bar) => sum + bar.total, 0);
  return (
    <Panel
      title="Lines by time"
      note={bars && `${format.figure.count(total ?? 0)} lines, by ${stepText(step)}`}
      pending={!bars}
      error={error}
      retry={() => void refetch()}
      table={table}
      source="log"
      controls={
        typeof range === 'object' && (
          <button type="button" onClick={() => change({ range: '1h' })}>
            Back to the last hour
          </button>
        )
      }
    >
      {bars && lines && (
        <>
          <HistogramPlot bars={bars} onRange={(chosen) => change({ range: chosen })} />
          <ul className="log-legend" aria-label="Lines by level">
            {SHADES.map((shade) => (
              <li key={shade} className={shade}>
                {SHADE_TITLES[shade]} {format.figure.count(lines[shade])}
              </li>
            ))}
          </ul>
        </>
      )}
    </Panel>
  );
}

function stepText(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${seconds / 60} min`;
  return seconds < 86_400 ? `${seconds / 3_600} h` : 'day';
}

const tableOf = (
  bars: readonly Bar[],
  instant: (iso: string) => string,
  count: (value: number) => string,
): Table => ({
  caption: 'Lines of the log by time and level',
  columns: [
    { title: 'From' },
    ...['All', ...SHADES.map((shade) => SHADE_TITLES[shade])].map((title) => ({ title, format: count })),
  ],
  rows: bars.map(({ fromMs, total, counts }) => [
    instant(new Date(fromMs).toISOString()),
    total,
    ...SHADES.map((shade) => counts[shade]),
  ]),
  namedBy: 1,
});
