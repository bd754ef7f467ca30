import type { HistoryFigure } from '@deltastream/client';
import { useMemo } from 'react';
import type { Series } from '../../charts/series.ts';
import { SeriesChart } from '../../charts/series-chart.tsx';
import { Panel } from '../../panel/panel.tsx';
import { type HistoryPoint, historyTable, pointsOf, useHistory } from '../../panel/use-history.tsx';
import { useFormat } from '../../preferences/use-preferences.tsx';
import { type ExposureKind, nameOf, unitOf, useExposureKind } from './exposure-kind.tsx';

const figuresOf = (kind: ExposureKind): readonly HistoryFigure[] => [
  `${kind}_net`,
  'spot_price',
  ...(kind === 'gex' ? (['gamma_flip'] as const) : []),
];

/** The total of an exposure over the day or the week, and the spot that it was taken at. */
export function ExposureHistoryPanel() {
  const kind = useExposureKind();
  const figures = figuresOf(kind.value);
  const { data, states, buttons } = useHistory(figures);
  const format = useFormat();
  const name = nameOf(kind.value);
  return (
    <Panel
      title="Exposure over time"
      note={`${name}, net, ${unitOf(kind.value)}; dealers long calls, short puts`}
      controls={
        <>
          {kind.buttons}
          {buttons}
        </>
      }
      asOf={data?.points.at(-1)?.timestamp}
      {...states}
      table={data && historyTable(`${name} of ${data.product} over time`, data.points, figures, format)}
    >
      {data && <Lines points={data.points} kind={kind.value} />}
    </Panel>
  );
}

function Lines({ points, kind }: { readonly points: readonly HistoryPoint[]; readonly kind: ExposureKind }) {
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
      timeZone={format.timeZone}
      height={280}
    />
  );
}
