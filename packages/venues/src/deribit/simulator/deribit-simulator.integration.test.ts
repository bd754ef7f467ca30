import { once } from 'node:events';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { chainSaying, sourceOf } from '../../simulators/chains.fixture.ts';
import { marketOf, type PlayedMarket } from '../../simulators/simulated-market.ts';
import type { Simulator } from '../../simulators/simulator.ts';
import { createDeribitSimulator, type DeribitSimulatorOptions } from './deribit-simulator.ts';
import { DERIBIT_RATES } from './rate-limit.ts';
import { deribitId } from './wire-values.ts';

const AT = Date.parse('2026-01-20T09:00:00Z');
const CALL = 'BTC-30JAN26-95000-C';

const opened: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close();
});

const chainAt = (seconds: number, bid: number) =>
  chainSaying({
    timestamp: AT + seconds * 1000,
    spot: 89_900,
    future: 90_000,
    strikes: {
      95000: [
        { bid, ask: 0.021 * 90_000, mark: 0.0205 * 90_000, open_interest: 12.5, volume: 2.5 },
        { mark: 0.07 * 90_000 },
      ],
    },
  });

async function simulated(options: DeribitSimulatorOptions = {}): Promise<[Simulator, PlayedMarket]> {
  const chains = [chainAt(0, 1800), chainAt(1, 1890), chainAt(2, 1890)];
  const market = await marketOf(sourceOf(chains), { idOf: deribitId });
  const simulator = await createDeribitSimulator(market, options);
  opened.push(market, simulator);
  return [simulator, market];
}

/** A client that keeps what it is sent. */
async function connect(simulator: Simulator) {
  const socket = new WebSocket(`${simulator.url.replace('http', 'ws')}/ws/api/v2`);
  const messages: Record<string, never>[] = [];
  const closed = once(socket, 'close');
  socket.on('message', (data) => messages.push(JSON.parse(String(data))));
  await once(socket, 'open');
  opened.push({ close: () => socket.terminate() });
  const call = (id: number, method: string, params: object = {}) =>
    socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
  const response = (id: number) =>
    vi.waitFor(() => {
      const found = messages.find((message) => message.id === id);
      if (!found) throw new Error(`no response to ${id}`);
      return found;
    });
  const said = (channel: string) =>
    messages
      .filter(({ params }) => (params as { channel?: string })?.channel === channel)
      .map(({ params }) => (params as { data: object }).data);
  return { messages, closed, call, response, said };
}

const get = async (simulator: Simulator, method: string, query = '') => {
  const response = await fetch(`${simulator.url}/api/v2/public/${method}?${query}`);
  return { status: response.status, body: await response.json() };
};

describe('over HTTP', () => {
  test('instruments, the book summary and a ticker say what the market says, in coin', async () => {
    const [simulator] = await simulated();
    const instruments = await get(simulator, 'get_instruments', 'currency=BTC&kind=option&expired=false');
    expect(instruments.body).toMatchObject({ jsonrpc: '2.0', testnet: true, usDiff: 0 });
    expect(instruments.body.result[0]).toMatchObject({
      instrument_name: CALL,
      option_type: 'call',
      strike: 95_000,
      expiration_timestamp: Date.parse('2026-01-30T08:00:00Z'),
      instrument_type: 'reversed',
      price_index: 'btc_usd',
      contract_size: 1,
      tick_size: 0.0001,
      state: 'open',
    });
    const summary = await get(simulator, 'get_book_summary_by_currency', 'currency=BTC&kind=option');
    expect(summary.body.result[0]).toMatchObject({
      instrument_name: CALL,
      bid_price: 0.02,
      ask_price: 0.021,
      mid_price: 0.0205,
      last: null,
      open_interest: 12.5,
      underlying_price: 90_000,
      creation_timestamp: AT,
    });
    expect(summary.body.result[1]).toMatchObject({ bid_price: null, ask_price: null, mid_price: null });
    const ticker = await get(simulator, 'ticker', `instrument_name=${CALL}`);
    expect(ticker.body.result).toMatchObject({
      best_bid_price: 0.02,
      index_price: 89_900,
      stats: { volume: 2.5 },
      state: 'open',
    });
    expect(ticker.body.result.bid_iv).toBeLessThan(ticker.body.result.mark_iv);
    const book = await get(simulator, 'get_order_book', `instrument_name=${CALL}`);
    expect(book.body.result.bids).toEqual([[0.02, null]]);
    expect((await get(simulator, 'get_index_price', 'index_name=btc_usd')).body.result.index_price).toBe(
      89_900,
    );
    expect((await get(simulator, 'status')).body.result.locked).toBe(false);
  });

  test.each([
    [400, -32601, 'get_everything', ''],
    [400, -32602, 'ticker', 'instrument_name=BTC-1JAN27-1-C'],
    [400, -32602, 'get_index_price', 'index_name=doge_usd'],
    [400, -32602, 'get_book_summary_by_currency', 'currency=any'],
  ])('status %i with the code %i for %s?%s', async (status, code, method, query) => {
    const [simulator] = await simulated();
    const response = await get(simulator, method, query);
    expect([response.status, response.body.error.code]).toEqual([status, code]);
  });

  test('a second list of instruments within a second is refused', async () => {
    const [simulator] = await simulated();
    const statuses = [];
    for (let i = 0; i < 2; i++)
      statuses.push((await get(simulator, 'get_instruments', 'currency=BTC')).status);
    expect(statuses).toEqual([200, 429]);
  });
});

