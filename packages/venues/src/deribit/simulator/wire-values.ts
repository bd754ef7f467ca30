import { black76Greeks, impliedVolatility } from '@deltastream/quant';
import { deribitDate, deribitListing, deribitName } from '@deltastream/recordings/deribit';
import { DAY_MS } from '@deltastream/reference';
import type { Instrument, InstrumentId, OptionInstrument } from '../../instrument.ts';
import type { InstrumentQuote } from '../../meaning.ts';
import { listingCurrency } from '../listed-contracts.ts';

/** What the venue calls an instrument; null for a future, which the simulator does not list. */
export function deribitId(
  instrument:
    | Omit<OptionInstrument, 'id'>
    | { readonly kind: 'underlying' | 'future'; readonly listing: { readonly symbol: string } },
): InstrumentId | null {
  if (instrument.kind === 'future') return null;
  const { symbol } = instrument.listing;
  if (instrument.kind === 'underlying') return indexOf(symbol);
  const { expiry, strike, side } = instrument as Omit<OptionInstrument, 'id'>;
  return deribitName({ symbol, expiry, strike, side });
}

/** The index of a product: `btc_usd` of BTC, `sol_usdc` of SOL_USDC. */
function indexOf(symbol: string): string {
  const [base, quote = 'USD'] = symbol.split('_');
  return `${base}_${quote}`.toLowerCase();
}

/** A simulated option with what its messages say of it. */
export interface WireOption extends OptionInstrument {
  readonly inverse: boolean;
  readonly index: string;
  readonly contractSize: number;
}

/** Null for another instrument. */
export function wireOption(instrument: Instrument): WireOption | null {
  if (instrument.kind !== 'option') return null;
  const { symbol } = instrument.listing;
  const { inverse } = deribitListing(symbol);
  return { ...instrument, inverse, index: indexOf(symbol), contractSize: instrument.lotSize ?? 1 };
}

/** The step of premiums where the market does not say it: the venue's smallest of inverse options. */
const SMALLEST_STEP = 0.0001;
const MARK_DECIMALS = 1e8; // The venue's mark prices have so many places at most.

/** A premium in the venue's unit; 0 and "none" stay what they are. */
function premium({ inverse }: WireOption, price: number, forward: number): number {
  if (!inverse || !(price > 0)) return price;
  const coin = price / forward;
  const rounded = Math.round(coin * MARK_DECIMALS) / MARK_DECIMALS;
  // A market that came from the venue has its own prices again, bit by bit.
  return rounded * forward === price ? rounded : coin;
}

/** JSON has no NaN: what is not known is null. */
const given = (value: number): number | null => (Number.isFinite(value) ? value : null);
const orZero = (value: number): number => (Number.isFinite(value) ? value : 0);
const rounded = (value: number, places: number): number => Number(value.toFixed(places));

/** The row of `get_instruments`. */
export function instrumentRow(option: WireOption): object {
  const { symbol, priceTick } = option.listing;
  const currency = listingCurrency(symbol);
  const [base] = symbol.split('_');
  const tick = option.inverse ? deribitListing(symbol).listing.priceTick : priceTick;
  return {
    instrument_name: option.id,
    kind: 'option',
    option_type: option.side,
    strike: option.strike,
    expiration_timestamp: option.expiresAt,
    creation_timestamp: option.expiresAt - LISTED_BEFORE_MS,
    base_currency: base,
    quote_currency: currency,
    counter_currency: option.inverse ? 'USD' : currency,
    settlement_currency: currency,
    price_index: option.index,
    instrument_type: option.inverse ? 'reversed' : 'linear',
    contract_size: option.contractSize,
    min_trade_amount: option.contractSize,
    tick_size: tick ?? SMALLEST_STEP,
    tick_size_steps: [],
    is_active: true,
    state: 'open',
  };
}

