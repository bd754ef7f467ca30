import { exchangeDate, localInstant } from '@deltastream/reference';
import type { OptionInstrument } from '../../instrument.ts';
import type { InstrumentQuote } from '../../meaning.ts';

/** What the venue calls an instrument: a contract by its symbol without padding, an underlying by its root. */
export function cboeId(
  instrument:
    | Omit<OptionInstrument, 'id'>
    | { readonly kind: 'underlying' | 'future'; readonly listing: { readonly symbol: string } },
): string | null {
  if (instrument.kind === 'future') return null;
  const { symbol } = instrument.listing;
  if (instrument.kind === 'underlying') return symbol;
  const { expiry, strike, side } = instrument as Omit<OptionInstrument, 'id'>;
  const price = String(Math.round(strike * 1000)).padStart(8, '0');
  return `${symbol}${expiry.replaceAll('-', '').slice(2)}${side === 'call' ? 'C' : 'P'}${price}`;
}

/** Time in New York without an offset, as the venue writes the times of quotes. */
function newYorkTime(at: number): string {
  const date = exchangeDate('US', at);
  const seconds = Math.floor((at - localInstant('US', date, 0)) / 1000);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return `${date}T${parts.map((part) => String(part).padStart(2, '0')).join(':')}`;
}

/** Quotes are so old when their file is made. */
const DELAY_MS = 927_000; // 15 min 27 s at three measurements.

/** A page of some contracts with the quotes of one instant. */
export function pageText(
  symbol: string,
  underlying: InstrumentQuote | null,
  options: readonly InstrumentQuote[],
  seqno: number,
): string {
  const at = Math.max(0, ...options.map((quote) => quote.at), underlying?.at ?? 0);
  const zero = (value: number | undefined) => (value !== undefined && Number.isFinite(value) ? value : 0);
  const contracts = options.map((quote) => ({
    option: quote.id,
    bid: zero(quote.bid),
    bid_size: zero(quote.bidSize),
    ask: zero(quote.ask),
    ask_size: zero(quote.askSize),
    iv: 0,
    open_interest: zero(quote.openInterest),
    volume: zero(quote.volume),
    last_trade_price: zero(quote.last),
    last_trade_time: null,
    prev_day_close: zero(quote.previousClose),
  }));
  return JSON.stringify({
    timestamp: new Date(at + DELAY_MS).toISOString().slice(0, 19).replace('T', ' '),
    data: {
      options: contracts,
      symbol: symbol.replace('_', '^'),
      security_type: symbol.startsWith('_') ? 'index' : 'stock',
      current_price: zero(underlying?.last),
      close: zero(underlying?.last),
      prev_day_close: zero(underlying?.previousClose),
      seqno,
      last_trade_time: newYorkTime(at),
    },
    symbol,
  });
}
