import { readFileSync } from 'node:fs';
import { column } from '@deltastream/contracts';
import { expect, test } from 'vitest';
import { openRecording } from '../../recording-source.ts';
import { collect, recording, withFile } from '../../testing/recordings.fixture.ts';

const leg = (over: object = {}) => ({
  instrument_key: 'NSE_FO|1',
  market_data: {
    ltp: 10.5,
    volume: 5200,
    oi: 650,
    close_price: 12,
    bid_price: 10.4,
    bid_qty: 130,
    ask_price: 0,
    ask_qty: 0,
    prev_oi: 780,
    ...over,
  },
  option_greeks: { iv: 11 },
});

const row = (over: object = {}) => ({
  expiry: '2026-08-25',
  pcr: 1,
  strike_price: 24_000,
  underlying_key: 'NSE_INDEX|Nifty 50',
  underlying_spot_price: 24_010.5,
  call_options: leg(),
  put_options: leg(),
  ...over,
});

const AT = Date.parse('2026-08-20T10:15:00+05:30');

const read = (...data: object[]) =>
  withFile('upstox.json', JSON.stringify({ status: 'success', data }), async (path) =>
    collect(await openRecording(path, { recordedAt: AT })),
  );

test('without an instant it is refused, saying how to give one', async () => {
  await withFile('upstox.json', JSON.stringify({ status: 'success', data: [row()] }), async (path) => {
    await expect(openRecording(path)).rejects.toMatchObject({
      code: 'unreadable_source',
      message: expect.stringMatching(
        /^upstox.json: .*does not say when it was recorded.*the option recordedAt/,
      ),
    });
  });
});

test('units become contracts, and the source says where the instant is from', async () => {
  const { chains, ticks, rejected } = await read(row());
  expect(rejected).toEqual([]);
  expect(ticks).toEqual([expect.objectContaining({ product: 'NIFTY', price: 24_010.5, timestamp: AT })]);
  const [{ columns, ...header }] = chains;
  expect(header).toMatchObject({
    timestamp: AT,
    expiry_at: Date.parse('2026-08-25T10:10:00Z'),
    lot_size: 65,
    source: 'replay:upstox.json (instant by setting)',
  });
  const cell = (name: Parameters<typeof column>[1]) => column(columns, name)[0];
  expect(cell('call_volume')).toBe(80);
  expect(cell('call_open_interest')).toBe(10);
  expect(cell('call_open_interest_change')).toBe(-2);
  expect(cell('call_bid_size')).toBe(130);
  expect(cell('call_ask')).toBeNaN();
  expect(cell('call_previous_close')).toBe(12);
});

test.each([
  ['bad_value', row({ strike_price: 0, put_options: null }), /^data\[1\].call_options: strike_price is "0"/],
  ['bad_value', row({ call_options: leg({ oi: '650' }), put_options: null }), /oi is "650"/],
  [
    'bad_value',
    row({ underlying_key: 'NSE_EQ|X', put_options: null }),
    /names no product.*the option product/,
  ],
  ['bad_expiry', row({ expiry: 'soon', put_options: null }), /expiry is "soon"/],
  ['expired', row({ expiry: '2026-08-18', put_options: null }), /before the instant given/],
  ['duplicate', row({ put_options: null }), /^data\[1\].call_options: call 24000 is given twice/],
])('%s costs its leg only', async (rejection, bad, reason) => {
  const { chains, rejected } = await read(row(), bad, row({ strike_price: 24_100 }));
  expect(rejected).toEqual([expect.objectContaining({ rejection, reason: expect.stringMatching(reason) })]);
  expect(chains.map(({ columns }) => columns.count)).toEqual([2]);
});

const real = recording('nse/upstox_v2_option_chain_NIFTY_exp2024-06-20_spot23593.5.json');

test.skipIf(real.absent)('the recording agrees with its own sums and put-call ratios', async () => {
  const { data } = JSON.parse(readFileSync(real.path, 'utf8'));
  const recordedAt = Date.parse('2024-06-20T10:15:00+05:30');
  const { chains, rejected } = await collect(await openRecording(real.path, { recordedAt }));
  expect(rejected).toEqual([]);
  const [{ columns, lot_size }] = chains;
  expect(lot_size).toBe(25);
  expect(columns.count).toBe(104);
  for (const [side, name] of [
    ['call', 'call_options'],
    ['put', 'put_options'],
  ] as const) {
    for (const [ours, theirs] of [
      ['open_interest', 'oi'],
      ['volume', 'volume'],
    ] as const) {
      const units = data.reduce(
        (sum: number, each: ReturnType<typeof row>) => sum + each[name].market_data[theirs],
        0,
      );
      const contracts = column(columns, `${side}_${ours}`).reduce((sum, cell) => sum + cell, 0);
      expect(contracts * 25).toBeCloseTo(units, 3);
    }
  }
  const [call, put] = [column(columns, 'call_open_interest'), column(columns, 'put_open_interest')];
  for (let i = 0; i < data.length; i++) expect(put[i] / call[i]).toBeCloseTo(data[i].pcr, 3);
});
