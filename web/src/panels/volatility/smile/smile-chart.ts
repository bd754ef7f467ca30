import type { EChartsCoreOption } from 'echarts/core';
import type { Format } from '../../../format/format.ts';
import type { Tokens } from '../../../style/tokens.ts';
import { deltaName, type Place, positionOn, type SmileAxis } from './smile-axis.ts';
import {
  arbitrageOf,
  outOfTheMoney,
  type SmileLine,
  type SmilePoint,
  volatilityRange,
} from './smile-data.ts';

/** Colour is not alone in telling expiries apart. */
const SYMBOLS = ['circle', 'rect', 'triangle', 'diamond', 'emptyCircle'] as const;
const COLOURS = ['series-1', 'series-2', 'series-3', 'series-4', 'series-5'] as const;

/** Points with the volatilities of their quotes, fitted curves with their arbitrage, and the curves of the previous close. */
export function smileOption(
  lines: readonly SmileLine[],
  axis: SmileAxis,
  format: Format,
  tokens: Tokens,
): EChartsCoreOption {
  const range = volatilityRange(lines);
  return {
    tooltip: { trigger: 'item' },
    legend: { type: 'scroll' },
    grid: { top: 36, bottom: 12, right: 16 },
    xAxis: xAxisOf(axis, format),
    yAxis: {
      type: 'value',
      name: 'IV',
      min: range?.[0],
      max: range?.[1],
      axisLabel: { formatter: format.figure.volatility, showMinLabel: false, showMaxLabel: false },
      // The ends are those of the points, no round numbers.
      splitLine: { showMinLine: false, showMaxLine: false },
    },
    // With a key held, so that the page still scrolls.
    dataZoom: [{ type: 'inside', filterMode: 'none', zoomOnMouseWheel: 'ctrl', moveOnMouseWheel: false }],
    series: lines.flatMap((line, i) => seriesOf(line, axis, format, tokens, i)),
  };
}

function xAxisOf(axis: SmileAxis, format: Format): object {
  const common = { type: 'value', scale: true, nameGap: 26, splitLine: { show: false } };
  if (axis === 'strike') return { ...common, name: 'Strike', axisLabel: { formatter: format.strike } };
  if (axis === 'moneyness') {
    return { ...common, name: 'ln(strike / forward)', axisLabel: { formatter: format.figure.fraction } };
  }
  const label = { formatter: deltaName };
  return { ...common, name: 'Delta', inverse: true, min: 0, max: 1, interval: 0.1, axisLabel: label };
}

function seriesOf(
  { smile, previousClose }: SmileLine,
  axis: SmileAxis,
  format: Format,
  tokens: Tokens,
  index: number,
): object[] {
  const name = format.expiry(smile.expiry);
  const color = tokens[COLOURS[index % COLOURS.length]];
  const { year_fraction: years } = smile;
  const points = outOfTheMoney(smile).flatMap((point) => {
    const x = positionOn(axis, point, years);
    return x === null ? [] : [{ x, point }];
  });
  const curve = (places: readonly Place[], yearFraction: number) =>
    places.flatMap((place) => {
      const x = positionOn(axis, place, yearFraction);
      return x === null ? [] : [[x, place.iv]];
    });
  const line = { type: 'line', name, color, showSymbol: false, silent: true };
  return [
    {
      type: 'custom',
      name,
      color,
      silent: true,
      clip: true,
      encode: { x: 0, y: [1, 2] },
      data: points.flatMap(({ x, point: { bid_iv, ask_iv } }) =>
        bid_iv === null || ask_iv === null ? [] : [[x, bid_iv, ask_iv]],
      ),
      renderItem: quoteBar(color),
    },
    {
      type: 'scatter',
      name,
      color,
      symbol: SYMBOLS[index % SYMBOLS.length],
      symbolSize: 6,
      data: points.flatMap(({ x, point }) => (point.iv === null ? [] : [{ value: [x, point.iv], point }])),
      tooltip: {
        formatter: ({ data }: { data: { point: SmilePoint } }) => pointText(name, data.point, format),
      },
    },
    {
      ...line,
      data: curve(smile.curve, years),
      lineStyle: { width: 2 },
      markArea: marksOf(smile, axis, tokens),
    },
    {
      ...line,
      data: previousClose ? curve(previousClose.curve, previousClose.year_fraction) : [],
      lineStyle: { width: 1.5, type: 'dashed', opacity: 0.7 },
    },
  ];
}

/** Stretches of arbitrage, with their name; on the axis of delta by the volatility of the curve there. */
function marksOf(smile: SmileLine['smile'], axis: SmileAxis, tokens: Tokens): object {
  const { forward, curve, year_fraction } = smile;
  const at = (log_moneyness: number): number | null => {
    const place = curve.findLast((each) => each.log_moneyness <= log_moneyness) ?? curve[0];
    if (!place || forward === null) return null;
    const strike = forward * Math.exp(log_moneyness);
    return positionOn(axis, { strike, log_moneyness, iv: place.iv }, year_fraction);
  };
  const data = (arbitrageOf(smile) ?? []).flatMap(({ name, from, to }) => {
    const [start, end] = [at(from), at(to)];
    return start === null || end === null ? [] : [[{ name, xAxis: start }, { xAxis: end }]];
  });
  return {
    silent: true,
    itemStyle: { color: tokens.down, opacity: 0.15 },
    label: { color: tokens.down, position: 'insideTop' },
    data,
  };
}

interface CustomApi {
  value(dimension: number): number;
  coord(point: readonly [number, number]): [number, number];
}
const CAP_PX = 2;

/** From the volatility of the bid to that of the ask. */
const quoteBar = (color: string) => (_: unknown, api: CustomApi) => {
  const x = api.value(0);
  const [left, bottom] = api.coord([x, api.value(1)]);
  const [, top] = api.coord([x, api.value(2)]);
  const style = { stroke: color, opacity: 0.55, lineWidth: 1 };
  const segment = (x1: number, y1: number, x2: number, y2: number) => ({
    type: 'line',
    shape: { x1, y1, x2, y2 },
    style,
  });
  return {
    type: 'group',
    children: [
      segment(left, bottom, left, top),
      segment(left - CAP_PX, bottom, left + CAP_PX, bottom),
      segment(left - CAP_PX, top, left + CAP_PX, top),
    ],
  };
};

function pointText(expiry: string, point: SmilePoint, format: Format): string {
  const iv = (value: number | null) => (value === null ? '–' : format.figure.volatility(value));
  return [
    `${expiry}, ${format.strike(point.strike)} ${point.side}`,
    `IV ${iv(point.iv)}, bid ${iv(point.bid_iv)}, ask ${iv(point.ask_iv)}`,
    `fit ${iv(point.fitted_iv)}`,
  ].join('\n');
}
