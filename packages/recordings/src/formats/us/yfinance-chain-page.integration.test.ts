import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { column } from '@deltastream/contracts';
import { expect, test } from 'vitest';
import { openRecording } from '../../recording-source.ts';
import { zipOf } from '../../testing/archive.fixture.ts';
import { collect, withFile } from '../../testing/recordings.fixture.ts';

const HEADER =
  ',contractSymbol,lastTradeDate,strike,lastPrice,bid,ask,change,percentChange,volume,openInterest,impliedVolatility,inTheMoney,contractSize,currency';
const row = (symbol: string, strike: string, over = '4.2,4.1,4.3,-0.3,-6.6,12.0,340') =>
  `0,${symbol},2026-07-02 19:14:59+00:00,${strike},${over},0.11,False,REGULAR,USD`;
const CALLS = `${HEADER}\n${row('SPY260717C00690000', '690.0')}\n`;
const PUTS = `${HEADER}\n${row('SPY260717P00690000', '690.0', '5.2,0.0,5.3,0.1,2.0,,7')}\n`;
const AT = Date.parse('2026-07-02T15:15:00-04:00');

const both = { product: 'SPY', expiry: '2026-07-17', timestamp: AT, lot_size: 100, spot: null };

test('calls and puts one behind the other are one chain; the name says the time', async () => {
  const { chains, rejected } = await withFile('SPY_2026-07-02_1515.csv', CALLS + PUTS, async (path) =>
    collect(await openRecording(path)),
  );
  expect(rejected).toEqual([]);
  expect(chains).toEqual([expect.objectContaining(both)]);
  const cell = (name: Parameters<typeof column>[1]) => column(chains[0].columns, name)[0];
  expect([cell('call_bid'), cell('call_volume'), cell('call_open_interest')]).toEqual([4.1, 12, 340]);
  expect(cell('call_previous_close')).toBe(4.5);
  expect([cell('put_bid'), cell('put_volume')]).toEqual([Number.NaN, Number.NaN]);
  expect(cell('put_ask')).toBe(5.3);
});

test('a file of calls takes the puts beside it', async () => {
  const { chains, rejected } = await withFile('SPY_calls.csv', CALLS, async (path) => {
    writeFileSync(join(dirname(path), 'SPY_puts.csv'), `${PUTS}broken\n`);
    return collect(await openRecording(path, { recordedAt: AT }));
  });
  expect(chains).toEqual([expect.objectContaining(both)]);
  expect(column(chains[0].columns, 'put_ask')[0]).toBe(5.3);
  expect(rejected).toEqual([
    expect.objectContaining({
      rejection: 'wrong_column_count',
      where: { file: 'SPY_puts.csv', line: 3 },
      reason: expect.stringContaining('"broken"'),
    }),
  ]);
});

test('files of one instant in an archive are joined, others are not', async () => {
  const bytes = zipOf([
    ['puts_2026-07-02_1515.csv', PUTS],
    ['calls_2026-07-02_1515.csv', CALLS],
    ['calls_2026-07-02_1520.csv', CALLS],
  ]);
  const { chains, rejected } = await withFile('spy.zip', bytes, async (path) =>
    collect(await openRecording(path)),
  );
  expect(rejected).toEqual([]);
  expect(
    chains.map(({ timestamp, columns }) => [
      new Date(timestamp).toISOString().slice(11, 16),
      column(columns, 'put_ask')[0],
    ]),
  ).toEqual([
    ['19:15', 5.3],
    ['19:20', Number.NaN],
  ]);
});

test.each([
  ['bad_value', row('SPY', '690.0')],
  ['bad_value', row('SPY260717C00690000', '691.0')],
  ['bad_value', row('SPY260717C00700000', '700.0', '4.2,4.1,-4,-0.3,-6.6,12.0,340')],
  ['expired', row('SPY260701C00700000', '700.0')],
  ['duplicate', row('SPY260717C00690000', '690.0')],
])('%s costs its row only', async (rejection, bad) => {
  const text = `${CALLS}${bad}\n${row('SPY260717C00700000', '700.0')}\n`;
  const { chains, rejected } = await withFile('calls.csv', text, async (path) =>
    collect(await openRecording(path, { recordedAt: AT })),
  );
  expect(rejected).toEqual([expect.objectContaining({ rejection, where: { file: 'calls.csv', line: 3 } })]);
  expect(chains.map(({ columns }) => columns.count)).toEqual([2]);
});

test('without a time it is refused, saying how to give one', async () => {
  await withFile('SPY_2026-07-17.csv', CALLS, async (path) => {
    await expect(openRecording(path)).rejects.toMatchObject({
      code: 'unreadable_source',
      message: expect.stringMatching(/^SPY_2026-07-17.csv: read as yfinance.*the option recordedAt/),
    });
  });
});
