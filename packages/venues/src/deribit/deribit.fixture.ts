import type { InstrumentId } from '../instrument.ts';
import type { InstrumentQuote, QuoteSink, TradingState } from '../meaning.ts';

/** A sink that keeps what it is told. */
export interface KeptSink extends QuoteSink {
  readonly quotes: InstrumentQuote[];
  readonly states: [InstrumentId, TradingState][];
  readonly listings: InstrumentId[];
  readonly rejections: [string, string][];
}

export function keptSink(): KeptSink {
  const sink: KeptSink = {
    quotes: [],
    states: [],
    listings: [],
    rejections: [],
    quote: (quote) => sink.quotes.push({ ...quote }),
    state: (id, state) => sink.states.push([id, state]),
    listed: (id) => sink.listings.push(id),
    rejected: (rejection, reason) => sink.rejections.push([rejection, reason]),
  };
  return sink;
}

export const AT = Date.parse('2026-01-20T09:00:00Z');
export const BTC_CALL = 'BTC-30JAN26-95000-C';
export const SOL_PUT = 'SOL_USDC-30JAN26-180-P';

/** A row of `get_instruments`, of a call of BTC unless it says otherwise. */
export const instrumentRow = (over: Record<string, unknown> = {}): Record<string, unknown> => ({
  instrument_name: BTC_CALL,
  kind: 'option',
  option_type: 'call',
  strike: 95_000,
  expiration_timestamp: Date.parse('2026-01-30T08:00:00Z'),
  contract_size: 1,
  tick_size: 0.0001,
  price_index: 'btc_usd',
  instrument_type: 'reversed',
  state: 'open',
  ...over,
});

export const SOL_ROW = instrumentRow({
  instrument_name: SOL_PUT,
  option_type: 'put',
  strike: 180,
  contract_size: 10,
  tick_size: 0.01,
  price_index: 'sol_usdc',
  instrument_type: 'linear',
});

/** The data of a full ticker of `BTC_CALL` unless it says otherwise. */
export const tickerData = (over: Record<string, unknown> = {}): Record<string, unknown> => ({
  underlying_price: 90_000,
  timestamp: AT,
  stats: { volume: 2.5, high: 0.03 },
  state: 'open',
  open_interest: 12.5,
  mark_price: 0.0205,
  last_price: null,
  instrument_name: BTC_CALL,
  index_price: 89_900,
  best_bid_price: 0.02,
  best_bid_amount: 3,
  best_ask_price: 0,
  best_ask_amount: 0,
  estimated_delivery_price: 89_900,
  ...over,
});
