import {
  cursorBefore,
  cursorFrom,
  ordered,
  type Page,
  type PageRange,
  readItems,
} from '../../../kit/responses/page.ts';
import type { ListRange, SummaryPoint } from '../../../ports/stores/market-store.ts';

type ReadSummaries = (range: ListRange) => Promise<SummaryPoint[]>;

/** Every snapshot of the page. */
export const everySnapshot = (read: ReadSummaries, page: PageRange): Promise<Page<SummaryPoint>> =>
  readItems(page, read, ({ timestamp }) => timestamp);

/** Rows read at a time while looking for the ends of intervals. */
const CHUNK = 5_000;

/**
 * The last snapshot of each interval of the page, up to `limit` intervals. `startOf` gives the start of the interval
 * that an instant lies in.
 */
export function lastOfEachInterval(
  read: ReadSummaries,
  page: PageRange,
  startOf: (epochMs: number) => number,
): Promise<Page<SummaryPoint>> {
  return page.take === 'first' ? forward(read, page, startOf) : backward(read, page, startOf);
}

async function forward(
  read: ReadSummaries,
  page: PageRange,
  startOf: (epochMs: number) => number,
): Promise<Page<SummaryPoint>> {
  const points: SummaryPoint[] = [];
  let interval = Number.NaN;
  let { fromMs } = page;
  while (true) {
    const chunk = await read({ fromMs, toMs: page.toMs, limit: CHUNK });
    for (const point of chunk) {
      const start = startOf(point.timestamp);
      if (start === interval) points[points.length - 1] = point;
      else if (points.length === page.limit)
        return { items: points, nextCursor: cursorFrom(point.timestamp) };
      else points.push(point);
      interval = start;
    }
    if (chunk.length < CHUNK) return { items: points, nextCursor: null };
    fromMs = chunk[chunk.length - 1].timestamp + 1;
  }
}

/** From the end of the range, where the first snapshot that is met in an interval is the last one of it. */
async function backward(
  read: ReadSummaries,
  page: PageRange,
  startOf: (epochMs: number) => number,
): Promise<Page<SummaryPoint>> {
  const points: SummaryPoint[] = [];
  let interval = Number.NaN;
  let { toMs } = page;
  while (true) {
    const chunk = await read({ fromMs: page.fromMs, toMs, limit: CHUNK, take: 'last' });
    for (const point of chunk.toReversed()) {
      const start = startOf(point.timestamp);
      if (start === interval) continue;
      if (points.length === page.limit) {
        return { items: ordered(points.toReversed(), page), nextCursor: cursorBefore(interval) };
      }
      points.push(point);
      interval = start;
    }
    if (chunk.length < CHUNK) return { items: ordered(points.toReversed(), page), nextCursor: null };
    toMs = chunk[0].timestamp;
  }
}
