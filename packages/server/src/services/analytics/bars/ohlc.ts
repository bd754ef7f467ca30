import {
  type Bar,
  type BarInterval,
  INTERVAL_MS,
  LAST_INSTANT_MS,
  STORED_INTERVALS,
  type StoredInterval,
} from '@deltastream/contracts';
import { type Page, type PageRange, readItems } from '../../../kit/responses/page.ts';
import type { ListRange } from '../../../ports/stores/market/market-store.ts';
import type { BarReader } from './bars-as-of.ts';
import { intervalStart } from './interval-start.ts';
import { rollUp } from './longer-bars.ts';

/** The stored interval that longer ones are made of. */
const PART: StoredInterval = '15m';

/** The page of bars that start in its range; longer ones are aligned to the session. */
export function readBars(
  store: BarReader,
  product: string,
  interval: BarInterval,
  page: PageRange,
): Promise<Page<Bar>> {
  const read = (range: ListRange) =>
    isStored(interval) ? store.bars(product, interval, range) : readLonger(store, product, interval, range);
  return readItems(page, read, ({ start }) => start);
}

const isStored = (interval: BarInterval): interval is StoredInterval =>
  (STORED_INTERVALS as readonly BarInterval[]).includes(interval);

const PARTS_AT_ONCE = 2_000; // Some milliseconds of the event loop, which has its turn with the next read.

const DAY_MS = INTERVAL_MS['1d'];
/** A bar of a day holds what came on its day before the opening, and on the days without trade after it. */
const BEFORE_OPENING_MS = DAY_MS;
const LONGEST_CLOSURE_MS = 7 * DAY_MS; // Longer than any closure of the known venues since 2010.

/**
 * A longer bar belongs to the range by its own start, so its parts may lie beyond the range's end, those of a day's bar
 * also before its start, and parts at either end of the range may belong to a bar outside it. Parts are read from the
 * end of the range that is taken until there are as many bars as asked for: how many a bar has depends on the days
 * without trade in it.
 */
async function readLonger(
  store: BarReader,
  product: string,
  interval: BarInterval,
  { fromMs, toMs, limit, take }: ListRange,
): Promise<Bar[]> {
  const length = INTERVAL_MS[interval];
  const daily = length >= DAY_MS;
  const startOf = intervalStart(product, interval);
  const partLimit = Math.min(limit * (length / INTERVAL_MS[PART]), PARTS_AT_ONCE);
  let range = {
    fromMs: Math.max(0, fromMs - (daily ? BEFORE_OPENING_MS : 0)),
    toMs: Math.min(LAST_INSTANT_MS, toMs + length + (daily ? LONGEST_CLOSURE_MS : 0)),
  };
  let longer: Bar[] = [];
  while (true) {
    const found = await store.bars(product, PART, { ...range, limit: partLimit, take });
    // Parts of a bar at the end of a read go on in the next one.
    longer =
      take === 'last'
        ? [...rollUp([...found, ...longer.slice(0, 1)], interval, startOf), ...longer.slice(1)]
        : [...longer.slice(0, -1), ...rollUp([...longer.slice(-1), ...found], interval, startOf)];
    const ended = found.length < partLimit;
    const complete = ended ? longer : take === 'last' ? longer.slice(1) : longer.slice(0, -1);
    const inside = complete.filter(({ start }) => start >= fromMs && start < toMs);
    if (ended || inside.length >= limit)
      return take === 'last' ? inside.slice(-limit) : inside.slice(0, limit);
    range =
      take === 'last'
        ? { ...range, toMs: found[0].start }
        : { ...range, fromMs: found[found.length - 1].start + 1 };
  }
}
