import { expiriesSeenBy } from '../../../kit/chains/expiries-seen-by.ts';
import { readInstant } from '../../../kit/responses/page.ts';
import type { MarketReader, TimeRange } from '../../../ports/stores/market/market-store.ts';

export type ChainReader = Pick<
  MarketReader,
  'expiries' | 'latest' | 'asOf' | 'summaries' | 'lastSummaries' | 'snapshotsAt' | 'products' | 'ticks'
>;

/**
 * The chains of a store as they stood at an instant: nothing later is seen through it, so that what is computed from
 * it is what was computed then. Without an instant it is the store.
 */
function readerAsOf(store: ChainReader, atMs: number | null): ChainReader {
  if (atMs === null) return store;
  const until = <Range extends TimeRange>(range: Range): Range => ({
    ...range,
    toMs: Math.min(range.toMs, atMs + 1),
  });
  const asOf: ChainReader['asOf'] = (product, expiry, ms) => store.asOf(product, expiry, Math.min(ms, atMs));

  return {
    products: store.products,
    ticks: (product, range) => store.ticks(product, until(range)),
    expiries: async (product) => expiriesSeenBy(store, product, await store.expiries(product), atMs),
    latest: (product, expiry) => asOf(product, expiry, atMs),
    asOf,
    summaries: (product, expiry, range) => store.summaries(product, expiry, until(range)),
    lastSummaries: (product, expiry, starts, toMs, figures) =>
      store.lastSummaries(
        product,
        expiry,
        starts.filter((start) => start <= atMs),
        Math.min(toMs, atMs + 1),
        figures,
      ),
    snapshotsAt: (product, expiry, timestamps, through, strikes) =>
      store.snapshotsAt(
        product,
        expiry,
        timestamps.filter((timestamp) => timestamp <= atMs),
        through,
        strikes,
      ),
  };
}

/** What `at` of a request sees. Rejects with `invalid_request` what is not a valid timestamp. */
export const readerAt = (store: ChainReader, at: string | undefined): ChainReader =>
  readerAsOf(store, at === undefined ? null : readInstant('at', at));
