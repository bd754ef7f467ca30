import { amount, BadCell, isObject, type Json, price, shown, strike } from '@deltastream/recordings/cells';
import { createTickerReader, venueTicker } from '@deltastream/recordings/deribit';
import type { Rejection } from '@deltastream/recordings/source';
import {
  createInstrumentQuote,
  type InstrumentQuote,
  type QuoteSink,
  type TradingState,
} from '../meaning.ts';
import { dvolId, type ListedContract, type ListedContracts } from './listed-contracts.ts';

/** What the states of a book and of an instrument mean. One that is not here is not `open`: its quotes do not count. */
const STATES: ReadonlyMap<string, TradingState> = new Map([
  ['open', 'open'],
  ['started', 'open'],
  ['delivered', 'ended'],
  ['archivized', 'ended'],
  ['terminated', 'ended'],
]);

/** An option as the notifications of one connection have told it so far. */
interface Watched {
  /** The last full ticker with the changes since; null before the first. */
  ticker: Record<string, unknown> | null;
  /** What the sink was told last. */
  state: TradingState | null;
}

/** The meaning of what the channels of one connection say. It holds the tickers that changes are changes of. */
export interface ChannelMeaning {
  /** Changes of these options are read from now on. */
  watch(name: string): void;
  forget(name: string): void;
  /** Reads the data of a notification; never throws. */
  notified(channel: string, data: unknown, sink: QuoteSink): void;
}

export function createChannelMeaning(contracts: ListedContracts): ChannelMeaning {
  const watched = new Map<string, Watched>();
  const readTicker = createTickerReader();
  const quote = createInstrumentQuote();

  function ticker(data: unknown, sink: QuoteSink): void {
    if (!isObject(data)) throw new BadCell('bad_value', 'a ticker is not an object');
    const name = String(data.instrument_name);
    const option = watched.get(name);
    if (!option) throw new BadCell('bad_value', `a ticker of ${shown(name)}, which is not subscribed`);
    const merged = mergedTicker(option, data);
    const state = stateOf(merged);
    if (state !== option.state) {
      option.state = state;
      sink.state(name, state, amount(data, 'timestamp'));
    }
    if (state !== 'open') return;
    const contract = contracts.contract(name);
    if (!contract) throw new BadCell('bad_value', `a ticker of ${shown(name)}, which is not listed`);
    const read = readTicker(venueTicker(merged));
    if (read === null) throw new BadCell('bad_value', `${shown(name)} is not the name of an option`);
    const { contractSize } = contract;
    contract.forward = read.forward;
    quote.id = name;
    quote.at = read.timestamp;
    quote.complete = true;
    quote.bid = read.quote.bid ?? Number.NaN;
    quote.ask = read.quote.ask ?? Number.NaN;
    quote.last = read.quote.last ?? Number.NaN;
    quote.mark = read.quote.mark ?? Number.NaN;
    quote.bidSize = (read.quote.bid_size ?? Number.NaN) / contractSize;
    quote.askSize = (read.quote.ask_size ?? Number.NaN) / contractSize;
    quote.volume = (read.quote.volume ?? Number.NaN) / contractSize;
    quote.openInterest = (read.quote.open_interest ?? Number.NaN) / contractSize;
    quote.previousClose = Number.NaN;
    quote.forward = read.forward;
    quote.spot = read.spot;
    sink.quote(quote);
  }

  function marks(data: unknown, sink: QuoteSink): void {
    if (!Array.isArray(data)) throw new BadCell('bad_value', 'mark prices are not a list');
    for (const row of data) {
      try {
        mark(row, sink);
      } catch (error) {
        reject(error, sink);
      }
    }
  }

  /**
   * The mark price of an option between its tickers. Its `iv` is a fraction, that of a ticker percent; neither is read. It has no
   * time for the sink: a ticker of a moment before may come after it, on its own channel, and is not late then.
   */
  function mark(row: unknown, sink: QuoteSink): void {
    if (!isObject(row)) throw new BadCell('bad_value', 'a mark price is not an object');
    const name = String(row.instrument_name);
    const contract = contracts.contract(name);
    const option = watched.get(name);
    if (!contract || option?.state === 'closed') return;
    if (amount(row, 'timestamp') < Number(option?.ticker?.timestamp)) return;
    const value = price(row, 'mark_price') * (contract.inverse ? contract.forward : 1);
    if (Number.isNaN(value)) return;
    clear(quote, name, Number.NaN);
    quote.mark = value;
    sink.quote(quote);
  }

  function index(data: unknown, sink: QuoteSink, id: (index: string) => string, field: string): void {
    if (!isObject(data)) throw new BadCell('bad_value', 'an index is not an object');
    clear(quote, id(String(data.index_name)), amount(data, 'timestamp'));
    quote.last = price(data, field);
    sink.quote(quote);
  }

  function instrumentState(data: unknown, sink: QuoteSink): void {
    if (!isObject(data)) throw new BadCell('bad_value', 'the state of an instrument is not an object');
    const name = String(data.instrument_name);
    const state = STATES.get(String(data.state)) ?? 'closed';
    if (!contracts.contract(name)) {
      if (state !== 'ended') sink.listed(name);
      return;
    }
    const option = watched.get(name);
    if (option) {
      option.state = state;
      if (option.ticker) option.ticker.state = data.state;
    }
    sink.state(name, state, amount(data, 'timestamp'));
  }

  return {
    watch: (name) => {
      if (!watched.has(name)) watched.set(name, { ticker: null, state: null });
    },
    forget: (name) => watched.delete(name),
    notified: (channel, data, sink) => {
      try {
        if (channel.startsWith('incremental_ticker.') || channel.startsWith('ticker.')) ticker(data, sink);
        else if (channel.startsWith('markprice.options.')) marks(data, sink);
        else if (channel.startsWith('deribit_price_index.')) index(data, sink, (name) => name, 'price');
        else if (channel.startsWith('deribit_volatility_index.')) index(data, sink, dvolId, 'volatility');
        else if (channel.startsWith('instrument.state.')) instrumentState(data, sink);
        else
          throw new BadCell('bad_value', `a notification of the channel ${shown(channel)}, never asked for`);
      } catch (error) {
        reject(error, sink);
      }
    },
  };
}

