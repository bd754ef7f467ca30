import {
  type Bar,
  type BarInterval,
  INTERVAL_MS,
  STORED_INTERVALS,
  type StoredInterval,
} from '@deltastream/contracts';
import { cursorAt } from '../../kit/page.ts';
import type { MarketReader, TimeRange } from '../../ports/market-store.ts';
import { intervalStart } from './interval-start.ts';
import { rollUp } from './longer-bars.ts';

export interface BarPage {
  readonly bars: readonly Bar[];
  readonly nextCursor: string | null;
}

/** The stored interval that longer ones are made of. */
const PART: StoredInterval = '15m';

/** Bars that start in the range, ascending, up to its limit; longer ones are aligned to the session. */
export async function readBars(
  store: MarketReader,
  product: string,
  interval: BarInterval,
  range: TimeRange,
): Promise<BarPage> {
  const wanted = { ...range, limit: range.limit + 1 };
  const bars = isStored(interval)
    ? await store.bars(product, interval, wanted)
    : await readLonger(store, product, interval, wanted);
  const next = bars[range.limit];
  return { bars: bars.slice(0, range.limit), nextCursor: next ? cursorAt(next.start) : null };
}

const isStored = (interval: BarInterval): interval is StoredInterval =>
  (STORED_INTERVALS as readonly BarInterval[]).includes(interval);

/**
 * A longer bar belongs to the range by its own start, so its parts may lie beyond the range's end, and
 * parts at the range's beginning may belong to a bar before it.
 */
async function readLonger(
  store: MarketReader,
  product: string,
  interval: BarInterval,
  { fromMs, toMs, limit }: TimeRange,
): Promise<Bar[]> {
  const length = INTERVAL_MS[interval];
  const parts = await store.bars(product, PART, {
    fromMs,
    toMs: toMs + length,
    limit: (limit + 1) * (length / INTERVAL_MS[PART]),
  });
  const longer = rollUp(parts, interval, intervalStart(product, interval));
  return longer.filter(({ start }) => start >= fromMs && start < toMs).slice(0, limit);
}
