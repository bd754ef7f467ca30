import type { ResponseOf, Routes } from '@deltastream/client';
import { type Level, markLines, placeMarks, topOf } from '../../charts/level-marks.ts';
import { strikeAxis } from '../../charts/strike-axis.ts';
import type { Format } from '../../format/format.ts';
import type { Tokens } from '../../style/tokens.ts';
import type { Levels } from '../levels/use-levels.ts';
import { type ExposureKind, nameOf } from './exposure-kind.tsx';

export type Exposure = ResponseOf<Routes['getExposure']>;

/** Exposure of both sides of a strike, each with its sign under the model. */
export const netOf = (strike: Exposure['strikes'][number], kind: ExposureKind): number =>
  strike[`${kind}_call`] + strike[`${kind}_put`];

/** What is marked among the strikes; walls and flip are of gamma alone. */
function levelsOf(data: Exposure, kind: ExposureKind, levels: Levels): readonly Level[] {
  const spot: Level = { name: 'Spot', value: data.underlying_price, colour: 'accent' };
  if (kind !== 'gex') return [spot];
  return [
    spot,
    { name: 'Call wall', value: data.call_wall_strike, colour: 'call-strong' },
    { name: 'Put wall', value: data.put_wall_strike, colour: 'put-strong' },
    // The flip is that of dealers who are long the calls and short the puts.
    { name: 'Flip', value: data.model === 'all_long' ? null : levels.gamma_flip, colour: 'ink' },
  ];
}

/** Calls and puts from 0 upwards and downwards, and their sum as points. */
export function exposureOption(data: Exposure, kind: ExposureKind, levels: Levels, format: Format) {
  const { strikes } = data;
  const axis = strikeAxis(
    strikes.map(({ strike }) => strike),
    format.strike,
  );
  const tooltip = { valueFormatter: (value: unknown) => format.figure.money(Number(value)) };
  return (tokens: Tokens, width: number) => {
    const marks = placeMarks(levelsOf(data, kind, levels), axis.min, axis.max, width);
    return {
      grid: { right: 24, top: topOf(marks) },
      xAxis: axis,
      yAxis: { type: 'value', axisLabel: { formatter: format.figure.money } },
      series: [
        {
          name: 'Calls',
          type: 'bar',
          stack: 'sides',
          color: tokens['call-strong'],
          data: strikes.map((each) => [each.strike, each[`${kind}_call`]]),
          tooltip,
          markLine: markLines(marks, tokens, format),
        },
        {
          name: 'Puts',
          type: 'bar',
          stack: 'sides',
          color: tokens['put-strong'],
          data: strikes.map((each) => [each.strike, each[`${kind}_put`]]),
          tooltip,
        },
        {
          name: 'Net',
          type: 'line',
          color: tokens.ink,
          symbol: 'circle',
          symbolSize: 5,
          lineStyle: { width: 1.5 },
          data: strikes.map((each) => [each.strike, netOf(each, kind)]),
          tooltip,
        },
      ],
    };
  };
}

/** What a screen reader says of the drawing. */
export function exposureLabel(data: Exposure, kind: ExposureKind, levels: Levels, format: Format): string {
  const net = data.totals?.[`${kind}_net`] ?? null;
  const marked = levelsOf(data, kind, levels)
    .filter(({ value }) => value !== null)
    .map(({ name, value }) => `${name} ${format.strike(value as number)}`);
  const total = net === null ? 'no total' : `net ${format.figure.money(net)}`;
  return `${nameOf(kind)} of calls and puts over ${data.count} strikes: ${[total, ...marked].join(', ')}`;
}