/** The ticker after a notification: a full one takes its place, a change is merged into it. Throws BadCell. */
function mergedTicker(option: Watched, data: Json): Json {
  const { timestamp } = data;
  if (typeof timestamp !== 'number') {
    throw new BadCell('bad_timestamp', `timestamp is ${shown(String(timestamp))}, expected milliseconds`);
  }
  if (timestamp < Number(option.ticker?.timestamp)) {
    throw new BadCell(
      'out_of_order',
      `a ticker of ${String(data.instrument_name)} that is older than its last`,
    );
  }
  if (data.type !== 'change') {
    option.ticker = data as Record<string, unknown>;
    return data;
  }
  const { ticker } = option;
  if (ticker === null) {
    throw new BadCell('out_of_order', `a change of ${String(data.instrument_name)} before its first ticker`);
  }
  const { stats } = ticker;
  for (const name in data) ticker[name] = data[name];
  // The changes of its statistics come as an object of their own, which has the changed ones alone.
  if (isObject(stats) && isObject(data.stats)) ticker.stats = { ...stats, ...data.stats };
  return ticker;
}

/** `closed` was said until January 2026 of books that had expired as well, with the delivery price "expired". */
function stateOf({ state, estimated_delivery_price: delivery }: Json): TradingState {
  if (state === 'closed' && delivery === 'expired') return 'ended';
  return STATES.get(String(state)) ?? 'closed';
}

/**
 * Rows of `get_book_summary_by_currency`: what is known of every option without a subscription. They have no sizes and no
 * index price, so a quote here leaves those as they are.
 */
export function readBookSummary(
  rows: readonly unknown[],
  isWanted: (name: string) => boolean,
  contracts: ListedContracts,
  sink: QuoteSink,
): void {
  const quote = createInstrumentQuote();
  for (const row of rows) {
    try {
      if (!isObject(row)) throw new BadCell('bad_value', 'a row of the book summary is not an object');
      const name = String(row.instrument_name);
      const contract = contracts.contract(name);
      if (contract && isWanted(name)) summaryQuote(row, name, contract, quote, sink);
    } catch (error) {
      reject(error, sink);
    }
  }
}

function summaryQuote(
  row: Json,
  name: string,
  contract: ListedContract,
  quote: InstrumentQuote,
  sink: QuoteSink,
): void {
  const forward = strike(row, 'underlying_price');
  contract.forward = forward;
  const unit = contract.inverse ? forward : 1;
  clear(quote, name, amount(row, 'creation_timestamp'));
  quote.bid = price(row, 'bid_price') * unit;
  quote.ask = price(row, 'ask_price') * unit;
  quote.last = price(row, 'last') * unit;
  quote.mark = price(row, 'mark_price') * unit;
  quote.openInterest = amount(row, 'open_interest') / contract.contractSize;
  quote.volume = amount(row, 'volume') / contract.contractSize;
  quote.forward = forward;
  sink.quote(quote);
}

/** Nothing but the instant is given. */
function clear(quote: InstrumentQuote, id: string, at: number): void {
  quote.id = id;
  quote.at = at;
  quote.complete = false;
  quote.bid = quote.ask = quote.last = quote.mark = Number.NaN;
  quote.bidSize = quote.askSize = quote.volume = quote.openInterest = Number.NaN;
  quote.previousClose = quote.forward = quote.spot = Number.NaN;
}

function reject(error: unknown, sink: QuoteSink): void {
  const rejection: Rejection = error instanceof BadCell ? error.rejection : 'bad_value';
  sink.rejected(rejection, error instanceof Error ? error.message : String(error));
}
