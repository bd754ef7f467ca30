import { listedOn } from '@deltastream/reference';
import { expect, test } from 'vitest';
import type { InstrumentId, OptionInstrument } from '../../instrument.ts';
import { createInstrumentQuote, type InstrumentQuote } from '../../meaning.ts';
import { addKnown, type KnownInstrument } from '../known-instruments.ts';
import { optionSymbol } from '../symbols.ts';
import { readChain } from './option-chain-poll.ts';

const EXPIRY = '2026-12-29';
const INDEX = 'NSE_INDEX:NIFTY';
const listing = listedOn('NSE', 'NIFTY');

const contract = (strike: number, side: 'call' | 'put'): OptionInstrument => ({
  ...{ kind: 'option', id: `NFO:${optionSymbol('NIFTY', EXPIRY, strike, side)}`, listing },
  ...{ expiry: EXPIRY, expiresAt: 10, strike, side, lotSize: 65 },
});
const [CALL, PUT] = [contract(24_000, 'call'), contract(24_000, 'put')];

function leg(strike: number, side: 'call' | 'put', over: object = {}) {
  return {
    ...{ symbol: optionSymbol('NIFTY', EXPIRY, strike, side), label: 'ATM', ltp: 134, bid: 133.95 },
    ...{ ask: 134.05, bid_qty: 65, ask_qty: 130, open: 0, high: 0, low: 0, prev_close: 144.85 },
    ...{ volume: 1300, oi: 650, lotsize: 65, tick_size: 0.05, ...over },
  };
}

function knownOnes(): Map<InstrumentId, KnownInstrument> {
  const known = new Map<InstrumentId, KnownInstrument>();
  const underlying = { kind: 'underlying', id: INDEX, listing } as const;
  addKnown(known, { asOf: 0, instruments: [underlying, CALL, PUT], rejected: new Map() });
  return known;
}

function read(data: object, known = knownOnes()) {
  const quotes: InstrumentQuote[] = [];
  const rejected: string[] = [];
  const completed: unknown[] = [];
  readChain({ ...data }, { exchange: 'NSE', underlying: INDEX, contracts: [CALL, PUT] }, known, {
    quote: (quote) => quotes.push({ ...quote }),
    state: () => expect.unreachable(),
    listed: () => expect.unreachable(),
    rejected: (rejection, reason) => rejected.push(`${rejection}: ${reason}`),
    completes: (id, by) => completed.push([id, { ...by }]),
  });
  return { quotes, rejected, completed };
}

const answer = (...legs: readonly (readonly [ce: unknown, pe: unknown])[]) => ({
  ...{ status: 'success', underlying_ltp: 24_010.5, underlying_prev_close: 23_900 },
  chain: legs.map(([ce, pe]) => ({ strike: 24_000, ce, pe })),
});
const quoteOf = (fields: Partial<InstrumentQuote>) => ({ ...createInstrumentQuote(), ...fields });
const FULL = {
  ...{ complete: true, last: 134, bid: 133.95, ask: 134.05, bidSize: 1, askSize: 2, volume: 20 },
  ...{ openInterest: 10, previousClose: 144.85 },
};

test('contracts that were asked for, in contracts, and their underlying', () => {
  const known = knownOnes();
  const both = answer(
    [leg(24_000, 'call'), leg(24_000, 'put', { bid: 0, bid_qty: 0, ask: 0 })],
    [leg(24_100, 'call'), null],
  );
  const said = { openInterest: 10, previousClose: 144.85, volume: 20 };
  expect(read(both, known)).toEqual({
    rejected: [],
    completed: [CALL.id, PUT.id].map((id) => [id, said]),
    quotes: [
      quoteOf({ id: INDEX, last: 24_010.5, previousClose: 23_900 }),
      quoteOf({ id: CALL.id, ...FULL }),
      quoteOf({ id: PUT.id, ...FULL, bid: 0, bidSize: 0, ask: Number.NaN }),
    ],
  });
  expect(known.get(PUT.id)).toMatchObject(said);
});

test('of what ticks came, only what they do not say; once, as by the next turn they came long ago', () => {
  const known = knownOnes();
  for (const id of [INDEX, CALL.id]) (known.get(id) as KnownInstrument).isFresh = true;
  const both = answer([leg(24_000, 'call'), leg(24_000, 'put')]);
  expect(read(both, known).quotes).toEqual([
    quoteOf({ id: INDEX, previousClose: 23_900 }),
    quoteOf({ id: CALL.id, openInterest: 10, previousClose: 144.85 }),
    quoteOf({ id: PUT.id, ...FULL }),
  ]);
  expect(read(both, known).quotes).toMatchObject([{ last: 24_010.5 }, FULL, FULL]);
});

test('a column of zeros is one that the broker does not say', () => {
  const known = knownOnes();
  Object.assign(known.get(CALL.id) as KnownInstrument, { openInterest: 7 });
  const none = { bid: 0, ask: 0, bid_qty: 0, ask_qty: 0, oi: 0, volume: 0, prev_close: 0 };
  const { quotes } = read(
    { ...answer([leg(24_000, 'call', none), leg(24_000, 'put', none)]), underlying_ltp: 0 },
    known,
  );
  expect(quotes.slice(1)).toEqual([quoteOf({ id: CALL.id, last: 134 }), quoteOf({ id: PUT.id, last: 134 })]);
  expect(quotes[0]).toEqual(quoteOf({ id: INDEX, previousClose: 23_900 }));
  expect(known.get(CALL.id)?.openInterest).toBe(7);
});

test('a chain of zeros, and one that is empty, is a failure', () => {
  const zeros = { ltp: 0, bid: 0, ask: 0, oi: 0 };
  const known = knownOnes();
  const all = answer([leg(24_000, 'call', zeros), leg(24_000, 'put', zeros)]);
  expect(() => read(all, known)).toThrow('no price and no open interest: all are 0');
  expect(() => read({ chain: [] })).toThrow('no price and no open interest');
  expect(known.get(CALL.id)?.openInterest).toBeNaN();
});

test('a leg or an underlying that is wrong costs itself only', () => {
  const { quotes, rejected } = read({
    ...answer([leg(24_000, 'call', { oi: -1 }), leg(24_000, 'put')], [5, null]),
    underlying_ltp: 'x',
  });
  expect(quotes).toEqual([quoteOf({ id: PUT.id, ...FULL })]);
  expect(rejected).toEqual([
    `bad_value: OpenAlgo: option chain, ${CALL.id}: oi is -1, expected 0 or more`,
    `bad_value: OpenAlgo: option chain, ${INDEX}: underlying_ltp is "x", expected a number`,
  ]);
});
