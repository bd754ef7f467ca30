import { listedOn } from '@deltastream/reference';
import { expect, test } from 'vitest';
import type { InstrumentId } from '../../instrument.ts';
import { createInstrumentQuote, type InstrumentQuote } from '../../meaning.ts';
import { addKnown, type KnownInstrument } from '../known-instruments.ts';
import { createTickReader } from './read-tick.ts';

const CALL = 'NFO:NIFTY29DEC2624000CE';
const INDEX = 'NSE_INDEX:NIFTY';
const listing = listedOn('NSE', 'NIFTY');
const term = { listing, expiry: '2026-12-29', expiresAt: 10 } as const;

function knownOnes(): Map<InstrumentId, KnownInstrument> {
  const known = new Map<InstrumentId, KnownInstrument>();
  addKnown(known, {
    asOf: 0,
    instruments: [
      { kind: 'underlying', id: INDEX, listing },
      { kind: 'option', id: CALL, ...term, strike: 24_000, side: 'call', lotSize: 65 },
    ],
    rejected: new Map(),
  });
  return known;
}

function read(message: object, known = knownOnes()) {
  const quotes: InstrumentQuote[] = [];
  const rejected: string[] = [];
  const given: string[] = [];
  createTickReader(known).read(
    { ...message },
    {
      quote: (quote) => quotes.push({ ...quote }),
      state: () => expect.unreachable(),
      listed: () => expect.unreachable(),
      rejected: (rejection, reason) => rejected.push(`${rejection}: ${reason}`),
    },
    (id, exchange) => given.push(`${id} of ${exchange}`),
  );
  return { quotes, rejected, given };
}

const tick = (data: unknown) => ({
  type: 'market_data',
  symbol: 'NIFTY29DEC2624000CE',
  exchange: 'NFO',
  mode: 3,
  broker: 'zerodha',
  data,
});
const level = (price: number, quantity: number) => ({ price, quantity, orders: 1 });
const NO_LEVEL = level(0, 0);

/** As Zerodha's comes: its open interest is that of another field. */
const BOOK = {
  ...{ symbol: 'NIFTY29DEC2624000CE', exchange: 'NFO', mode: 'full', ltp: 120.5, ltt: 1_798_000_000 },
  ...{ timestamp: 1_798_000_000_123, volume: 6500, open: 100, high: 130, low: 90, close: 110 },
  ...{ oi: 65_537, depth: { buy: [level(120.4, 130), NO_LEVEL], sell: [level(120.6, 195), NO_LEVEL] } },
};
const quoteOf = (fields: Partial<InstrumentQuote>) => ({ ...createInstrumentQuote(), ...fields });
const FULL = quoteOf({
  ...{ id: CALL, complete: true, last: 120.5, bid: 120.4, ask: 120.6, bidSize: 2, askSize: 3, volume: 100 },
});

test('a tick with a book is complete, in contracts, with what chains said beside it', () => {
  const known = knownOnes();
  expect(read(tick(BOOK), known)).toEqual({ quotes: [FULL], rejected: [], given: [`${CALL} of NFO`] });
  const option = known.get(CALL) as KnownInstrument;
  expect(option.isFresh).toBe(true);
  Object.assign(option, { openInterest: 40, previousClose: 99, volume: 7 });
  expect(read(tick(BOOK), known).quotes).toEqual([{ ...FULL, openInterest: 40, previousClose: 99 }]);
  expect(read(tick({ ...BOOK, volume: null }), known).quotes).toMatchObject([{ volume: 7 }]);
});

test('a side without a level has no price: nobody bids, and there is no ask', () => {
  const sides = (buy: unknown[], sell: unknown[]) => read(tick({ ...BOOK, depth: { buy, sell } })).quotes;
  const empty = { ...FULL, bid: 0, bidSize: 0, ask: Number.NaN, askSize: 0 };
  expect(sides([], [])).toEqual([empty]);
  expect(sides([NO_LEVEL], [NO_LEVEL])).toEqual([empty]);
  // Sizes that are not given are not known.
  expect(sides([{ price: 120.4 }], [level(120.6, 195)])).toEqual([{ ...FULL, bidSize: Number.NaN }]);
});

test('open interest of before does not make a tick of zeros one of a quote', () => {
  const known = knownOnes();
  Object.assign(known.get(CALL) as KnownInstrument, { openInterest: 40 });
  const zeros = { ...BOOK, ltp: 0, depth: { buy: [NO_LEVEL], sell: [NO_LEVEL] } };
  expect(read(tick(zeros), known).quotes).toMatchObject([
    { complete: true, bid: 0, last: Number.NaN, openInterest: Number.NaN },
  ]);
});

test('a tick without a book is a part: the last price, and the volume of an option', () => {
  const { depth: _, ...rest } = BOOK;
  expect(read(tick(rest)).quotes).toEqual([quoteOf({ id: CALL, last: 120.5, volume: 100 })]);
  expect(read(tick({ last_price: 5 })).quotes).toEqual([quoteOf({ id: CALL, last: 5 })]);
  const index = { ...tick({ ltp: 24_010.5, volume: 9 }), symbol: 'NIFTY', exchange: 'NSE_INDEX', mode: 1 };
  expect(read(index).quotes).toEqual([quoteOf({ id: INDEX, last: 24_010.5 })]);
});

test('of an instrument that is not listed the price alone is known', () => {
  const other = { ...tick(BOOK), symbol: 'NIFTY29DEC2624100CE' };
  expect(read(other).quotes).toEqual([quoteOf({ id: 'NFO:NIFTY29DEC2624100CE', last: 120.5 })]);
});

test.each([
  [{ ...tick(BOOK), symbol: 1 }, 'a tick without symbol, exchange or data'],
  [{ ...tick(BOOK), exchange: undefined }, 'a tick without symbol, exchange or data'],
  [tick([]), 'a tick without symbol, exchange or data'],
  [tick({ ...BOOK, ltp: -1 }), `a tick of "${CALL}": ltp is -1, expected 0 or more`],
  [tick({ ...BOOK, ltp: '120' }), `a tick of "${CALL}": ltp is "120", expected a number`],
  [tick({ ...BOOK, depth: {} }), `a tick of "${CALL}": depth.buy is not a list`],
  [tick({ ...BOOK, depth: { buy: [], sell: [5] } }), `a tick of "${CALL}": depth.sell[0] is not an object`],
])('is rejected with the reason, and costs itself only: %#', (message, reason) => {
  expect(read(message)).toEqual({ quotes: [], rejected: [`bad_value: OpenAlgo: ${reason}`], given: [] });
});

test('what chains said is kept with a new list of the same contracts, and goes with them', () => {
  const known = knownOnes();
  Object.assign(known.get(CALL) as KnownInstrument, { openInterest: 40 });
  const list = (strike: number, asOf = 0) => ({
    ...{ asOf, rejected: new Map() },
    instruments: [
      { kind: 'option', id: CALL, ...term, strike, side: 'call', lotSize: null } as const,
      { kind: 'underlying', id: INDEX, listing } as const,
    ],
  });
  addKnown(known, list(24_000));
  expect(known.get(CALL)).toMatchObject({ openInterest: 40, lot: expect.any(Number) });
  addKnown(known, list(24_050));
  expect(known.get(CALL)).toMatchObject({ openInterest: Number.NaN });
  addKnown(known, { ...list(24_050, 10), instruments: [] });
  expect([...known.keys()]).toEqual([INDEX]);
});
