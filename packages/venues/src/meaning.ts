import type { Rejection } from '@deltastream/recordings/source';
import type { InstrumentId } from './instrument.ts';

/**
 * What a message says of one instrument. Prices in the currency of the strikes per unit, amounts in contracts, instants in
 * epoch ms. NaN is "not given": in a `complete` quote that there is none, else that it is as it was. A bid of 0 is "nobody bids".
 *
 * A decoder owns one and fills it again for each instrument: a sink reads it at once and keeps nothing of it.
 */
export interface InstrumentQuote {
  id: InstrumentId;
  /** When it was so by the venue's clock; NaN where it does not say. */
  at: number;
  complete: boolean;
  bid: number;
  ask: number;
  last: number;
  mark: number;
  bidSize: number;
  askSize: number;
  volume: number;
  openInterest: number;
  /** Of the session before: an option's, an underlying's. */
  previousClose: number;
  /** Of an option's expiry, where the venue says it with the option. */
  forward: number;
  /** Of its underlying, where the venue says it with the option. */
  spot: number;
}

export function createInstrumentQuote(): InstrumentQuote {
  const none = Number.NaN;
  return {
    id: '',
    at: none,
    complete: false,
    bid: none,
    ask: none,
    last: none,
    mark: none,
    bidSize: none,
    askSize: none,
    volume: none,
    openInterest: none,
    previousClose: none,
    forward: none,
    spot: none,
  };
}

/** For a decoder whose messages say no mark, forward and spot: nothing else is given of the next instrument, either. */
export function clearQuote(quote: InstrumentQuote): void {
  quote.at = Number.NaN;
  quote.complete = false;
  quote.bid = Number.NaN;
  quote.ask = Number.NaN;
  quote.last = Number.NaN;
  quote.bidSize = Number.NaN;
  quote.askSize = Number.NaN;
  quote.volume = Number.NaN;
  quote.openInterest = Number.NaN;
  quote.previousClose = Number.NaN;
}

/** What a request over HTTP said of an instrument that its messages do not say. In contracts, as a price; NaN: not said yet. */
export interface Completion {
  volume: number;
  openInterest: number;
  previousClose: number;
}

/** `open`: its quotes count. `closed`: they do not. `ended`: it expired or was delivered and comes no more. */
export type TradingState = 'open' | 'closed' | 'ended';

/**
 * Where the meaning of messages goes. It is called while a message is read and never throws: what one message says wrongly
 * costs nothing else.
 */
export interface QuoteSink {
  quote(quote: InstrumentQuote): void;
  state(id: InstrumentId, state: TradingState, at: number): void;
  /** An instrument began to be listed. The connector asks for the list again, or says it here. */
  listed(id: InstrumentId): void;
  rejected(rejection: Rejection, reason: string): void;
  /**
   * The connector completes messages of an instrument with this from now on: told to who keeps what was received, for
   * `Venue.complete`.
   */
  completes?(id: InstrumentId, by: Completion): void;
}
