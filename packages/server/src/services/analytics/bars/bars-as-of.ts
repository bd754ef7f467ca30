import { type Bar, type BarInterval, mergeBars } from '@deltastream/contracts';
import { isFrozen } from '../../../kit/chains/closing-auction.ts';
import { readInstant } from '../../../kit/responses/page.ts';
import type { ListRange, MarketReader } from '../../../ports/stores/market/market-store.ts';

export type BarReader = Pick<MarketReader, 'bars'>;

/** Of which the bar that an instant lies in is made: of these bars, and the shortest of ticks. */
const SHORTEST = '1m';
const PAGE = 5_000; // Of ticks or bars a read: several times those of a minute, or of a longer bar.

/**
 * The bars of a store as they stood at `at`: the bar of that moment from the ticks until then, those before it as they
 * are stored. Without an instant it is the store. Throws `invalid_request` for what is not an instant.
 */
export function barReaderAt(store: Pick<MarketReader, 'bars' | 'ticks'>, at: string | undefined): BarReader {
  if (at === undefined) return store;
  const atMs = readInstant('at', at);

  async function bars(product: string, interval: Exclude<BarInterval, '1h' | '1d'>, range: ListRange) {
    const seen = { ...range, toMs: Math.min(range.toMs, atMs + 1) };
    const found = await store.bars(product, interval, seen);
    const last = found.at(-1);
    if (last === undefined || last.close_at <= atMs) return found;
    // Its first tick came later: it was not there, and another takes its place from the end of a list.
    if (last.open_at > atMs) return bars(product, interval, { ...seen, toMs: last.start });
    const parts = interval === SHORTEST ? await ticksOf(last) : await shortestOf(last);
    // Bars outlive the days whose ticks were removed.
    const asOf = parts.length === 0 ? [] : [parts.reduce(mergeBars)];
    return [...found.slice(0, -1), ...asOf];
  }

  /** The shortest bars of a longer one, as they stood. */
  async function shortestOf({ product, interval, start }: Bar): Promise<Bar[]> {
    const parts = await bars(product, SHORTEST, { fromMs: start, toMs: atMs + 1, limit: PAGE });
    return parts.map((part) => ({ ...part, interval, start }));
  }

  /** Each tick of a bar until the instant as a bar of its own; the first is at the opening. */
  async function ticksOf({ product, interval, start, open_at }: Bar): Promise<Bar[]> {
    const parts: Bar[] = [];
    for (let fromMs = open_at; ; ) {
      const ticks = await store.ticks(product, { fromMs, toMs: atMs + 1, limit: PAGE });
      for (const { timestamp, price, source } of ticks) {
        if (isFrozen({ product, source, timestamp })) continue;
        const moment = { open_at: timestamp, close_at: timestamp };
        parts.push({
          product,
          interval,
          start,
          ...moment,
          open: price,
          high: price,
          low: price,
          close: price,
        });
      }
      if (ticks.length < PAGE) return parts;
      fromMs = ticks[ticks.length - 1].timestamp + 1;
    }
  }

  return { bars };
}
