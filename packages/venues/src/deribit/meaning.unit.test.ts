import { beforeEach, describe, expect, test } from 'vitest';
import {
  AT,
  BTC_CALL,
  instrumentRow,
  type KeptSink,
  keptSink,
  SOL_PUT,
  SOL_ROW,
  tickerData,
} from './deribit.fixture.ts';
import { createListedContracts, type ListedContracts } from './listed-contracts.ts';
import { type ChannelMeaning, createChannelMeaning, readBookSummary } from './meaning.ts';

let contracts: ListedContracts;
let meaning: ChannelMeaning;
let sink: KeptSink;

beforeEach(() => {
  contracts = createListedContracts();
  contracts.replace([instrumentRow(), SOL_ROW], ['BTC', 'SOL_USDC'], AT);
  meaning = createChannelMeaning(contracts);
  meaning.watch(BTC_CALL);
  meaning.watch(SOL_PUT);
  sink = keptSink();
});

const snapshot = (over: Record<string, unknown> = {}) =>
  meaning.notified('incremental_ticker.X', { type: 'snapshot', ...tickerData(over) }, sink);
const change = (over: Record<string, unknown>) =>
  meaning.notified(
    'incremental_ticker.X',
    { type: 'change', instrument_name: BTC_CALL, timestamp: AT + 1000, ...over },
    sink,
  );

describe('tickers', () => {
  test('an inverse premium is in coin and is converted with the forward of its ticker', () => {
    snapshot();
    expect(sink.states).toEqual([[BTC_CALL, 'open']]);
    expect(sink.rejections).toEqual([]);
    expect(sink.quotes).toEqual([
      {
        id: BTC_CALL,
        at: AT,
        complete: true,
        bid: 1800,
        ask: Number.NaN,
        last: Number.NaN,
        mark: 0.0205 * 90_000,
        bidSize: 3,
        askSize: 0,
        volume: 2.5,
        openInterest: 12.5,
        previousClose: Number.NaN,
        forward: 90_000,
        spot: 89_900,
      },
    ]);
  });

  test('a linear premium is in its currency, its coins are contracts of contract_size', () => {
    snapshot({ instrument_name: SOL_PUT, best_bid_price: 4.2, underlying_price: 176, open_interest: 150 });
    expect(sink.quotes[0]).toMatchObject({ bid: 4.2, bidSize: 0.3, openInterest: 15, forward: 176 });
  });

  test('a change has the changed fields only, also of its statistics; null and 0 take a price away', () => {
    snapshot({ best_ask_price: 0.021, best_ask_amount: 5, last_price: 0.02 });
    change({ best_bid_price: 0.0205, stats: { high: 0.04 }, best_ask_price: 0, last_price: null });
    expect(sink.quotes[1]).toMatchObject({
      at: AT + 1000,
      complete: true,
      bid: 0.0205 * 90_000,
      ask: Number.NaN,
      last: Number.NaN,
      askSize: 5,
      volume: 2.5,
    });
  });

  test('a change of the forward alone moves all prices of an inverse option', () => {
    snapshot();
    change({ underlying_price: 91_000 });
    expect(sink.quotes[1]).toMatchObject({ forward: 91_000, bid: 0.02 * 91_000 });
  });

  test('what is only told with a full ticker is that of the last one', () => {
    snapshot();
    snapshot({ timestamp: AT + 5, open_interest: null });
    expect(sink.quotes[1].openInterest).toBeNaN();
  });

  test('quotes count only while the book is open; each state is said once', () => {
    snapshot();
    change({ state: 'settlement' });
    change({ best_bid_price: 0.03 });
    change({ state: 'open' });
    expect(sink.states.map(([, state]) => state)).toEqual(['open', 'closed', 'open']);
    expect(sink.quotes.map(({ bid }) => bid)).toEqual([1800, 2700]);
  });

  test.each([
    ['closed', 'settlement', 89_900],
    ['closed', 'inactive', 89_900],
    ['closed', 'locked', 89_900],
    ['closed', 'halted', 89_900],
    ['closed', 'closed', 89_900],
    ['closed', 'of a later release', 89_900],
    ['ended', 'delivered', 89_900],
    ['ended', 'archivized', 89_900],
    ['ended', 'closed', 'expired'],
  ] as const)('%s is what %s with a delivery price of %s means', (state, said, delivery) => {
    snapshot({ state: said, estimated_delivery_price: delivery });
    expect(sink.states).toEqual([[BTC_CALL, state]]);
    expect(sink.quotes).toEqual([]);
    expect(sink.rejections).toEqual([]);
  });

  test.each([
    ['out_of_order', { timestamp: AT - 1 }],
    ['bad_value', { best_bid_price: '0.02' }],
    ['bad_value', { best_bid_price: -0.02 }],
    ['bad_value', { underlying_price: 0 }],
    ['bad_timestamp', { timestamp: null }],
    ['expired', { timestamp: Date.parse('2026-01-30T08:00:01Z') }],
  ])('%s costs its message only', (rejection, over) => {
    snapshot();
    snapshot(over);
    expect(sink.rejections.map(([said]) => said)).toEqual([rejection]);
    expect(sink.quotes.length).toBe(1);
  });

  test('a change before the first full ticker, of an unsubscribed option or of none is rejected', () => {
    change({ best_bid_price: 0.03 });
    meaning.notified('incremental_ticker.X', tickerData({ instrument_name: 'BTC-30JAN26-1-P' }), sink);
    meaning.notified('incremental_ticker.X', null, sink);
    meaning.notified('book.X', {}, sink);
    expect(sink.rejections.map(([said]) => said)).toEqual([
      'out_of_order',
      'bad_value',
      'bad_value',
      'bad_value',
    ]);
    expect(sink.quotes).toEqual([]);
  });

  test('what was forgotten begins anew', () => {
    snapshot();
    meaning.forget(BTC_CALL);
    meaning.watch(BTC_CALL);
    change({ best_bid_price: 0.03 });
    expect(sink.rejections.map(([said]) => said)).toEqual(['out_of_order']);
  });
});

