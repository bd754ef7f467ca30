import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { column, contractPrice } from '@deltastream/contracts';
import { expect, test } from 'vitest';
import type { RecordingOptions } from '../../recording-options.ts';
import { openRecording } from '../../recording-source.ts';
import { collect, recording, withFile } from '../../testing/recordings.fixture.ts';

const HEADER =
  'Expiration Date,Calls,Last Sale,Net,Bid,Ask,Volume,IV,Delta,Gamma,Open Interest,Strike,Puts,Last Sale,Net,Bid,Ask,Volume,IV,Delta,Gamma,Open Interest';

const table = (date: string, rows: string[]) =>
  `\nSome Index,Last: 4100.5,Change:  -10.25\n"Date: ${date}",Bid: 4099,Ask: 4102,Size: 1*1,Volume: 0\n${HEADER}\n${rows.join('\n')}\n`;

const AM =
  'Fri Mar 17 2023,SPX230317C04100000,50,-2.5,49,51,7,0.2,0.5,0.001,300,4100.00,SPX230317P04100000,0,0,48,50,0,0.2,-0.5,0.001,20';
const OTHER = AM.replaceAll('4100', '4150');
const PM = AM.replaceAll('SPX2', 'SPXW2');
const OPEN = 'March 10, 2023, 11:15 AM EST';

const read = (rows: string[], date = OPEN) =>
  withFile('quotes.csv', table(date, rows), async (path) => collect(await openRecording(path)));

test('contracts settled at the opening and at the close are two products of one day', async () => {
  const { chains, ticks, rejected } = await read([AM, PM]);
  expect(rejected).toEqual([]);
  expect(chains.map(({ product, expiry_at }) => [product, new Date(expiry_at).toISOString()])).toEqual([
    ['SPX', '2023-03-17T13:30:00.000Z'],
    ['SPXW', '2023-03-17T20:00:00.000Z'],
  ]);
  expect(ticks.map(({ product, price, previous_close }) => [product, price, previous_close])).toEqual([
    ['SPX', 4100.5, 4110.75],
    ['SPXW', 4100.5, 4110.75],
  ]);
  const { columns, lot_size } = chains[0];
  expect(lot_size).toBe(100);
  expect(column(columns, 'call_bid')[0]).toBe(49);
  expect(column(columns, 'call_previous_close')[0]).toBe(52.5);
  expect(column(columns, 'call_open_interest')[0]).toBe(300);
  expect(column(columns, 'put_last')[0]).toBeNaN();
  expect(column(columns, 'put_volume')[0]).toBe(0);
  expect(column(columns, 'put_open_interest')[0]).toBe(20);
});

test('a bid of 0 says that nobody bids, an ask of 0 nothing', async () => {
  const worthless = AM.replace('50,-2.5,49,51,', '3,0,0,0.05,').replace('0,0,48,50,', '0,0,0,0,');
  const { columns, price_tick } = (await read([worthless])).chains[0];
  const cell = (name: 'call_bid' | 'call_ask' | 'call_last' | 'put_bid' | 'put_ask') =>
    column(columns, name)[0];
  expect([cell('call_bid'), cell('call_ask'), cell('put_bid'), cell('put_ask')]).toEqual([
    0,
    0.05,
    0,
    Number.NaN,
  ]);
  expect(contractPrice(cell('call_bid'), cell('call_ask'), cell('call_last'), Number.NaN, price_tick)).toBe(
    0.025,
  );
});

test.each([
  [OPEN, '2023-03-10T16:15:00.000Z'],
  ['March 10, 2023, 5:00 PM EST', '2023-03-10T21:00:00.000Z'],
  ['March 11, 2023, 9:47 AM EST', '2023-03-10T21:00:00.000Z'],
  ['March 13, 2023, 9:00 AM EDT', '2023-03-10T21:00:00.000Z'],
  ['March 13, 2023, 12:05 PM EDT', '2023-03-13T16:05:00.000Z'],
])('a table of %s shows quotes of %s', async (date, instant) => {
  const { chains } = await read([AM], date);
  expect(new Date(chains[0].timestamp).toISOString()).toBe(instant);
});

