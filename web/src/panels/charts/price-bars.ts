import type { BarUpdate, HistoryFigure, ResponseOf, Routes } from '@deltastream/client';

export type Bar = ResponseOf<Routes['getOhlc']>['bars'][number];
export type Interval = ResponseOf<Routes['getOhlc']>['interval'];
type HistoryPoint = ResponseOf<Routes['getHistory']>['points'][number];

const MINUTE_MS = 60_000;
/** Words on the buttons, and the longest that a bar takes. */
export const INTERVALS: Readonly<Record<Interval, { readonly title: string; readonly ms: number }>> = {
  '1m': { title: '1 min', ms: MINUTE_MS },
  '5m': { title: '5 min', ms: 5 * MINUTE_MS },
  '15m': { title: '15 min', ms: 15 * MINUTE_MS },
  '1h': { title: '1 h', ms: 60 * MINUTE_MS },
  '1d': { title: '1 d', ms: 24 * 60 * MINUTE_MS },
};

export const isInterval = (name: string): name is Interval => Object.hasOwn(INTERVALS, name);

/** Stored bars with the live one: in the place of the stored one of its start, or after the last. */
export function withLiveBar(
  stored: readonly Bar[],
  live: Pick<BarUpdate, keyof Bar | 'partial'> | null,
): readonly Bar[] {
  if (live === null) return stored;
  const { start, open, high, low, close } = live;
  const bar = { start, open, high, low, close };
  const at = stored.findIndex((each) => Date.parse(each.start) >= Date.parse(start));
  if (at < 0) return [...stored, bar];
  const same = stored[at];
  if (Date.parse(same.start) !== Date.parse(start)) return stored;
  // Of a partial one the first ticks are missing; what is stored has them.
  const complete = live.partial
    ? { ...bar, open: same.open, high: Math.max(high, same.high), low: Math.min(low, same.low) }
    : bar;
  return stored.with(at, complete);
}

/**
 * A figure by the bars: of each bar the last snapshot within it, null where it has none, so that figures and bars
 * stand on the same instants.
 */
export function figureByBar(
  bars: readonly Bar[],
  points: readonly HistoryPoint[],
  figure: HistoryFigure,
  intervalMs: number,
): readonly (number | null)[] {
  let next = 0;
  return bars.map(({ start }, i) => {
    const from = Date.parse(start);
    const following = i + 1 < bars.length ? Date.parse(bars[i + 1].start) : Number.POSITIVE_INFINITY;
    const end = Math.min(from + intervalMs, following);
    let value: number | null = null;
    for (; next < points.length; next++) {
      const timestamp = Date.parse(points[next].timestamp);
      if (timestamp >= end) break;
      if (timestamp >= from) value = points[next][figure] ?? null;
    }
    return value;
  });
}
