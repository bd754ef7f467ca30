import { cursorAt } from '../../kit/page.ts';
import type { SummaryPoint, TimeRange } from '../../ports/market-store.ts';

type ReadSummaries = (range: TimeRange) => Promise<SummaryPoint[]>;

export interface SummaryPage {
  readonly points: readonly SummaryPoint[];
  readonly nextCursor: string | null;
}

/** Every snapshot of the range, up to its limit. */
export async function everySnapshot(read: ReadSummaries, range: TimeRange): Promise<SummaryPage> {
  const points = await read({ ...range, limit: range.limit + 1 });
  const next = points[range.limit];
  return { points: points.slice(0, range.limit), nextCursor: next ? cursorAt(next.timestamp) : null };
}

/** Rows read at a time while looking for the ends of intervals. */
const CHUNK = 5_000;

/**
 * The last snapshot of each interval of the range, up to `limit` intervals. `startOf` gives the start of
 * the interval that an instant lies in.
 */
export async function lastOfEachInterval(
  read: ReadSummaries,
  range: TimeRange,
  startOf: (epochMs: number) => number,
): Promise<SummaryPage> {
  const points: SummaryPoint[] = [];
  let interval = Number.NaN;
  let fromMs = range.fromMs;
  while (true) {
    const chunk = await read({ fromMs, toMs: range.toMs, limit: CHUNK });
    for (const point of chunk) {
      const start = startOf(point.timestamp);
      if (start === interval) points[points.length - 1] = point;
      else if (points.length === range.limit) return { points, nextCursor: cursorAt(point.timestamp) };
      else points.push(point);
      interval = start;
    }
    if (chunk.length < CHUNK) return { points, nextCursor: null };
    fromMs = chunk[chunk.length - 1].timestamp + 1;
  }
}
