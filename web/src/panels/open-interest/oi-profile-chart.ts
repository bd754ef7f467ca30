import type { ResponseOf, Routes } from '@deltastream/client';
import { type Level, markLines, placeMarks, topOf } from '../../charts/level-marks.ts';
import { strikeAxis } from '../../charts/strike-axis.ts';
import type { Format } from '../../format/format.ts';
import type { Tokens } from '../../style/tokens.ts';
import type { Levels } from '../levels/use-levels.ts';

export type OiChange = ResponseOf<Routes['getOiChange']>;
type Strike = OiChange['strikes'][number];

/** What is marked among the strikes, the first name first where several are at one. */
const levelsOf = (levels: Levels): readonly Level[] => [
  { name: 'Spot', value: levels.spot_price, colour: 'accent' },
  { name: 'ATM', value: levels.atm_strike, colour: 'ink' },
  { name: 'Max pain', value: levels.max_pain_strike, colour: 'ink' },
  { name: 'Most calls', value: levels.resistance_strike, colour: 'call-strong' },
  { name: 'Most puts', value: levels.support_strike, colour: 'put-strong' },
];

/** The numbers of the bars: calls above 0 and puts below it; a change has its own sign, so both stand upright. */
export function barsOf(strikes: readonly Strike[], isChange: boolean) {
  return isChange
    ? {
        calls: strikes.map(({ strike, call_oi_change }) => [strike, call_oi_change] as const),
        puts: strikes.map(({ strike, put_oi_change }) => [strike, put_oi_change] as const),
      }
    : {
        calls: strikes.map(({ strike, call_oi }) => [strike, call_oi] as const),
        puts: strikes.map(({ strike, put_oi }) => [strike, put_oi === null ? null : -put_oi] as const),
      };
}

/** Open interest mirrored at 0, or its change as bars beside each other. */
export function oiProfileOption(
  strikes: readonly Strike[],
  isChange: boolean,
  levels: Levels,
  format: Format,
) {
  const { calls, puts } = barsOf(strikes, isChange);
  const axis = strikeAxis(
    strikes.map(({ strike }) => strike),
    format.strike,
  );
  const shown = (value: number) => format.roughly(isChange ? value : Math.abs(value));
  const series = (tokens: Tokens, side: 'call' | 'put') => ({
    name: side === 'call' ? 'Calls' : 'Puts',
    type: 'bar',
    // Of one stack they share the place of their strike: one above 0, the other below.
    stack: isChange ? undefined : 'mirrored',
    color: tokens[`${side}-strong`],
    data: side === 'call' ? calls : puts,
    tooltip: {
      valueFormatter: (value: unknown) => (typeof value === 'number' ? shown(value) : '–'),
    },
  });
  return (tokens: Tokens, width: number) => {
    const marks = placeMarks(levelsOf(levels), axis.min, axis.max, width);
    return {
      grid: { right: 24, top: topOf(marks) },
      xAxis: axis,
      yAxis: { type: 'value', axisLabel: { formatter: shown } },
      series: [
        { ...series(tokens, 'call'), markLine: markLines(marks, tokens, format) },
        series(tokens, 'put'),
      ],
    };
  };
}

/** What a screen reader says of the drawing. */
export function oiProfileLabel(data: OiChange, isChange: boolean, levels: Levels, format: Format): string {
  const { contracts } = format.figure;
  const said = (name: string, value: number | null, as: (value: number) => string) =>
    value === null ? [] : [`${name} ${as(value)}`];
  const figures = isChange
    ? [...said('calls', data.call_oi_change, contracts), ...said('puts', data.put_oi_change, contracts)]
    : levelsOf(levels).flatMap(({ name, value }) => said(name, value, format.strike));
  const what = isChange ? 'Change of open interest' : 'Open interest';
  return `${what} of calls and puts over ${data.count} strikes; ${figures.join(', ')}`;
}
