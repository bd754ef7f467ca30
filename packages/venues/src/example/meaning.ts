import { amount, BadCell, type Json, price, shown } from '@deltastream/recordings/cells';
import { createInstrumentQuote, type QuoteSink } from '../meaning.ts';

/** Gives the sink what a message of type `quote` says. Throws BadCell for one that is not as the venue documents it. */
export function createQuoteReader(): (message: Json, sink: QuoteSink) => void {
  const quote = createInstrumentQuote();
  return (message, sink) => {
    const { symbol } = message;
    if (typeof symbol !== 'string')
      throw new BadCell('bad_value', `symbol is ${shown(String(symbol))}, expected a text`);
    quote.id = symbol;
    quote.at = amount(message, 'time');
    quote.complete = true;
    // A bid of 0 means that nobody bids; any other price of 0 means that there is none.
    quote.bid = amount(message, 'bid');
    quote.ask = price(message, 'ask');
    quote.last = price(message, 'last');
    quote.bidSize = amount(message, 'bidSize');
    quote.askSize = amount(message, 'askSize');
    quote.volume = amount(message, 'volume');
    quote.openInterest = amount(message, 'openInterest');
    quote.previousClose = price(message, 'previousClose');
    sink.quote(quote);
  };
}
