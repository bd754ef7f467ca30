import { BadCell, isObject, type Json, price } from '@deltastream/recordings/cells';
import { dhanChainLegs } from '@deltastream/recordings/dhan';
import { createChainTurns } from '../connection/requests/chain-turns.ts';
import type { OptionInstrument } from '../instrument.ts';
import { createInstrumentQuote, type QuoteSink } from '../meaning.ts';
import type { Poll } from '../venue.ts';
import { type DhanRest, fetchChain } from './dhan-rest.ts';
import type { KnownInstrument } from './feed/known-instruments.ts';
import { dhanSecurity } from './instrument-id.ts';

/**
 * Asks for the chains of the expiries in turn, one each request. The WebSocket says nothing of a contract before it changes:
 * this is the first snapshot, and what there is while the connection is down. Of a contract that the WebSocket spoke of since
 * the turn before, it says nothing, as that is newer.
 *
 * @param underlyingOf id of what a product's options are written on; undefined where it is not listed
 */
export function createOptionChainPoll(
  rest: DhanRest,
  known: ReadonlyMap<number, KnownInstrument>,
  underlyingOf: (product: string) => number | undefined,
  intervalMs: number,
): Poll {
  const turns = createChainTurns();
  return {
    name: 'option chain',
    intervalMs,
    async run(options, sink, signal) {
      const contracts = turns.next(options);
      if (contracts.length === 0) return;
      const [{ listing, expiry }] = contracts;
      const underlying = underlyingOf(listing.symbol);
      if (underlying === undefined) {
        sink.rejected('bad_value', `Dhan: the underlying of ${listing.symbol} is not listed`);
        return;
      }
      const data = await fetchChain(rest, dhanSecurity(underlying), expiry, signal);
      readChain(data, contracts, known, sink);
    },
  };
}

/** Reads the data of a response into quotes of the contracts asked for; others in it are left out. Never throws. */
export function readChain(
  data: Json,
  contracts: readonly OptionInstrument[],
  known: ReadonlyMap<number, KnownInstrument>,
  sink: QuoteSink,
): void {
  if (!isObject(data.oc)) {
    sink.rejected('bad_value', 'Dhan: data.oc of an option chain is not an object');
    return;
  }
  const byTerms = new Map(contracts.map((contract) => [`${contract.side} ${contract.strike}`, contract]));
  const quote = createInstrumentQuote();
  quote.complete = true;
  try {
    quote.spot = price(data, 'last_price');
  } catch (error) {
    rejected(sink, error, 'data');
  }
  for (const leg of [...dhanChainLegs(data.oc)].flat()) {
    try {
      const contract = byTerms.get(`${leg.side} ${leg.strike()}`);
      if (contract === undefined) continue;
      const instrument = known.get(Number(contract.id));
      if (instrument?.isFresh) {
        instrument.isFresh = false;
        continue;
      }
      const lot = instrument?.lot ?? Number.NaN;
      const given = leg.read();
      quote.id = contract.id;
      quote.bid = given.bid ?? Number.NaN;
      quote.ask = given.ask ?? Number.NaN;
      quote.last = given.last ?? Number.NaN;
      quote.bidSize = (given.bid_size ?? Number.NaN) / lot;
      quote.askSize = (given.ask_size ?? Number.NaN) / lot;
      quote.volume = (given.volume ?? Number.NaN) / lot;
      quote.openInterest = (given.open_interest ?? Number.NaN) / lot;
      quote.previousClose = given.previous_close ?? Number.NaN;
      sink.quote(quote);
    } catch (error) {
      rejected(sink, error, leg.place);
    }
  }
}

function rejected(sink: QuoteSink, error: unknown, place: string): void {
  if (!(error instanceof BadCell)) throw error;
  sink.rejected(error.rejection, `Dhan: option chain, ${place}: ${error.message}`);
}
