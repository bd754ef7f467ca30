import { amount, BadCell, isObject, type Json, price, shown } from '@deltastream/recordings/cells';
import { createInstrumentQuote, type QuoteSink } from '../../meaning.ts';
import type { KnownInstruments } from '../known-instruments.ts';
import { openalgoId } from '../symbols.ts';

export interface TickReader {
  /**
   * Reads a message of type `market_data`: one instrument, which is called by its id before its quote is given. One that is not
   * understood is rejected with the reason. Never throws.
   */
  read(message: Json, sink: QuoteSink, given: (id: string, exchange: string) => void): void;
}

/**
 * Makes quotes of ticks, with one quote that it fills again. Of a tick with a book everything is taken, and what option chains
 * said beside it; of another one the last price and, of an option, the volume. Brokers differ in the rest: open interest is
 * another field's number with some and missing with others, `close` is of this session or of the one before, and instants are
 * those of a trade, a bar or a clock.
 */
export function createTickReader(known: KnownInstruments): TickReader {
  const quote = createInstrumentQuote();
  const none = Number.NaN;

  function fill(id: string, data: Json): void {
    const instrument = known.get(id);
    const isOption = instrument?.listed.kind === 'option';
    const lot = instrument?.lot ?? none;
    quote.id = id;
    quote.last = price(data, 'ltp', 'last_price');
    quote.bid = quote.ask = quote.bidSize = quote.askSize = none;
    quote.openInterest = quote.previousClose = none;
    quote.volume = isOption ? amount(data, 'volume') / lot : none;
    const { depth } = data;
    quote.complete = isOption && isObject(depth);
    if (quote.complete) {
      const buy = bestOf((depth as Json).buy, 'buy');
      const sell = bestOf((depth as Json).sell, 'sell');
      // A price of 0 is a level that nobody takes: of the best bid, that nobody bids.
      quote.bid = buy === null ? 0 : amount(buy, 'price');
      quote.bidSize = (buy === null ? 0 : amount(buy, 'quantity')) / lot;
      quote.ask = sell === null ? none : price(sell, 'price');
      quote.askSize = (sell === null ? 0 : amount(sell, 'quantity')) / lot;
      // A tick without any price may be failed data, which open interest that is not of it would hide.
      if (quote.last > 0 || quote.bid > 0 || quote.ask > 0)
        quote.openInterest = instrument?.openInterest ?? none;
      quote.previousClose = instrument?.previousClose ?? none;
      if (Number.isNaN(quote.volume)) quote.volume = instrument?.volume ?? none;
    }
    if (instrument) instrument.isFresh = true;
  }

  return {
    read(message, sink, given) {
      const { symbol, exchange, data } = message;
      if (typeof symbol !== 'string' || typeof exchange !== 'string' || !isObject(data)) {
        sink.rejected('bad_value', 'OpenAlgo: a tick without symbol, exchange or data');
        return;
      }
      const id = openalgoId(exchange, symbol);
      try {
        fill(id, data);
      } catch (error) {
        if (!(error instanceof BadCell)) throw error;
        sink.rejected(error.rejection, `OpenAlgo: a tick of ${shown(id)}: ${error.message}`);
        return;
      }
      given(id, exchange);
      sink.quote(quote);
    },
  };
}

/** The first level of a side; null where it has none. Throws BadCell. */
function bestOf(levels: unknown, side: string): Json | null {
  if (!Array.isArray(levels)) throw new BadCell('bad_value', `depth.${side} is not a list`);
  if (levels.length === 0) return null;
  if (isObject(levels[0])) return levels[0];
  throw new BadCell('bad_value', `depth.${side}[0] is not an object`);
}