describe('other channels', () => {
  test('a mark price is converted with the forward that was told last; before that it is left out', () => {
    const row = { instrument_name: BTC_CALL, mark_price: 0.021, iv: 0.47, timestamp: AT + 1 };
    const sol = { instrument_name: SOL_PUT, mark_price: 4.5, iv: 0.8, timestamp: AT + 1 };
    meaning.notified('markprice.options.btc_usd', [row, sol], sink);
    snapshot();
    meaning.notified('markprice.options.btc_usd', [row, 7, { instrument_name: 'BTC-1JAN27-1-C' }], sink);
    const marks = sink.quotes.filter(({ complete }) => !complete);
    expect(marks.map(({ id, mark, bid }) => [id, mark, bid])).toEqual([
      [SOL_PUT, 4.5, Number.NaN],
      [BTC_CALL, 0.021 * 90_000, Number.NaN],
    ]);
    expect(sink.rejections).toEqual([['bad_value', 'a mark price is not an object']]);
  });

  test('a mark price has no time, so that a ticker of a moment before is not late; one older than the ticker is left out', () => {
    const markAt = (timestamp: number, mark_price: number) =>
      meaning.notified(
        'markprice.options.btc_usd',
        [{ instrument_name: BTC_CALL, mark_price, timestamp }],
        sink,
      );
    snapshot();
    markAt(AT - 1, 0.01);
    markAt(AT + 50, 0.021);
    change({ best_bid_price: 0.03, timestamp: AT + 40 });
    expect(sink.quotes.map(({ at, mark, bid }) => [at, mark, bid])).toEqual([
      [AT, 0.0205 * 90_000, 1800],
      [Number.NaN, 0.021 * 90_000, Number.NaN],
      [AT + 40, 0.0205 * 90_000, 2700],
    ]);
  });

  test('an index and its DVOL are prices of their own instruments; 0 is none', () => {
    meaning.notified(
      'deribit_price_index.btc_usd',
      { index_name: 'btc_usd', price: 89_901.5, timestamp: AT },
      sink,
    );
    meaning.notified(
      'deribit_volatility_index.btc_usd',
      { index_name: 'btc_usd', volatility: 42.1, timestamp: AT },
      sink,
    );
    meaning.notified('deribit_price_index.btc_usd', { index_name: 'btc_usd', price: 0, timestamp: AT }, sink);
    expect(sink.quotes.map(({ id, last }) => [id, last])).toEqual([
      ['btc_usd', 89_901.5],
      ['deribit_volatility_index.btc_usd', 42.1],
      ['btc_usd', Number.NaN],
    ]);
  });

  test('the state of an instrument: a new one is listed, a delivered one ended, a locked one does not count', () => {
    const said = (name: string, state: string) =>
      meaning.notified('instrument.state.option.BTC', { instrument_name: name, state, timestamp: AT }, sink);
    snapshot();
    said('BTC-31JAN26-90000-C', 'created');
    said('BTC-20JAN26-90000-C', 'delivered');
    said(BTC_CALL, 'locked');
    change({ best_bid_price: 0.03 });
    said(BTC_CALL, 'open');
    change({ best_bid_price: 0.04, timestamp: AT + 2000 });
    said(BTC_CALL, 'delivered');
    expect(sink.listings).toEqual(['BTC-31JAN26-90000-C']);
    expect(sink.states.map(([, state]) => state)).toEqual(['open', 'closed', 'open', 'ended']);
    expect(sink.quotes.map(({ bid }) => bid)).toEqual([1800, 3600]);
  });
});

test('a book summary says what it has: no sizes, no index; null is not given', () => {
  const row = {
    instrument_name: BTC_CALL,
    bid_price: 0.02,
    ask_price: null,
    mark_price: 0.0205,
    mark_iv: 45.2,
    last: 0.019,
    open_interest: 12.5,
    volume: 2.5,
    underlying_price: 90_000,
    creation_timestamp: AT,
  };
  const sol = { ...row, instrument_name: SOL_PUT, underlying_price: 176, bid_price: 4.2, open_interest: 150 };
  const rows = [row, sol, { ...row, instrument_name: 'BTC-30JAN26-1-C' }, 3, { ...row, bid_price: '1' }];
  readBookSummary(rows, () => true, contracts, sink);
  expect(sink.quotes[0]).toMatchObject({
    id: BTC_CALL,
    at: AT,
    complete: false,
    bid: 1800,
    ask: Number.NaN,
    last: 0.019 * 90_000,
    bidSize: Number.NaN,
    openInterest: 12.5,
    spot: Number.NaN,
  });
  expect(sink.quotes[1]).toMatchObject({ id: SOL_PUT, bid: 4.2, openInterest: 15 });
  expect(sink.quotes.length).toBe(2);
  expect(sink.rejections.map(([said]) => said)).toEqual(['bad_value', 'bad_value']);
});
