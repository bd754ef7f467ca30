import type { Side } from '@deltastream/contracts';
import {
  expiryInstant,
  fromExchangeDate,
  type Listing,
  listedOn,
  lotSize,
  productInfo,
} from '@deltastream/reference';
import { BadCell, shown } from '../../cells.ts';
import { createChainBuilder, type Quote } from '../../chain-builder.ts';
import { chainReading } from '../../chain-reading.ts';
import { amount, isObject, type Json, parseJson, price, strike } from '../../json-cells.ts';
import type { Page, PageFormat } from '../../page-format.ts';
import { type Reading, rejected, spotTick } from '../../reading.ts';

/** BTC-5JUN20-9250-C; MATIC_USDC-9MAR24-1d02-C, where `d` is the decimal point. */
const OPTION = /^([A-Z0-9]+(?:_[A-Z]+)?)-(\d{1,2})([A-Z]{3})(\d{2})-(\d+(?:d\d+)?)-([CP])$/;

/** What changes within this time of the first change becomes one chain of each expiry. */
const WINDOW_MS = 1000;

/**
 * Messages of Deribit's WebSocket as they came, one JSON object a line; those of one file in any order, which
 * are read by their time (within the bound of a page). Tickers of options are its quotes: a chain is what is
 * known of an expiry by then, once per second with a change. Other channels and other instruments
 * (perpetuals, combos) are passed over. Premiums of inverse options are in coin and are converted with
 * `underlying_price`, the forward of the same message; those of linear ones (`_USDC`) are not. Volume runs over
 * 24 hours; where the contract size is not known, open interest and volume stay in coin.
 */
export const deribitMessages: PageFormat = {
  name: 'Deribit WebSocket messages, one a line',
  matches: (head) => /^\s*\{\s*"jsonrpc"\s*:\s*"2\.0"/.test(head) && head.includes('"method"'),
  // Each message has its own; a file is read as a whole.
  timeOf: () => 0,
  expiryFrom: 'page',
  reader: () => readMessages,
};

interface Ticker {
  readonly listing: Listing;
  readonly expiry: string;
  readonly timestamp: number;
  readonly strike: number;
  readonly side: Side;
  readonly forward: number;
  readonly spot: number;
  readonly quote: Quote;
}

interface Book {
  latest: Ticker;
  /** By side and strike. */
  readonly tickers: Map<string, Ticker>;
}

function* readMessages({ text, where }: Page): Generator<Reading> {
  const tickers: Ticker[] = [];
  const lines = text.split(/\r?\n/);
  for (let i = 0; i < lines.length; i++) {
    if (lines[i] === '') continue;
    try {
      const ticker = tickerOf(parseJson(lines[i]));
      if (ticker) tickers.push(ticker);
    } catch (error) {
      yield rejected(error, { ...where, line: i + 1 });
    }
  }
  tickers.sort((a, b) => a.timestamp - b.timestamp);

  const books = new Map<string, Book>();
  let changed = new Set<Book>();
  let windowEnd = Number.NEGATIVE_INFINITY;
  for (const ticker of tickers) {
    if (ticker.timestamp >= windowEnd) {
      yield* shownBy(changed);
      changed = new Set();
      windowEnd = ticker.timestamp + WINDOW_MS;
    }
    const key = `${ticker.listing.symbol} ${ticker.expiry}`;
    const book = books.get(key) ?? { latest: ticker, tickers: new Map() };
    book.latest = ticker;
    book.tickers.set(`${ticker.side} ${ticker.strike}`, ticker);
    books.set(key, book);
    changed.add(book);
  }
  yield* shownBy(changed);
}

function* shownBy(changed: ReadonlySet<Book>): Generator<Reading> {
  const inOrder = [...changed].sort((a, b) => a.latest.timestamp - b.latest.timestamp);
  for (const { latest, tickers } of inOrder) {
    const { listing, expiry, timestamp, spot, forward } = latest;
    const tick = spotTick(listing, timestamp, spot);
    if (tick) yield tick;
    const builder = createChainBuilder();
    for (const each of tickers.values()) builder.add(each.strike, each.side, each.quote);
    const size = lotSize(listing.symbol, expiry);
    yield chainReading({
      listing,
      expiry,
      timestamp,
      spot,
      future: forward,
      lot: { size, quality: size === null ? ['lot_unknown'] : [] },
      columns: builder.build(),
      volume: 'rolling',
    });
  }
}

/** The ticker of an option; null for any other message. */
function tickerOf({ params }: Json): Ticker | null {
  if (!isObject(params) || !String(params.channel).startsWith('ticker.') || !isObject(params.data))
    return null;
  const { data } = params;
  const parts = OPTION.exec(String(data.instrument_name));
  if (!parts) return null;
  const [name, symbol, day, month, year, strikeText, sideText] = parts;
  const expiry = fromExchangeDate(`${day}-${month}-20${year}`);
  if (!expiry) throw new BadCell('bad_expiry', `instrument_name is ${shown(name)}`);
  const timestamp = amount(data, 'timestamp');
  if (!Number.isSafeInteger(timestamp)) {
    throw new BadCell(
      'bad_timestamp',
      `timestamp is ${shown(String(data.timestamp))}, expected milliseconds`,
    );
  }
  if (expiryInstant('DERIBIT', expiry) < timestamp) {
    throw new BadCell('expired', `${name} had expired by ${new Date(timestamp).toISOString()}`);
  }
  const info = listingOf(symbol);
  const forward = strike(data, 'underlying_price');
  const unit = info.inverse ? forward : 1;
  return {
    listing: info.inverse
      ? { ...info.listing, priceTick: (info.listing.priceTick ?? Number.NaN) * forward }
      : info.listing,
    expiry,
    timestamp,
    strike: Number(strikeText.replace('d', '.')),
    side: sideText === 'C' ? 'call' : 'put',
    forward,
    spot: price(data, 'index_price'),
    quote: quoteOf(data, unit),
  };
}

function quoteOf(data: Json, unit: number): Quote {
  return {
    bid: price(data, 'best_bid_price') * unit,
    ask: price(data, 'best_ask_price') * unit,
    last: price(data, 'last_price') * unit,
    mark: price(data, 'mark_price') * unit,
    bid_size: amount(data, 'best_bid_amount'),
    ask_size: amount(data, 'best_ask_amount'),
    volume: isObject(data.stats) ? amount(data.stats, 'volume') : Number.NaN,
    open_interest: amount(data, 'open_interest'),
  };
}

/** `MATIC_USDC` is quoted in USDC; `BTC` in the coin itself. */
function listingOf(symbol: string): { readonly listing: Listing; readonly inverse: boolean } {
  const [, currency] = symbol.split('_');
  if (currency) return { listing: { ...listedOn('DERIBIT', symbol), currency }, inverse: false };
  const info = productInfo(symbol);
  if (info?.premiumUnit === 'coin') return { listing: info, inverse: true };
  throw new BadCell('bad_value', `instrument_name is of ${shown(symbol)}, not a known coin`);
}
