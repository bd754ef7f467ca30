import type { HistoryFigure } from '@deltastream/client';
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
import { type ExposureKind, nameOf, useExposureKind, useExposureUnit } from './exposure-kind.tsx';

const figuresOf = (kind: ExposureKind): readonly HistoryFigure[] => [
  `${kind}_net`,
  'spot_price',
  ...(kind === 'gex' ? (['gamma_flip'] as const) : []),
];

/** The total of an exposure over the day or the week, and the spot that it was taken at. */
export function ExposureHistoryPanel() {
  const kind = useExposureKind();
  const unit = useExposureUnit(kind.value);
  const figures = figuresOf(kind.value);
  const { data, states, buttons } = useHistory(figures);
  const format = useFormat();
  const name = nameOf(kind.value);
  const alerts = useFiringMarks(data?.expiry);
  const table = data && historyTable(`${name} of ${data.product} over time`, data.points, figures, format);
  return (
    <Panel
      title="Exposure over time"
      note={`${name}, net, ${unit}; dealers long calls, short puts`}
      controls={
        <>
          {kind.buttons}
          {buttons}
        </>
      }
      asOf={data?.points.at(-1)?.timestamp}
      {...states}
      table={table && data && withAlerts(table, timesOf(data.points), alerts)}
    >
      {data && <Lines points={data.points} kind={kind.value} alerts={alerts} />}
    </Panel>
  );
}

interface LinesProps {
  readonly points: readonly HistoryPoint[];
  readonly kind: ExposureKind;
  readonly alerts: readonly TimeMark[];
}

function Lines({ points, kind, alerts }: LinesProps) {
  const format = useFormat();
  const series = useMemo((): Series[] => {
    const spot: Series = {
      name: 'Spot',
      kind: 'line',
      colour: 'muted',
      format: format.price,
      points: pointsOf(points, 'spot_price'),
    };
    return [
      {
        name: `${nameOf(kind)}, net`,
        kind: 'line',
        colour: 'accent',
        axis: 'left',
        format: format.figure.money,
        points: pointsOf(points, `${kind}_net`),
      },
      spot,
      ...(kind === 'gex'
        ? [
            {
              ...spot,
              name: 'Gamma flip',
              dashed: true,
              colour: 'ink',
              points: pointsOf(points, 'gamma_flip'),
            } as const,
          ]
        : []),
    ];
  }, [points, kind, format]);
  return (
    <SeriesChart
      label={`Net ${nameOf(kind)} and spot over ${points.length} instants`}
      series={series}
      alerts={alerts}
      timeZone={format.timeZone}
      height={280}
    />
  );
}
