import { useMemo } from 'react';
import type { Series } from '../../charts/series.ts';
import { SeriesChart } from '../../charts/series-chart.tsx';
import type { TimeMark } from '../../charts/time-marks.ts';
import { Panel } from '../../panel/panel.tsx';
import {
  type HistoryPoint,
  historyTable,
  pointsOf,
  timesOf,
  useHistory,
} from '../../panel/query/use-history.tsx';
import { useFormat } from '../../preferences/use-preferences.tsx';
import { withAlerts } from '../alerts/marks/marked-table.ts';
import { useFiringMarks } from '../alerts/marks/use-firing-marks.ts';

const FIGURES = ['pcr_oi', 'pcr_volume', 'max_pain_strike', 'spot_price'] as const;

/** Put-call ratios over the day or the week, and max pain beside the spot on the axis of prices. */
export function PcrHistoryPanel() {
  const { data, states, buttons } = useHistory(FIGURES);
  const format = useFormat();
  const alerts = useFiringMarks(data?.expiry);
  const table = useMemo(
    () =>
      data &&
      withAlerts(
        historyTable(`Put-call ratio of ${data.product} over time`, data.points, FIGURES, format),
        timesOf(data.points),
        alerts,
      ),
    [data, alerts, format],
  );
  return (
    <Panel
      title="Put-call ratio and max pain over time"
      note="ratios left, prices right"
      controls={buttons}
      asOf={data?.points.at(-1)?.timestamp}
      {...states}
      table={table}
    >
      {data && <Lines points={data.points} alerts={alerts} />}
    </Panel>
  );
}

interface LinesProps {
  readonly points: readonly HistoryPoint[];
  readonly alerts: readonly TimeMark[];
}

function Lines({ points, alerts }: LinesProps) {
  const format = useFormat();
  const series = useMemo((): Series[] => {
    const { ratio } = format.figure;
    const ratios = { kind: 'line', axis: 'left', format: ratio } as const;
    const prices = { kind: 'line', axis: 'right', format: format.price } as const;
    return [
      { ...ratios, name: 'PCR, open interest', colour: 'accent', points: pointsOf(points, 'pcr_oi') },
      {
        ...ratios,
        name: 'PCR, volume',
        colour: 'accent',
        dashed: true,
        points: pointsOf(points, 'pcr_volume'),
      },
      { ...prices, name: 'Spot', colour: 'muted', points: pointsOf(points, 'spot_price') },
      {
        ...prices,
        // A strike, which is written like one on every page.
        format: format.strike,
        name: 'Max pain',
        colour: 'series-2',
        dashed: true,
        points: pointsOf(points, 'max_pain_strike'),
      },
    ];
  }, [points, format]);
  const last = points.at(-1)?.pcr_oi ?? null;
  return (
    <SeriesChart
      label={`Put-call ratios, max pain and spot over ${points.length} instants; ratio of open interest now ${
        last === null ? 'none' : format.figure.ratio(last)
      }`}
      series={series}
      alerts={alerts}
      timeZone={format.timeZone}
      height={280}
    />
  );
}
