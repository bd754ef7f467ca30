import {
  CandlestickSeries,
  createChart,
  HistogramSeries,
  type IChartApi,
  type ISeriesApi,
  LineSeries,
  type UTCTimestamp,
} from 'lightweight-charts';
import { useCallback, useEffect, useRef } from 'react';
import { useChartImage } from '../panel/panel-chart.tsx';
import { type Tokens, useTokens } from '../style/tokens.ts';

/** A point of a line or a bar: `value`, or nothing where there is none. Time in UTC milliseconds. */
export interface Point {
  readonly timestamp: number;
  readonly value: number | null;
}

export interface Candle {
  readonly timestamp: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
}

interface Drawn {
  readonly name: string;
  readonly colour: keyof Tokens;
  /** Panes lie below each other and share the time; 0 is the first. */
  readonly pane?: number;
  readonly axis?: 'left' | 'right';
  readonly format?: (value: number) => string;
}

export type Series =
  | (Drawn & { readonly kind: 'line' | 'histogram'; readonly points: readonly Point[] })
  | (Drawn & { readonly kind: 'candles'; readonly candles: readonly Candle[] });

interface SeriesChartProps {
  readonly label: string;
  readonly series: readonly Series[];
  /** IANA name of the zone that times are shown in. */
  readonly timeZone: string;
  readonly height?: number;
}

const KINDS = { line: LineSeries, histogram: HistogramSeries, candles: CandlestickSeries } as const;

/** Candles, lines and bars over time. Its panel has the same figures as a table. */
export function SeriesChart({ label, series, timeZone, height = 320 }: SeriesChartProps) {
  const element = useRef<HTMLDivElement>(null);
  const chart = useRef<IChartApi | null>(null);
  const drawn = useRef<ISeriesApi<keyof typeof KINDS extends never ? never : 'Line'>[]>([]);
  const tokens = useTokens();
  const shape = series.map(({ name, kind, pane = 0 }) => `${name} ${kind} ${pane}`).join('\n');

  // biome-ignore lint/correctness/useExhaustiveDependencies: another shape is another chart.
  useEffect(() => {
    const made = createChart(element.current as HTMLDivElement, {
      autoSize: true,
      ...layout(tokens, timeZone),
    });
    chart.current = made;
    drawn.current = series.map((each) =>
      made.addSeries(KINDS[each.kind] as typeof LineSeries, styleOf(each, tokens), each.pane ?? 0),
    );
    setData(drawn.current, series);
    made.timeScale().fitContent();
    return () => {
      made.remove();
      chart.current = null;
    };
  }, [shape, tokens, timeZone]);

  useEffect(() => setData(drawn.current, series), [series]);

  useChartImage(useCallback(() => (chart.current as IChartApi).takeScreenshot(), []));
  return <div ref={element} role="img" aria-label={label} className="chart-canvas" style={{ height }} />;
}

const layout = (tokens: Tokens, timeZone: string) => {
  const clock = new Intl.DateTimeFormat('en-GB', { timeZone, dateStyle: 'medium', timeStyle: 'short' });
  const tick = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' });
  const day = new Intl.DateTimeFormat('en-GB', { timeZone, day: 'numeric', month: 'short' });
  const time = (seconds: unknown) => new Date(Number(seconds) * 1_000);
  return {
    layout: {
      background: { color: 'transparent' },
      textColor: tokens.muted,
      fontFamily: 'system-ui, sans-serif',
      fontSize: 11,
      attributionLogo: false,
      panes: { separatorColor: tokens.line },
    },
    grid: { vertLines: { color: tokens.line }, horzLines: { color: tokens.line } },
    leftPriceScale: { borderColor: tokens.line },
    rightPriceScale: { borderColor: tokens.line },
    localization: { timeFormatter: (seconds: unknown) => clock.format(time(seconds)) },
    timeScale: {
      borderColor: tokens.line,
      timeVisible: true,
      // Kinds 0 to 2 are years, months and days.
      tickMarkFormatter: (seconds: unknown, kind: number) => (kind <= 2 ? day : tick).format(time(seconds)),
    },
  };
};

function styleOf(series: Series, tokens: Tokens) {
  const { axis = 'right', format } = series;
  const common = {
    title: series.name,
    priceScaleId: axis,
    priceLineVisible: false,
    ...(format && { priceFormat: { type: 'custom' as const, formatter: format, minMove: 1e-6 } }),
  };
  if (series.kind !== 'candles') return { ...common, color: tokens[series.colour], lineWidth: 2 as const };
  const { up, down } = tokens;
  return {
    ...common,
    upColor: up,
    downColor: down,
    wickUpColor: up,
    wickDownColor: down,
    borderVisible: false,
  };
}

function setData(drawn: readonly ISeriesApi<'Line'>[], series: readonly Series[]): void {
  series.forEach((each, i) => {
    const data =
      each.kind === 'candles'
        ? each.candles.map(({ timestamp, ...candle }) => ({ time: seconds(timestamp), ...candle }))
        : each.points.map(({ timestamp, value }) =>
            value === null ? { time: seconds(timestamp) } : { time: seconds(timestamp), value },
          );
    drawn[i]?.setData(data as never);
  });
}

const seconds = (milliseconds: number): UTCTimestamp => (milliseconds / 1_000) as UTCTimestamp;
