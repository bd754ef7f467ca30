import { column } from '@deltastream/contracts';
import { expect, test } from 'vitest';
import type { RecordingOptions } from '../../recording-options.ts';
import { openRecording } from '../../recording-source.ts';
import { tarOf } from '../../testing/archive.fixture.ts';
import { collect, withFile } from '../../testing/recordings.fixture.ts';

const leg = (over: object = {}) => ({
  average_price: 146.99,
  greeks: { delta: 0.53, theta: -15.1, gamma: 0.0013, vega: 12.1 },
  implied_volatility: 9.78,
  last_price: 134,
  oi: 65_000,
  previous_close_price: 244.85,
  previous_oi: 52_000,
  previous_volume: 81_700,
  security_id: 42_528,
  top_ask_price: 134.05,
  top_ask_quantity: 1365,
  top_bid_price: 133.55,
  top_bid_quantity: 1625,
  volume: 1_300_000,
  ...over,
});
const page = (oc: object) => JSON.stringify({ data: { last_price: 24_964.25, oc }, status: 'success' });
const PAGE = page({ '24000.000000': { ce: leg(), pe: leg({ last_price: 0, top_bid_price: 0 }) } });
const NAME = 'NIFTY_2026-12-01_20261126T101500.json';
const read = (text: string, name = NAME, options: RecordingOptions = {}) =>
  withFile(name, text, async (path) => collect(await openRecording(path, options)));

test('units become contracts by the lot, a price of 0 is none, the name says what it is of', async () => {
  const { chains, ticks, rejected } = await read(PAGE);
  expect(rejected).toEqual([]);
  expect(ticks).toEqual([expect.objectContaining({ product: 'NIFTY', price: 24_964.25 })]);
  const [{ columns, ...chain }] = chains;
  expect(chain).toMatchObject({
    product: 'NIFTY',
    expiry: '2026-12-01',
    timestamp: Date.parse('2026-11-26T04:45:00Z'),
    lot_size: 65,
    source: `replay:${NAME}`,
  });
  const cell = (name: Parameters<typeof column>[1]) => column(columns, name)[0];
  expect(cell('strike')).toBe(24_000);
  expect(cell('call_open_interest')).toBe(1000);
  expect(cell('call_open_interest_change')).toBe(200);
  expect(cell('call_volume')).toBe(20_000);
  expect(cell('call_bid_size')).toBe(1625);
  expect(cell('call_previous_close')).toBe(244.85);
  expect(cell('put_last')).toBeNaN();
  expect(cell('put_bid')).toBeNaN();
});

test('the settings say what neither content nor name do', async () => {
  const options = {
    product: 'RELIANCE',
    expiry: '2026-12-29',
    recordedAt: Date.parse('2026-11-26T04:45:00Z'),
  };
  const { chains, rejected } = await read(PAGE, 'chain.json', options);
  expect(rejected).toEqual([]);
  expect(chains[0]).toMatchObject({
    product: 'RELIANCE',
    expiry: '2026-12-29',
    source: 'replay:chain.json (instant by setting)',
    lot_size: null,
    quality: ['lot_unknown'],
  });
  const { rejected: unnamed } = await read(PAGE, 'chain.json', { ...options, product: undefined });
  expect(unnamed[0].reason).toMatch(/names no product.*the option product/);
  const { rejected: undated } = await read(PAGE, 'chain.json', { ...options, expiry: undefined });
  expect(undated[0]).toMatchObject({
    rejection: 'bad_expiry',
    reason: expect.stringMatching(/the option expiry/),
  });
  await expect(read(PAGE, 'chain.json', { product: 'RELIANCE' })).rejects.toMatchObject({
    code: 'unreadable_source',
    message: expect.stringMatching(/^chain.json: read as Dhan.*the option recordedAt/),
  });
});

test.each([
  ['bad_value', { 'x.0': { ce: leg() } }, /^data.oc\["x.0"\].ce: its key is not a strike/],
  ['bad_value', { '24100.0': { ce: leg({ oi: '65' }) } }, /^data.oc\["24100.0"\].ce: oi is "65"/],
  ['bad_value', { '24100.0': { pe: 7 } }, /it is not an object/],
  ['duplicate', { '24000': { ce: leg() } }, /call 24000 is given twice/],
])('%s costs its leg only', async (rejection, bad, reason) => {
  const { chains, rejected } = await read(
    page({ '24000.000000': { ce: leg() }, ...bad, '24200.000000': { ce: leg() } }),
  );
  expect(rejected).toEqual([expect.objectContaining({ rejection, reason: expect.stringMatching(reason) })]);
  expect(chains[0].columns.count).toBe(2);
});

test('pages of an archive come by the time of their names', async () => {
  const bytes = await tarOf([
    ['NIFTY_2026-12-01_2026-11-26_1015.json', PAGE],
    ['NIFTY_2026-12-01_2026-11-26_0930.json', PAGE],
  ]);
  const { chains, rejected } = await withFile('dhan.tar', bytes, async (path) =>
    collect(await openRecording(path)),
  );
  expect(rejected).toEqual([]);
  expect(chains.map(({ timestamp }) => new Date(timestamp).toISOString().slice(11, 16))).toEqual([
    '04:00',
    '04:45',
  ]);
});
