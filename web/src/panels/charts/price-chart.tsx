import { CHAIN_FIGURES } from '@deltastream/client';
import { useMemo } from 'react';
import type { Series } from '../../charts/series.ts';
import { SeriesChart } from '../../charts/series-chart.tsx';
import type { TimeMark } from '../../charts/time-marks.ts';
import { useFormat } from '../../preferences/use-preferences.tsx';
import type { Tokens } from '../../style/tokens.ts';
import { axisOf, type ChartedFigure } from './charted-figures.ts';
import type { Bar } from './price-bars.ts';

/** A figure with its value of each bar. */
export interface Column {
  readonly figure: ChartedFigure;
  readonly values: readonly (number | null)[];
}

interface PriceChartProps {
  readonly product: string;
  readonly bars: readonly Bar[];
  readonly columns: readonly Column[];
  readonly alerts: readonly TimeMark[];
}

const HEIGHT = 360;
const PANE_HEIGHT = 140;
const COLOURS: readonly (keyof Tokens)[] = ['accent', 'warn', 'muted', 'call-strong', 'put-strong'];

/** Calls and puts have their colours everywhere. */
function colourOf(name: string, at: number): keyof Tokens {
  if (name.includes('call')) return 'call-strong';
  if (name.includes('put')) return 'put-strong';
  return COLOURS[at % COLOURS.length];
}

const panesOf = (columns: readonly Column[]) =>
  columns.filter(({ figure }) => figure.place === 'pane').map(({ figure }) => figure.name);

/** Candles, figures over them, and one pane below for each other figure. */
export function PriceChart({ product, bars, columns, alerts }: PriceChartProps) {
  const format = useFormat();
  const series = useMemo((): Series[] => {
    const panes = panesOf(columns);
    return [
      {
        kind: 'candles',
        name: product,
        colour: 'up',
        format: format.price,
        candles: bars.map(({ start, ...prices }) => ({ timestamp: Date.parse(start), ...prices })),
      },
      ...columns.map(
        ({ figure, values }, at): Series => ({
          kind: 'line',
          name: CHAIN_FIGURES[figure.name].title,
          colour: colourOf(figure.name, at),
          pane: figure.place === 'overlay' ? 0 : 1 + panes.indexOf(figure.name),
          axis: axisOf(figure),
          format: format.figure[CHAIN_FIGURES[figure.name].format],
          points: bars.map(({ start }, i) => ({ timestamp: Date.parse(start), value: values[i] ?? null })),
        }),
      ),
    ];
  }, [product, bars, columns, format]);
  const last = bars.at(-1);
  const names = columns.map(({ figure }) => CHAIN_FIGURES[figure.name].title).join(', ');
  return (
    <SeriesChart
      label={`Price of ${product} in ${bars.length} bars, last ${last ? format.price(last.close) : 'none'}${
        names && `; with ${names}`
      }`}
      series={series}
      alerts={alerts}
      timeZone={format.timeZone}
      height={HEIGHT + PANE_HEIGHT * panesOf(columns).length}
    />
  );
}
