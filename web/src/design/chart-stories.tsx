import type { EChartsCoreOption } from 'echarts/core';
import { Chart } from '../charts/chart.tsx';
import type { Point, Series } from '../charts/series.ts';
import { SeriesChart } from '../charts/series-chart.tsx';
import type { Tokens } from '../style/tokens.ts';
import type { Story } from './story.ts';

const STRIKES = Array.from({ length: 15 }, (_, i) => 24_250 + 50 * i);
const hill = (centre: number) =>
  STRIKES.map((strike) => Math.round(1_000 * Math.exp(-(((strike - centre) / 150) ** 2))));

const bars = (tokens: Tokens): EChartsCoreOption => ({
  xAxis: { type: 'category', data: STRIKES, name: 'Strike', nameGap: 26 },
  yAxis: { type: 'value', name: 'Contracts', nameGap: 44 },
  series: [
    { name: 'Calls', type: 'bar', color: tokens['call-strong'], data: hill(24_750) },
    { name: 'Puts', type: 'bar', color: tokens['put-strong'], data: hill(24_450) },
  ],
});

const START_MS = Date.UTC(2026, 7, 19, 3, 45);
const MINUTES = 60;
const wave = (height: number, phase: number): Point[] =>
  Array.from({ length: MINUTES }, (_, i) => ({
    timestamp: START_MS + i * 60_000,
    value: i === 20 ? null : height * (1 + 0.1 * Math.sin(i / 8 + phase)),
  }));
const two = (value: number) => value.toFixed(2);
const LINES: readonly Series[] = [
  { kind: 'line', name: 'PCR', colour: 'accent', axis: 'left', format: two, points: wave(1, 0) },
  { kind: 'line', name: 'Spot', colour: 'muted', dashed: true, format: two, points: wave(24_600, 1) },
  {
    kind: 'candles',
    name: 'Price',
    colour: 'up',
    pane: 1,
    format: two,
    candles: wave(100, 2).map(({ timestamp, value }, i) => {
      const open = value ?? 100;
      const close = open + 4 * Math.sin(i);
      return { timestamp, open, close, high: Math.max(open, close) + 1, low: Math.min(open, close) - 1 };
    }),
  },
];

export const CHART_STORIES: readonly Story[] = [
  {
    name: 'bars over strikes',
    wide: true,
    shown: <Chart label="Bars over strikes" option={bars} height={260} />,
  },
  {
    name: 'lines and candles over time, with their legend',
    wide: true,
    shown: <SeriesChart label="Lines over time" series={LINES} timeZone="Asia/Kolkata" height={260} />,
  },
];