test.each([
  ['bad_value', OTHER.replace('49,51', '49,x'), 1, 3],
  ['bad_value', OTHER.replace('SPX230317P', 'SPX'), 1, 3],
  ['bad_expiry', AM.replace('Mar 17', 'Mar 32'), 2, 2],
  ['expired', AM.replace('Mar 17 2023', 'Mar 09 2023'), 2, 2],
  ['duplicate', AM, 2, 2],
  ['wrong_column_count', '<html>', 1, 2],
])('%s costs its leg or row only', async (rejection, line, times, strikes) => {
  const { chains, rejected } = await read([AM, line, AM.replaceAll('4100', '4200')]);
  expect(rejected.length).toBe(times);
  for (const each of rejected) {
    expect(each).toMatchObject({ rejection, where: { file: 'quotes.csv', line: 6 } });
  }
  expect(chains[0].columns.count).toBe(strikes);
});

const real = recording('us/cboe_spx_quotedata_2022-06-11.csv.gz');

test.skipIf(real.absent)(
  'the recording agrees with plain splitting, product and expiry by expiry',
  async () => {
    const lines = gunzipSync(readFileSync(real.path)).toString().trim().split('\n').slice(3);
    const totals = new Map<string, number[]>();
    for (const line of lines) {
      const cells = line.split(',');
      const key = `${cells[1].startsWith('SPXW') ? 'SPXW' : 'SPX'} ${new Date(`${cells[0]} UTC`).toISOString().slice(0, 10)}`;
      const total = totals.get(key) ?? [0, 0, 0, 0, 0];
      [1, Number(cells[10]), Number(cells[21]), Number(cells[6]), Number(cells[17])].forEach((value, i) => {
        total[i] += value;
      });
      totals.set(key, total);
    }
    const { chains, rejected } = await collect(await openRecording(real.path));
    expect(rejected).toEqual([]);
    expect(lines.length).toBe(9835);
    expect(chains.length).toBe(totals.size);
    for (const { product, expiry, columns } of chains) {
      const sum = (name: 'call_open_interest' | 'put_open_interest' | 'call_volume' | 'put_volume') =>
        column(columns, name).reduce((total, cell) => total + cell, 0);
      expect([
        columns.count,
        sum('call_open_interest'),
        sum('put_open_interest'),
        sum('call_volume'),
        sum('put_volume'),
      ]).toEqual(totals.get(`${product} ${expiry}`));
    }
  },
);

test.each([
  ['March 10, 2023 at 11:15 AM EST', '2023-03-10T16:15:00.000Z'],
  ['10. März 2023 um 11:15 GMT-5', '2023-03-10T16:15:00.000Z'],
])('the date line %s is read', async (date, instant) => {
  const { chains } = await read([AM], date);
  expect(new Date(chains[0].timestamp).toISOString()).toBe(instant);
});

test('where the date line cannot be read the setting says the time; without it the line is named', async () => {
  const text = table('some time last week', [AM]);
  const open = (options?: RecordingOptions) =>
    withFile('quotes.csv', text, async (path) => collect(await openRecording(path, options)));
  await expect(open()).rejects.toMatchObject({
    code: 'unreadable_source',
    message: expect.stringMatching(
      /^quotes.csv: read as CBOE.*line 3 begins with "Date: some time last week", expected a date such as.*the option recordedAt/,
    ),
  });
  const recordedAt = Date.parse('2023-03-10T16:15:00Z');
  const { chains } = await open({ recordedAt });
  expect(chains[0]).toMatchObject({
    timestamp: recordedAt,
    source: 'replay:quotes.csv (instant by setting)',
  });
});