describe('over a WebSocket', () => {
  test('a subscription is answered with a snapshot, then with what changes', async () => {
    const [simulator, market] = await simulated();
    const { call, response, said } = await connect(simulator);
    const channel = `incremental_ticker.${CALL}`;
    call(7, 'public/subscribe', {
      channels: [
        channel,
        `ticker.${CALL}.100ms`,
        `ticker.${CALL}.agg2`,
        'incremental_ticker.NONE',
        'deribit_price_index.btc_usd',
        'markprice.options.btc_usd',
      ],
    });
    expect((await response(7)).result).toEqual([
      channel,
      `ticker.${CALL}.100ms`,
      `ticker.${CALL}.agg2`,
      'deribit_price_index.btc_usd',
      'markprice.options.btc_usd',
    ]);
    await vi.waitFor(() => expect(said('markprice.options.btc_usd').length).toBe(1));
    expect(said(channel)).toEqual([
      expect.objectContaining({ type: 'snapshot', best_bid_price: 0.02, index_price: 89_900 }),
    ]);
    expect(said('deribit_price_index.btc_usd')).toEqual([
      { index_name: 'btc_usd', price: 89_900, timestamp: AT },
    ]);
    const marks = said('markprice.options.btc_usd')[0] as { iv: number; mark_price: number }[];
    expect(marks.map(({ mark_price }) => mark_price)).toEqual([0.0205, 0.07]);
    expect(marks[0].iv).toBeLessThan(2);
    expect([...simulator.subscriptions()[0]]).toEqual([
      [CALL, 1],
      ['btc_usd', 1],
    ]);
    await market.step();
    await vi.waitFor(() => expect(said(channel).length).toBe(2));
    const change = said(channel)[1] as Record<string, unknown>;
    expect(change).toMatchObject({
      type: 'change',
      instrument_name: CALL,
      best_bid_price: 0.021,
      timestamp: AT + 1000,
    });
    expect(Object.keys(change)).not.toContain('best_ask_price');
    expect(said(`ticker.${CALL}.100ms`)[1]).toMatchObject({ best_ask_price: 0.021, best_bid_price: 0.021 });
    call(8, 'public/unsubscribe', { channels: [channel, `ticker.${CALL}.100ms`, `ticker.${CALL}.agg2`] });
    await response(8);
    expect([...simulator.subscriptions()[0].keys()]).toEqual(['btc_usd']);
  });

  test('what needs a login, and a message with too many channels, is refused', async () => {
    const [simulator] = await simulated();
    const { call, response } = await connect(simulator);
    call(1, 'public/subscribe', { channels: [`ticker.${CALL}.raw`] });
    call(2, 'public/subscribe', { channels: Array.from({ length: 251 }, (_, i) => `ticker.${i}.100ms`) });
    expect((await response(1)).error).toMatchObject({ code: 13778 });
    expect((await response(2)).error).toMatchObject({ code: -32600 });
    expect(simulator.connections()).toBe(1);
  });

  test('too many requests are said and end the session', async () => {
    const [simulator] = await simulated({
      rates: { ...DERIBIT_RATES, subscriptions: { capacity: 1, perSecond: 0.01 } },
    });
    const { call, response, closed } = await connect(simulator);
    call(1, 'public/subscribe', { channels: [] });
    call(2, 'public/subscribe', { channels: [] });
    expect((await response(2)).error).toMatchObject({ code: 10028 });
    await closed;
  });

  test('who does not respond to a request for a sign of life is cut, who does stays', async () => {
    const [simulator] = await simulated({ heartbeatMs: 50 });
    const [alive, dead] = [await connect(simulator), await connect(simulator)];
    for (const { call } of [alive, dead]) call(1, 'public/set_heartbeat', { interval: 30 });
    let next = 2;
    const replies = setInterval(() => alive.call(next++, 'public/test'), 10);
    opened.push({ close: () => clearInterval(replies) });
    await dead.closed;
    expect(dead.messages.map(({ params }) => (params as { type?: string })?.type).filter(Boolean)).toEqual([
      'heartbeat',
      'test_request',
    ]);
    await vi.waitFor(() => expect(simulator.connections()).toBe(1));
    alive.call(1000, 'public/set_heartbeat', { interval: 9 });
    expect((await alive.response(1000)).error).toMatchObject({ code: -32602 });
  });
});
