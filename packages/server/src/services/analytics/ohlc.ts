import {
  type Bar,
  type BarInterval,
  INTERVAL_MS,
  STORED_INTERVALS,
  type StoredInterval,
} from '@deltastream/contracts';
import { type Page, type PageRange, readItems } from '../../kit/page.ts';
import type { ListRange, MarketReader } from '../../ports/market-store.ts';
import { intervalStart } from './interval-start.ts';
import { rollUp } from './longer-bars.ts';

/** The stored interval that longer ones are made of. */
const PART: StoredInterval = '15m';

/** The page of bars that start in its range; longer ones are aligned to the session. */
export function readBars(
  store: MarketReader,
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

/**
 * A longer bar belongs to the range by its own start, so its parts may lie beyond the range's end, and
 * parts at the range's beginning may belong to a bar before it. Read from the end, the limit may cut the earliest
 * bar in two: such a bar is left out.
 */
async function readLonger(
  store: MarketReader,
  product: string,
  interval: BarInterval,
  { fromMs, toMs, limit, take }: ListRange,
): Promise<Bar[]> {
  const length = INTERVAL_MS[interval];
  const partLimit = (limit + 2) * (length / INTERVAL_MS[PART]);
  const parts = await store.bars(product, PART, { fromMs, toMs: toMs + length, limit: partLimit, take });
  const longer = rollUp(parts, interval, intervalStart(product, interval));
  const complete = take === 'last' && parts.length === partLimit ? longer.slice(1) : longer;
  const inside = complete.filter(({ start }) => start >= fromMs && start < toMs);
  return take === 'last' ? inside.slice(-limit) : inside.slice(0, limit);
}
