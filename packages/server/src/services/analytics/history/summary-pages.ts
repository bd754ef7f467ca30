import { type BarInterval, type HistoryFigure, INTERVAL_MS } from '@deltastream/contracts';
import {
  cursorBefore,
  cursorFrom,
  ordered,
  type Page,
  type PageRange,
  readItems,
} from '../../../kit/responses/page.ts';
import type { FigurePoint, ListRange } from '../../../ports/stores/market/market-store.ts';
import { intervalBegin } from '../bars/interval-start.ts';
import type { ChainReader } from '../reading/reader-as-of.ts';

export interface ChainKey {
  readonly product: string;
  readonly expiry: string;
}

/**
 * The page of the snapshots of an expiry: every one, or the last of each interval. Intervals are aligned to the
 * exchange's session as bars are, and up to `limit` of those that have a snapshot are on a page.
 */
export function readSummaries<Figure extends HistoryFigure = HistoryFigure>(
  reader: Pick<ChainReader, 'summaries' | 'lastSummaries'>,
  { product, expiry }: ChainKey,
  interval: BarInterval | undefined,
  page: PageRange,
  figures?: readonly Figure[],
): Promise<Page<FigurePoint<Figure>>> {
  const summaries = (range: ListRange) => reader.summaries(product, expiry, range);
  if (interval === undefined) return readItems(page, summaries, ({ timestamp }) => timestamp);
  return lastOfIntervals(product, interval, page, {
    all: summaries,
    last: (starts, toMs) => reader.lastSummaries(product, expiry, starts, toMs, figures),
  });
}

/** Figures of a series, over time: all of them, and the last of each interval. */
export interface FigureSeries<Point> {
  readonly all: (range: ListRange) => Promise<readonly { readonly timestamp: number }[]>;
  readonly last: (starts: readonly number[], toMs: number) => Promise<Point[]>;
}

/** The page of the last figures of each interval that has any. */
export function lastOfIntervals<Point extends { readonly timestamp: number }>(
  product: string,
  interval: BarInterval,
  page: PageRange,
  series: FigureSeries<Point>,
): Promise<Page<Point>> {
  const intervals: Intervals<Point> = {
    ...series,
    lengthMs: INTERVAL_MS[interval],
    beginOf: intervalBegin(product, interval),
  };
  return page.take === 'first' ? fromTheStart(intervals, page) : fromTheEnd(intervals, page);
}

const DAY_MS = INTERVAL_MS['1d'];

interface Intervals<Point> extends FigureSeries<Point> {
  readonly lengthMs: number;
  /** First instant of the interval that an instant lies in; it never falls as the instant rises. */
  readonly beginOf: (epochMs: number) => number;
}

/** Intervals asked of the store at a time, whose seeks hold up other reads for less than 10 ms. */
const MOST_AT_ONCE = 1024;
const MOST_DAYS_AT_ONCE = 128; // To find where a day begins takes some 60 us.
const LEAST_AT_ONCE = 16; // An hour each, the night between two sessions.

/**
 * How many intervals to ask for, by how many snapshots are missing and the share of the intervals that had one in the
 * last reading: where nothing is stored at night, three of four are empty.
 */
function createWaves({ lengthMs }: Pick<Intervals<unknown>, 'lengthMs'>) {
  const most = lengthMs < DAY_MS ? MOST_AT_ONCE : MOST_DAYS_AT_ONCE;
  let share = 1;
  return {
    intervals: (missing: number) => Math.min(most, Math.max(LEAST_AT_ONCE, Math.ceil(missing / share))),
    seen(found: number, of: number) {
      share = Math.max(1 / most, found / of);
    },
  };
}

async function fromTheStart<Point extends { readonly timestamp: number }>(
  intervals: Intervals<Point>,
  page: PageRange,
): Promise<Page<Point>> {
  const { beginOf, lengthMs } = intervals;
  const { toMs, limit } = page;
  const points: Point[] = [];
  const waves = createWaves(intervals);
  let { fromMs } = page;
  let found = 0;
  while (points.length <= limit && fromMs < toMs) {
    if (found === 0) {
      // What lies between is passed over in one step.
      const [first] = await intervals.all({ fromMs, toMs, limit: 1 });
      if (first === undefined) break;
      fromMs = Math.max(fromMs, beginOf(first.timestamp));
    }
    let until = fromMs;
    let starts: number[] = [];
    // An interval goes on beyond its length where no session follows: the last one is read with those after it.
    while (starts.length < 2 && until < toMs) {
      until = Math.min(toMs, until + waves.intervals(limit + 1 - points.length) * lengthMs);
      starts = startsWithin(beginOf, fromMs, until, Number.POSITIVE_INFINITY);
    }
    fromMs = until < toMs ? (starts.pop() ?? toMs) : toMs;
    const part = await intervals.last(starts, fromMs);
    points.push(...part);
    found = part.length;
    waves.seen(found, starts.length);
  }
  if (points.length <= limit) return { items: ordered(points, page), nextCursor: null };
  const next = Math.max(page.fromMs, beginOf(points[limit].timestamp));
  return { items: ordered(points.slice(0, limit), page), nextCursor: cursorFrom(next) };
}

async function fromTheEnd<Point extends { readonly timestamp: number }>(
  intervals: Intervals<Point>,
  page: PageRange,
): Promise<Page<Point>> {
  const { beginOf } = intervals;
  const { fromMs, limit } = page;
  const parts: Point[][] = [];
  const waves = createWaves(intervals);
  let count = 0;
  let { toMs } = page;
  let found = 0;
  while (count <= limit && fromMs < toMs) {
    if (found === 0) {
      const [last] = await intervals.all({ fromMs, toMs, limit: 1, take: 'last' });
      if (last === undefined) break;
      toMs = last.timestamp + 1;
    }
    const starts = startsWithin(beginOf, fromMs, toMs, waves.intervals(limit + 1 - count));
    const part = await intervals.last(starts, toMs);
    parts.push(part);
    found = part.length;
    count += found;
    waves.seen(found, starts.length);
    [toMs] = starts;
  }
  const points = parts.reverse().flat();
  if (count <= limit) return { items: ordered(points, page), nextCursor: null };
  const items = points.slice(-limit);
  return {
    items: ordered(items, page),
    nextCursor: cursorBefore(Math.max(fromMs, beginOf(items[0].timestamp))),
  };
}

/** Where the last intervals of [from, to) begin, ascending; one that begins before the range begins with it here. */
function startsWithin(
  beginOf: (epochMs: number) => number,
  fromMs: number,
  toMs: number,
  most: number,
): number[] {
  const starts: number[] = [];
  let end = toMs;
  while (end > fromMs && starts.length < most) {
    end = Math.max(fromMs, beginOf(end - 1));
    starts.push(end);
  }
  return starts.reverse();
}
