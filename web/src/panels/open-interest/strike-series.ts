import type { ResponseOf, Routes } from '@deltastream/client';
import type { Point } from '../../charts/series.ts';

export type StrikePoint = ResponseOf<Routes['getOiByStrike']>['points'][number];
export const SIDE_CHOICES = { total: 'Calls and puts', call: 'Calls', put: 'Puts' } as const;
export type SideChoice = keyof typeof SIDE_CHOICES;

/** Lines that can be told apart. */
export const MOST_STRIKES = 5;

/** Strikes of an address, e.g. `24000,24100`: what is no strike of the chain is left out; null chooses by the money. */
export function readStrikes(text: string, listed: readonly number[]): readonly number[] | null {
  const strikes = [...new Set(text.split(',').map(Number))].filter((each) => listed.includes(each));
  return strikes.length === 0 ? null : strikes.slice(0, MOST_STRIKES).toSorted((a, b) => a - b);
}

/** Open interest of a side in contracts; of both it is null unless one at least is given. */
export function interestOf({ call_oi, put_oi }: StrikePoint, side: SideChoice): number | null {
  if (side === 'call') return call_oi;
  if (side === 'put') return put_oi;
  return call_oi === null && put_oi === null ? null : (call_oi ?? 0) + (put_oi ?? 0);
}

/** A line for each strike, in the order of the strikes. */
export function strikeSeries(points: readonly StrikePoint[], side: SideChoice): ReadonlyMap<number, Point[]> {
  const lines = new Map<number, Point[]>();
  for (const point of points.toSorted((a, b) => a.strike - b.strike)) {
    const line = lines.get(point.strike) ?? [];
    line.push({ timestamp: Date.parse(point.timestamp), value: interestOf(point, side) });
    lines.set(point.strike, line);
  }
  return lines;
}
