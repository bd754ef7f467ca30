import { contractExpiry, type Listing } from '@deltastream/reference';
import { createChainBuilder } from '../../chains/chain-builder.ts';
import { chainReading } from '../../chains/chain-reading.ts';
import { listedLot } from '../../chains/lots.ts';
import { type Reading, spotTick } from '../../chains/reading.ts';
import { BadCell } from '../../tables/cells.ts';
import { type Bounds, beyondLimit, boundsOf } from '../../transport/recording-limits.ts';
import type { OptionTicker } from './ticker-reader.ts';

/** What changes within this time of the first change becomes one chain of each expiry. */
const CADENCE_MS = 1000;

interface Book {
  readonly listing: Listing;
  readonly expiry: string;
  latest: OptionTicker;
  /** By side and strike. */
  readonly tickers: Map<string, OptionTicker>;
}

/** Makes chains of tickers in time order: what is known of an expiry by then, once a cadence with a change. */
export interface QuoteBook {
  /** The chains of the time before a ticker, which is then part of the book. */
  add(ticker: OptionTicker): Generator<Reading>;
  /** The chains of what is left. */
  rest(): Generator<Reading>;
}

/** Holds the newest ticker of every contract that has not expired, of as many as a page may have items. */
export function createQuoteBook(limits: Bounds = boundsOf()): QuoteBook {
  const books = new Map<string, Book>();
  let contracts = 0;
  let changed = new Set<Book>();
  let windowEnd = Number.NEGATIVE_INFINITY;

  function* flush(): Generator<Reading> {
    const inOrder = [...changed].sort((a, b) => a.latest.timestamp - b.latest.timestamp);
    changed = new Set();
    for (const book of inOrder) yield* chainOf(book);
  }

  return {
    add: function* (ticker) {
      if (ticker.timestamp >= windowEnd) {
        yield* flush();
        windowEnd = ticker.timestamp + CADENCE_MS;
        for (const [key, { listing, expiry, tickers }] of books) {
          if (contractExpiry(listing, expiry) >= ticker.timestamp) continue;
          contracts -= tickers.size;
          books.delete(key);
        }
      }
      const { listing, expiry } = ticker;
      const key = `${listing.symbol} ${expiry}`;
      const book = books.get(key) ?? { listing, expiry, latest: ticker, tickers: new Map() };
      const contract = `${ticker.side} ${ticker.strike}`;
      if (!book.tickers.has(contract)) {
        if (contracts >= limits.maxPageItems) {
          throw new BadCell('too_large', beyondLimit(limits, 'maxPageItems', `contract ${contracts + 1}`));
        }
        contracts += 1;
      }
      book.latest = ticker;
      book.tickers.set(contract, ticker);
      books.set(key, book);
      changed.add(book);
    },
    rest: flush,
  };
}

function* chainOf({ latest, tickers }: Book): Generator<Reading> {
  const { listing, expiry, timestamp, spot, forward } = latest;
  const tick = spotTick(listing, timestamp, spot);
  if (tick) yield tick;
  const builder = createChainBuilder();
  for (const each of tickers.values()) builder.add(each.strike, each.side, each.quote);
  yield chainReading({
    listing,
    expiry,
    timestamp,
    spot,
    future: forward,
    lot: listedLot(listing, expiry, timestamp),
    columns: builder.build(),
    volume: 'rolling',
  });
}