/** The longest life of an option there. */
const LISTED_BEFORE_MS = 365 * DAY_MS; // Quarterly expiries are listed about a year ahead.

/** The data of a ticker, volatilities and greeks computed by Black-76 from the quote itself. */
export function tickerOf(option: WireOption, quote: InstrumentQuote): Record<string, unknown> {
  const { forward } = quote;
  const price = (value: number) => premium(option, value, forward);
  const years = Math.max(0, option.expiresAt - quote.at) / (365 * DAY_MS);
  const side = option.side === 'call' ? 1 : -1;
  const iv = (value: number) => impliedVolatility(value, forward, option.strike, years, 1, side).iv;
  const markIv = iv(quote.mark);
  const greeks = black76Greeks(forward, option.strike, years, markIv, 1, side);
  return {
    timestamp: quote.at,
    instrument_name: option.id,
    state: 'open',
    stats: { volume: given(quote.volume * option.contractSize) },
    open_interest: given(quote.openInterest * option.contractSize),
    last_price: given(price(quote.last)),
    mark_price: given(price(quote.mark)),
    mark_iv: given(rounded(markIv * 100, 2)),
    bid_iv: rounded(orZero(iv(quote.bid)) * 100, 2),
    ask_iv: rounded(orZero(iv(quote.ask)) * 100, 2),
    best_bid_price: orZero(price(quote.bid)),
    best_bid_amount: given(quote.bidSize * option.contractSize),
    best_ask_price: orZero(price(quote.ask)),
    best_ask_amount: given(quote.askSize * option.contractSize),
    underlying_price: given(forward),
    underlying_index: `SYN.${option.listing.symbol}-${deribitDate(option.expiry)}`,
    index_price: given(quote.spot),
    estimated_delivery_price: given(quote.spot),
    interest_rate: 0,
    greeks: {
      delta: given(rounded(greeks.delta, 5)),
      gamma: given(rounded(greeks.gamma, 5)),
      vega: given(rounded(greeks.vega / 100, 5)),
      theta: given(rounded(greeks.theta, 5)),
      rho: given(rounded(greeks.rho / 100, 5)),
    },
  };
}

/** What differs between two tickers, with the names that every change has. */
export function changeOf(before: Record<string, unknown>, after: Record<string, unknown>): object {
  const change: Record<string, unknown> = {
    timestamp: after.timestamp,
    instrument_name: after.instrument_name,
  };
  for (const name of Object.keys(after)) {
    const [old, value] = [before[name], after[name]];
    if (typeof value !== 'object' || value === null) {
      if (old !== value) change[name] = value;
      continue;
    }
    const inner = Object.entries(value).filter(
      ([key, entry]) => entry !== (old as Record<string, unknown>)[key],
    );
    if (inner.length > 0) change[name] = Object.fromEntries(inner);
  }
  return { ...change, type: 'change' };
}

/** The row of `get_book_summary_by_currency`. */
export function summaryRow(option: WireOption, quote: InstrumentQuote): object {
  const price = (value: number) => (value > 0 ? given(premium(option, value, quote.forward)) : null);
  const [bid, ask] = [price(quote.bid), price(quote.ask)];
  const [base] = option.listing.symbol.split('_');
  const { mark_iv } = tickerOf(option, quote);
  return {
    instrument_name: option.id,
    base_currency: base,
    quote_currency: listingCurrency(option.listing.symbol),
    bid_price: bid,
    ask_price: ask,
    mid_price: bid === null || ask === null ? null : (bid + ask) / 2,
    mark_price: price(quote.mark),
    mark_iv,
    last: price(quote.last),
    open_interest: given(quote.openInterest * option.contractSize),
    volume: given(quote.volume * option.contractSize),
    underlying_price: given(quote.forward),
    underlying_index: `SYN.${option.listing.symbol}-${deribitDate(option.expiry)}`,
    interest_rate: 0,
    creation_timestamp: quote.at,
  };
}
