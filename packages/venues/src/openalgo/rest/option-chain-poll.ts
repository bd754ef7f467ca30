import { amount, BadCell, isObject, type Json } from '@deltastream/recordings/cells';
import { type IndianExchange, indianExchange } from '../../connection/listings/indian-listings.ts';
import { createChainTurns } from '../../connection/requests/chain-turns.ts';
import type { InstrumentId, OptionInstrument } from '../../instrument.ts';
import { createInstrumentQuote, type InstrumentQuote, type QuoteSink } from '../../meaning.ts';
import { type Poll, PollFailure } from '../../venue.ts';
import type { KnownInstrument, KnownInstruments } from '../known-instruments.ts';
import { derivativesOf, expiryCode, openalgoId, underlyingSegment } from '../symbols.ts';
import { fetchChain, type OpenAlgoRest } from './api-requests.ts';

/** Numbers of a leg, all 0 where a broker does not say them. */
const COLUMNS = ['ltp', 'bid', 'ask', 'bid_qty', 'ask_qty', 'volume', 'oi', 'prev_close'] as const;
type Column = (typeof COLUMNS)[number];
type Numbers = Readonly<Record<Column, number>>;

/**
 * Asks for the chains of the expiries in turn, one each request. Ticks do not say open interest and the previous close, or
 * wrongly: they are taken from here. Of a contract that no tick came of since the turn before, everything is.
 */
export function createOpenAlgoChainPoll(
  rest: OpenAlgoRest,
  known: KnownInstruments,
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
      const exchange = indianExchange(listing.symbol, 'OpenAlgo');
      const segment = underlyingSegment(listing, exchange);
      const data = await fetchChain(
        rest,
        {
          underlying: listing.symbol,
          exchange: segment,
          expiry: expiryCode(expiry),
          // As many on each side of the money as are followed: wherever among them the money is, they are all there.
          strikes: new Set(contracts.map(({ strike }) => strike)).size,
        },
        signal,
      );
      readChain(data, { exchange, underlying: openalgoId(segment, listing.symbol), contracts }, known, sink);
    },
  };
}

interface AskedChain {
  readonly exchange: IndianExchange;
  readonly underlying: InstrumentId;
  readonly contracts: readonly OptionInstrument[];
}

/**
 * Reads an answer into quotes of the contracts asked for; others in it are left out. A column that is 0 in every one of its
 * legs is one that the broker does not say. Throws PollFailure where that is all of them: the broker's answer was none.
 */
export function readChain(data: Json, asked: AskedChain, known: KnownInstruments, sink: QuoteSink): void {
  const segment = derivativesOf(asked.exchange);
  const wanted = new Set(asked.contracts.map(({ id }) => id));
  const legs: (readonly [InstrumentId, Numbers])[] = [];
  const said = new Set<Column>();
  for (const row of Array.isArray(data.chain) ? data.chain : []) {
    for (const side of ['ce', 'pe']) {
      const leg: unknown = isObject(row) ? row[side] : null;
      if (!isObject(leg)) continue;
      const id = openalgoId(segment, String(leg.symbol));
      try {
        const numbers = numbersOf(leg);
        for (const column of COLUMNS) if (numbers[column] > 0) said.add(column);
        if (wanted.has(id)) legs.push([id, numbers]);
      } catch (error) {
        rejected(sink, error, id);
      }
    }
  }
  if (!['ltp', 'bid', 'ask', 'oi'].some((column) => said.has(column as Column)))
    throw new PollFailure('the option chain of OpenAlgo has no price and no open interest: all are 0');
  const quote = createInstrumentQuote();
  giveUnderlying(data, asked.underlying, known, quote, sink);
  for (const [id, numbers] of legs) giveLeg(id, numbers, said, known.get(id), quote, sink);
}

function giveUnderlying(
  data: Json,
  id: InstrumentId,
  known: KnownInstruments,
  quote: InstrumentQuote,
  sink: QuoteSink,
): void {
  const instrument = known.get(id);
  if (!instrument) return;
  try {
    const last = amount(data, 'underlying_ltp');
    Object.assign(quote, createInstrumentQuote(), { id });
    quote.previousClose = orNone(amount(data, 'underlying_prev_close'));
    // Ticks are newer.
    if (!instrument.isFresh) quote.last = orNone(last);
    instrument.isFresh = false;
    if (quote.last > 0 || quote.previousClose > 0) sink.quote(quote);
  } catch (error) {
    rejected(sink, error, id);
  }
}

function giveLeg(
  id: InstrumentId,
  numbers: Numbers,
  said: ReadonlySet<Column>,
  instrument: KnownInstrument | undefined,
  quote: InstrumentQuote,
  sink: QuoteSink,
): void {
  const lot = instrument?.lot ?? Number.NaN;
  const given = (column: Column) => (said.has(column) ? numbers[column] : Number.NaN);
  Object.assign(quote, createInstrumentQuote(), { id });
  quote.openInterest = given('oi') / lot;
  quote.previousClose = orNone(given('prev_close'));
  const wasFresh = instrument?.isFresh ?? false;
  if (instrument) {
    instrument.isFresh = false;
    if (said.has('oi')) instrument.openInterest = quote.openInterest;
    if (said.has('volume')) instrument.volume = given('volume') / lot;
    if (quote.previousClose > 0) instrument.previousClose = quote.previousClose;
    const { volume, openInterest, previousClose } = instrument;
    sink.completes?.(id, { volume, openInterest, previousClose });
  }
  if (!wasFresh) {
    quote.complete = said.has('bid') && said.has('ask');
    quote.last = orNone(given('ltp'));
    quote.bid = given('bid');
    quote.ask = orNone(given('ask'));
    quote.bidSize = given('bid_qty') / lot;
    quote.askSize = given('ask_qty') / lot;
    quote.volume = given('volume') / lot;
  }
  sink.quote(quote);
}

const numbersOf = (leg: Json): Numbers =>
  Object.fromEntries(COLUMNS.map((column) => [column, amount(leg, column)])) as unknown as Numbers;

/** A price of 0 is none. */
const orNone = (value: number): number => (value > 0 ? value : Number.NaN);

function rejected(sink: QuoteSink, error: unknown, id: InstrumentId): void {
  if (!(error instanceof BadCell)) throw error;
  sink.rejected(error.rejection, `OpenAlgo: option chain, ${id}: ${error.message}`);
}
