import {
  CandlestickSeries,
  createChart,
  createSeriesMarkers,
  HistogramSeries,
  type IChartApi,
  type ISeriesApi,
  type ISeriesMarkersPluginApi,
  LineSeries,
  LineStyle,
  type Time,
  type UTCTimestamp,
} from 'lightweight-charts';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { heightStyle, useChartImage } from '../panel/panel-chart.tsx';
import { type Tokens, useTokens } from '../style/tokens.ts';
import { type Series, withoutRepeats } from './series.ts';
import { SeriesLegend } from './series-legend.tsx';
import { alertsText, type PlacedMarks, placeMarks, type TimeMark, timestampsOf } from './time-marks.ts';

interface SeriesChartProps {
  readonly label: string;
  readonly series: readonly Series[];
  /** IANA name of the zone that times are shown in. */
  readonly timeZone: string;
  readonly height?: number;
  /** Alerts that fired, marked on the first series; the table of the panel names them, too. */
  readonly alerts?: readonly TimeMark[];
}

const NO_ALERTS: readonly TimeMark[] = [];
const KINDS = { line: LineSeries, histogram: HistogramSeries, candles: CandlestickSeries } as const;

/** Candles, lines and bars over time. Its panel has the same figures as a table. */
export function SeriesChart({ label, series, timeZone, height = 320, alerts = NO_ALERTS }: SeriesChartProps) {
  const element = useRef<HTMLDivElement>(null);
  const chart = useRef<IChartApi | null>(null);
  const drawn = useRef<ISeriesApi<'Line'>[]>([]);
  const markers = useRef<ISeriesMarkersPluginApi<Time> | null>(null);
  const tokens = useTokens();
  const [hovered, setHovered] = useState<number | null>(null);
  const shape = series.map((each) => [each.name, each.kind, each.pane, each.axis].join(' ')).join('\n');
  const start = startOf(series);
  const [marked] = series;
  const placed = useMemo(
    () =>
      marked === undefined
        ? placeMarks([], [], 'instant')
        : placeMarks(alerts, timestampsOf(marked), marked.kind === 'candles' ? 'start' : 'instant'),
    [alerts, marked],
  );

  // biome-ignore lint/correctness/useExhaustiveDependencies: another shape is another chart.
  useEffect(() => {
    const made = createChart(element.current as HTMLDivElement, {
      autoSize: true,
      ...layout(tokens, timeZone, series),
    });
    chart.current = made;
    drawn.current = series.map((each) =>
      made.addSeries(KINDS[each.kind] as typeof LineSeries, styleOf(each, tokens), each.pane ?? 0),
    );
    markers.current = drawn.current[0] ? createSeriesMarkers(drawn.current[0]) : null;
    made.subscribeCrosshairMove(({ time }) => setHovered(time === undefined ? null : Number(time) * 1_000));
    return () => {
      made.remove();
      chart.current = null;
    };
  }, [shape, tokens, timeZone]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another chart has no data yet.
  useEffect(() => setData(drawn.current, series), [series, shape, tokens, timeZone]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another chart has no marks yet.
  useEffect(() => {
    const size = markSize(marked === undefined ? 0 : timestampsOf(marked).length);
    markers.current?.setMarkers(markersOf(placed, tokens, size));
  }, [placed, shape, tokens, timeZone]);

  // Figures that begin elsewhere are other figures: they are shown from end to end. Newer ones move nothing.
  // biome-ignore lint/correctness/useExhaustiveDependencies: as above.
  useEffect(() => chart.current?.timeScale().fitContent(), [start, shape, tokens, timeZone]);

  useChartImage(useCallback(() => (chart.current as IChartApi).takeScreenshot(), []));
  return (
    <>
      <SeriesLegend series={series} tokens={tokens} hovered={hovered} alerts={placed} />
      <div
        ref={element}
        role="img"
        aria-label={label + alertsText(placed)}
        className="chart-canvas"
        style={heightStyle(height)}
      />
    </>
  );
}

const startOf = ([first]: readonly Series[]): number | null => (first && timestampsOf(first).at(0)) ?? null;

/** Points that are so few lie far apart, and the library draws marks as wide as there is room. */
const FEW_POINTS = 60;

const markSize = (points: number): number => (points < FEW_POINTS ? 0.4 : 1);

/** A circle, as an arrow would say buy or sell; with how many there are where they are several. */
const markersOf = (placed: ReadonlyMap<number, PlacedMarks>, tokens: Tokens, size: number) =>
  [...placed.values()].map(({ timestamp, texts }) => ({
    time: seconds(timestamp),
    position: 'aboveBar' as const,
    shape: 'circle' as const,
    color: tokens.ink,
    size,
    ...(texts.length > 1 && { text: String(texts.length) }),
  }));

const layout = (tokens: Tokens, timeZone: string, series: readonly Series[]) => {
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
    leftPriceScale: {
      borderColor: tokens.line,
      entireTextOnly: true,
      visible: series.some(({ axis }) => axis === 'left'),
    },
    rightPriceScale: { borderColor: tokens.line, entireTextOnly: true },
    // The wheel scrolls the page; a chart is moved by dragging it, and its scales by dragging them.
    handleScroll: { mouseWheel: false },
    handleScale: { mouseWheel: false },
    localization: { timeFormatter: (seconds: unknown) => clock.format(time(seconds)) },
    timeScale: {
      borderColor: tokens.line,
      timeVisible: true,
      // The text of the first date stands beside the edge that would cut it.
      fixLeftEdge: true,
      // Half of the text of a date, which the edge would cut at the newest figure.
      rightOffsetPixels: 24,
      // Kinds 0 to 2 are years, months and days.
      tickMarkFormatter: (seconds: unknown, kind: number) => (kind <= 2 ? day : tick).format(time(seconds)),
    },
  };
};

function styleOf(series: Series, tokens: Tokens) {
  const { axis = 'right', format } = series;
  const common = {
    priceScaleId: axis,
    priceLineVisible: false,
    ...(format && { priceFormat: priceFormatOf(format) }),
  };
  if (series.kind !== 'candles')
    return {
      ...common,
      color: tokens[series.colour],
      lineWidth: 2 as const,
      lineStyle: series.dashed ? LineStyle.Dashed : LineStyle.Solid,
    };
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

const priceFormatOf = (format: (value: number) => string) => ({
  type: 'custom' as const,
  formatter: format,
  tickmarksFormatter: (values: readonly number[]) => withoutRepeats(values.map(format)),
  minMove: 1e-6,
});

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
