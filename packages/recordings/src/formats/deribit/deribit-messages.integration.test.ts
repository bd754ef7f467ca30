import { column } from '@deltastream/contracts';
import { expect, test } from 'vitest';
import { openRecording } from '../../recording-source.ts';
import { collect, recording, withFile } from '../../testing/recordings.fixture.ts';

const AT = Date.parse('2026-01-20T09:00:00Z');

function ticker(over: Record<string, unknown> = {}): string {
  const data = {
    underlying_price: 90_000,
    timestamp: AT,
    stats: { volume: 2.5 },
    state: 'open',
    open_interest: 12.5,
    mark_price: 0.0205,
    last_price: null,
    instrument_name: 'BTC-30JAN26-95000-C',
    index_price: 89_900,
    best_bid_price: 0.02,
    best_bid_amount: 3,
    best_ask_price: 0,
    best_ask_amount: 0,
    estimated_delivery_price: 'expired',
    ...over,
  };
  return message(`ticker.${data.instrument_name}.raw`, data);
}

const message = (channel: string, data: unknown) =>
  JSON.stringify({ jsonrpc: '2.0', method: 'subscription', params: { channel, data } });

const read = (...lines: string[]) =>
  withFile('messages.jsonl', `${lines.join('\n')}\n`, async (path) => collect(await openRecording(path)));

test('an inverse premium is converted with the forward of its message', async () => {
  const { chains, ticks, rejected } = await read(ticker());
  expect(rejected).toEqual([]);
  expect(ticks).toEqual([expect.objectContaining({ product: 'BTC', price: 89_900, timestamp: AT })]);
  const [{ columns, ...header }] = chains;
  expect(header).toMatchObject({
    product: 'BTC',
    expiry_at: Date.parse('2026-01-30T08:00:00Z'),
    timestamp: AT,
    future: 90_000,
    lot_size: 1,
    price_tick: 9,
  });
  const cell = (name: Parameters<typeof column>[1]) => column(columns, name)[0];
  expect(cell('call_bid')).toBe(1800);
  expect(cell('call_mark')).toBeCloseTo(1845, 9);
  expect(cell('call_ask')).toBeNaN();
  expect(cell('call_last')).toBeNaN();
  expect(cell('call_open_interest')).toBe(12.5);
  expect(cell('call_volume')).toBe(2.5);
});

test('a linear option is in its currency, with decimals in the strike', async () => {
  const { chains } = await read(
    ticker({ instrument_name: 'XRP_USDC-30JAN26-2d05-P', underlying_price: 2.1, best_bid_price: 0.04 }),
  );
  expect(chains[0]).toMatchObject({
    product: 'XRP_USDC',
    currency: 'USDC',
    lot_size: null,
    quality: ['lot_unknown'],
  });
  expect(column(chains[0].columns, 'strike')[0]).toBe(2.05);
  expect(column(chains[0].columns, 'put_bid')[0]).toBe(0.04);
});

test('a chain is what is known by then, once a second with a change, whatever the order of the file', async () => {
  const put = 'BTC-30JAN26-95000-P';
  const { chains } = await read(
    ticker({ timestamp: AT + 2000, instrument_name: put, best_bid_price: 0.05 }),
    ticker({ timestamp: AT + 600, best_bid_price: 0.03 }),
    ticker(),
  );
  expect(chains.map(({ timestamp }) => timestamp - AT)).toEqual([600, 2000]);
  expect(column(chains[0].columns, 'call_bid')[0]).toBe(2700);
  expect(column(chains[0].columns, 'put_bid')[0]).toBeNaN();
  expect(column(chains[1].columns, 'call_bid')[0]).toBe(2700);
  expect(column(chains[1].columns, 'put_bid')[0]).toBe(4500);
});

test('other channels and other instruments are passed over', async () => {
  const { chains, rejected } = await read(
    message('trades.BTC-PERPETUAL.raw', [{ price: 1 }]),
    message('book.BTC-30JAN26-95000-C.raw', { bids: [] }),
    ticker({ instrument_name: 'BTC-PERPETUAL' }),
    ticker({ instrument_name: 'BTC-STRD-30JAN26-95000' }),
    JSON.stringify({ jsonrpc: '2.0', id: 1, result: 'ok' }),
    ticker(),
  );
  expect(rejected).toEqual([]);
  expect(chains.length).toBe(1);
});

test.each([
  ['unreadable_member', '{"jsonrpc":'],
  ['bad_value', ticker({ best_bid_price: '0.02' })],
  ['bad_value', ticker({ underlying_price: null })],
  ['bad_timestamp', ticker({ timestamp: null })],
  ['bad_timestamp', ticker({ timestamp: 9e12 })],
  ['bad_expiry', ticker({ instrument_name: 'BTC-31FEB26-95000-C' })],
  ['expired', ticker({ instrument_name: 'BTC-20JAN26-95000-C' })],
])('%s costs its message only', async (rejection, line) => {
  const { chains, rejected } = await read(ticker(), line, ticker({ instrument_name: 'BTC-30JAN26-96000-C' }));
  expect(rejected).toEqual([
    expect.objectContaining({ rejection, where: { file: 'messages.jsonl', line: 2 } }),
  ]);
  expect(chains.map(({ columns }) => columns.count)).toEqual([2]);
});

const real = recording('deribit/tardis_node_deribit_raw_ws_messages.jsonl');

test.skipIf(real.absent)('the recording has four living options and an expired one', async () => {
  const { chains, rejected } = await collect(await openRecording(real.path));
  expect(rejected).toEqual([
    expect.objectContaining({ rejection: 'expired', where: { file: chains[0].epoch, line: 7 } }),
  ]);
  expect(chains.map(({ product, expiry }) => `${product} ${expiry}`)).toEqual([
    'ETH 2020-06-05',
    'BTC 2020-06-05',
    'ETH 2020-06-10',
    'MATIC_USDC 2024-03-09',
  ]);
  const btc = chains[1].columns;
  expect(column(btc, 'call_bid')[0]).toBeCloseTo(0.0365 * 9440.73, 6);
  expect(column(btc, 'call_open_interest')[0]).toBe(533.2);
});

test('an inverse option of a coin without an entry in the tables has what its exchange has in common', async () => {
  const { chains, rejected } = await read(ticker({ instrument_name: 'DOGE-30JAN26-1-C' }));
  expect(rejected).toEqual([]);
  expect(chains[0]).toMatchObject({
    product: 'DOGE',
    currency: 'USD',
    price_tick: null,
    lot_size: null,
    quality: ['lot_unknown'],
  });
});
