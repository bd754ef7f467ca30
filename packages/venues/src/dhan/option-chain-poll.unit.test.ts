import { listedOn } from '@deltastream/reference';
import { expect, test } from 'vitest';
import type { OptionInstrument } from '../instrument.ts';
import { createInstrumentQuote, type InstrumentQuote } from '../meaning.ts';
import type { KnownInstrument } from './feed/known-instruments.ts';
import { readChain } from './option-chain-poll.ts';

const contract = (id: number, strike: number, side: 'call' | 'put'): OptionInstrument => ({
  kind: 'option',
  id,
  listing: listedOn('NSE', 'NIFTY'),
  expiry: '2026-12-29',
  expiresAt: 0,
  strike,
  side,
  lotSize: 65,
});
const known = (isFresh = false): KnownInstrument => ({
  kind: 'option',
  listed: null,
  lot: 65,
  ticksPerUnit: 20,
  previousClose: Number.NaN,
  isFresh,
});
const leg = (over: object = {}) => ({
  last_price: 134,
  oi: 650,
  previous_oi: 520,
  previous_close_price: 144.85,
  top_ask_price: 134.05,
  top_ask_quantity: 130,
  top_bid_price: 0,
  top_bid_quantity: 0,
  volume: 1300,
  ...over,
});

function read(data: Record<string, unknown>, instruments: Map<number, KnownInstrument>) {
  const quotes: InstrumentQuote[] = [];
  const rejected: string[] = [];
  const contracts = [contract(1, 24_000, 'call'), contract(2, 24_000, 'put'), contract(3, 24_050.5, 'call')];
  readChain(data, contracts, instruments, {
    quote: (quote) => quotes.push({ ...quote }),
    state: () => expect.unreachable(),
    listed: () => expect.unreachable(),
    rejected: (rejection, reason) => rejected.push(`${rejection}: ${reason}`),
  });
  return { quotes, rejected };
}

test('contracts that were asked for, in contracts, apart from those that the WebSocket spoke of', () => {
  const fresh = known(true);
  const instruments = new Map([
    [1, known()],
    [2, fresh],
    [3, known()],
  ]);
  const data = {
    last_price: 24_010.5,
    oc: {
      '24000.000000': { ce: leg(), pe: leg() },
      '24050.500000': { ce: leg({ oi: -1 }), pe: leg() },
      '24100.000000': { ce: leg({ oi: 'x' }) },
    },
  };
  const { quotes, rejected } = read(data, instruments);
  expect(quotes).toEqual([
    {
      ...createInstrumentQuote(),
      id: 1,
      complete: true,
      last: 134,
      bid: Number.NaN,
      ask: 134.05,
      bidSize: 0,
      askSize: 2,
      volume: 20,
      openInterest: 10,
      previousClose: 144.85,
      spot: 24_010.5,
    },
  ]);
  expect(rejected).toEqual([
    'bad_value: Dhan: option chain, data.oc["24050.500000"].ce: oi is -1, expected 0 or more',
  ]);
  // Once: by the next request it spoke of it long ago.
  expect(fresh.isFresh).toBe(false);
  expect(read(data, instruments).quotes.map(({ id }) => id)).toEqual([1, 2]);
});

test('data that is none is rejected', () => {
  expect(read({ last_price: 1 }, new Map()).rejected).toEqual([
    'bad_value: Dhan: data.oc of an option chain is not an object',
  ]);
  const { rejected, quotes } = read({ last_price: 'x', oc: { x: { ce: leg() } } }, new Map());
  expect(quotes).toEqual([]);
  expect(rejected).toEqual([
    'bad_value: Dhan: option chain, data: last_price is "x", expected a number',
    'bad_value: Dhan: option chain, data.oc["x"].ce: its key is not a strike',
  ]);
});
