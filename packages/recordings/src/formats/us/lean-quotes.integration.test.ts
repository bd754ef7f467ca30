import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { column } from '@deltastream/contracts';
import { expect, test } from 'vitest';
import { openRecording } from '../../recording-source.ts';
import { zipOf } from '../../testing/archive.fixture.ts';
import { collect, recording, withFile } from '../../testing/recordings.fixture.ts';

const OPEN = 34_200_000;
const MINUTE = 60_000;
const bar = (minute: number, bid: string, ask: string) =>
  `${OPEN + minute * MINUTE},1,1,1,${bid},10,1,1,1,${ask},20\n`;
const name = (kind: string, side: string, expiry = '20260116') =>
  `20260112_goog_minute_${kind}_american_${side}_7000000_${expiry}.csv`;

type Members = [string, string][];

const read = (quotes: Members, beside: Record<string, Members> = {}) =>
  withFile('20260112_quote_american.zip', zipOf(quotes), async (path) => {
    for (const [file, members] of Object.entries(beside))
      writeFileSync(join(dirname(path), file), zipOf(members));
    return collect(await openRecording(path));
  });

test('a bar is known at its end, and a quote is kept until the next', async () => {
  const { chains, rejected } = await read([
    [name('quote', 'call'), bar(0, '21500', '22000') + bar(2, '', '23000')],
    [name('quote', 'put'), bar(1, '10000', '10500')],
  ]);
  expect(rejected).toEqual([]);
  expect(chains.map(({ timestamp }) => new Date(timestamp).toISOString())).toEqual([
    '2026-01-12T14:31:00.000Z',
    '2026-01-12T14:32:00.000Z',
    '2026-01-12T14:33:00.000Z',
  ]);
  expect(chains[0]).toMatchObject({ product: 'GOOG', expiry: '2026-01-16', lot_size: 100, spot: null });
  expect(column(chains[0].columns, 'strike')[0]).toBe(700);
  expect(chains.map(({ columns }) => column(columns, 'call_bid')[0])).toEqual([2.15, 2.15, Number.NaN]);
  expect(chains.map(({ columns }) => column(columns, 'put_ask')[0])).toEqual([Number.NaN, 1.05, 1.05]);
  expect(column(chains[1].columns, 'put_bid_size')[0]).toBe(10);
  expect(column(chains[1].columns, 'put_volume')[0]).toBeNaN();
});

test('what lies beside is joined: trades add up, open interest, the underlying', async () => {
  const { chains, ticks, rejected } = await read(
    [[name('quote', 'call'), bar(0, '21500', '22000') + bar(3, '1', '2')]],
    {
      '20260112_trade_american.zip': [
        [name('trade', 'call'), `${OPEN + MINUTE},1,1,1,21700,5\n${OPEN + 2 * MINUTE},1,1,1,21800,3\n`],
      ],
      '20260112_openinterest_american.zip.zip': [
        [name('openinterest', 'call'), '23400000,42\n'],
        [name('openinterest', 'put'), '23400000,7\n'],
      ],
      'underlying_20260112_trade.zip': [['20260112_goog_minute_trade.csv', `${OPEN},1,1,1,6985000,100\n`]],
    },
  );
  expect(rejected).toEqual([]);
  expect(ticks).toEqual([
    expect.objectContaining({ product: 'GOOG', price: 698.5, timestamp: chains[0].timestamp }),
  ]);
  const of = (column_: Parameters<typeof column>[1]) =>
    chains.map(({ columns }) => column(columns, column_)[0]);
  expect(of('call_volume')).toEqual([0, 5, 8, 8]);
  expect(of('call_last')).toEqual([Number.NaN, 2.17, 2.18, 2.18]);
  expect(of('call_open_interest')).toEqual([42, 42, 42, 42]);
  expect(of('put_open_interest')).toEqual([7, 7, 7, 7]);
  expect(of('put_volume')).toEqual([0, 0, 0, 0]);
  expect(chains.map(({ spot }) => spot)).toEqual([698.5, 698.5, 698.5, 698.5]);
});

test('what is damaged beside is named and costs no quote; its volume is then not given', async () => {
  const quotes: Members = [[name('quote', 'call'), bar(0, '21500', '22000')]];
  const trades = Buffer.from(zipOf([[name('trade', 'call'), `${OPEN},1,1,1,21700,5\n`]]));
  trades.fill(0xff, 105, 115);
  for (const bytes of [trades, trades.subarray(0, 50)]) {
    const { chains, rejected } = await withFile(
      '20260112_quote_american.zip',
      zipOf(quotes),
      async (path) => {
        writeFileSync(join(dirname(path), '20260112_trade_american.zip'), bytes);
        return collect(await openRecording(path));
      },
    );
    expect(rejected).toEqual([
      expect.objectContaining({
        rejection: 'unreadable_member',
        where: expect.objectContaining({ file: '20260112_trade_american.zip' }),
      }),
    ]);
    expect(chains.map(({ columns }) => column(columns, 'call_bid')[0])).toEqual([2.15]);
    expect(chains.map(({ columns }) => column(columns, 'call_volume')[0])).toEqual([Number.NaN]);
  }
});

test('an expiry day that ends early ends early', async () => {
  const quotes: Members = [
    ['20230703_spxw_minute_quote_european_call_44450000_20230703.csv', bar(0, '21500', '22000')],
  ];
  const { chains } = await read(quotes);
  expect(new Date(chains[0].expiry_at).toISOString()).toBe('2023-07-03T17:00:00.000Z');
});

test.each([
  ['bad_value', `${OPEN + MINUTE},1,1,1,x,10,1,1,1,2,20`],
  ['bad_timestamp', `noon,1,1,1,1,10,1,1,1,2,20`],
  ['wrong_column_count', `${OPEN + MINUTE},1,1`],
  ['out_of_order', `${OPEN},1,1,1,1,10,1,1,1,2,20`],
])('%s costs its row only', async (rejection, line) => {
  const member = name('quote', 'call');
  const { chains, rejected } = await read([[member, `${bar(0, '1', '2')}${line}\n${bar(2, '3', '4')}`]]);
  expect(rejected).toEqual([
    expect.objectContaining({ rejection, where: { file: '20260112_quote_american.zip', member, line: 2 } }),
  ]);
  expect(chains.length).toBe(2);
});

test('members that are not contracts of the day are named', async () => {
  const { chains, rejected } = await read([
    [name('quote', 'call'), bar(0, '1', '2')],
    [name('quote', 'put', '20260109'), bar(0, '1', '2')],
    [name('quote', 'call').replace('goog', 'aapl'), bar(0, '1', '2')],
    ['README.md', 'hello'],
  ]);
  expect(rejected.map((each) => [each.rejection, each.where.member])).toEqual([
    ['expired', name('quote', 'put', '20260109')],
    ['unreadable_member', name('quote', 'call').replace('goog', 'aapl')],
    ['unreadable_member', 'README.md'],
  ]);
  expect(chains.length).toBe(1);
});

/** The sum over the rows of every member of their last cell, by unzip and plain splitting. */
function sumOfLastCells(path: string): number {
  const run = (...args: string[]) => execFileSync('unzip', args).toString();
  return run('-Z1', path)
    .trim()
    .split('\n')
    .flatMap((member) => run('-p', path, member).trim().split(/\r?\n/))
    .reduce((sum, line) => sum + Number(line.split(',').at(-1)), 0);
}

const spxw = recording('us/lean_spx_2021/spxw/20210104_quote_european.zip');

test.skipIf(spxw.absent)(
  'SPXW of 4 January 2021: volume and open interest are those of the files',
  async () => {
    const { chains, ticks, rejected } = await collect(await openRecording(spxw.path));
    expect(rejected).toEqual([]);
    expect(ticks.length).toBe(411);
    const lastOf = new Map(chains.map((chain) => [chain.expiry, chain]));
    const sum = (field: 'volume' | 'open_interest') =>
      [...lastOf.values()]
        .flatMap(({ columns }) => [...column(columns, `call_${field}`), ...column(columns, `put_${field}`)])
        .reduce((total, cell) => total + (Number.isNaN(cell) ? 0 : cell), 0);
    const folder = dirname(spxw.path);
    expect(sum('volume')).toBe(sumOfLastCells(join(folder, '20210104_trade_european.zip.zip')));
    expect(sum('open_interest')).toBe(sumOfLastCells(join(folder, '20210104_openinterest_european.zip.zip')));
  },
);

const goog = recording('us/lean_goog_2015-12-24/20151224_quote_american.zip');

test.skipIf(goog.absent)(
  'GOOG of 24 December 2015: each of its 275,552 bars is a quote at its minute',
  async () => {
    const text = execFileSync('unzip', ['-p', goog.path], { maxBuffer: 1e8 }).toString();
    const bars = text.split('\n').filter((line) => line !== '');
    expect(bars.length).toBe(275_552);
    const endsAt = new Map<number, number>();
    for (const line of bars) {
      const end = Number(line.split(',', 1)[0]) + MINUTE;
      endsAt.set(end, (endsAt.get(end) ?? 0) + 1);
    }
    const { chains, rejected } = await collect(await openRecording(goog.path));
    expect(rejected).toEqual([]);
    const midnight = Date.parse('2015-12-24T05:00:00Z');
    const minutes = new Set(chains.map(({ timestamp }) => timestamp - midnight));
    for (const end of endsAt.keys()) expect(minutes.has(end)).toBe(true);
    const last = new Map(chains.map(({ expiry, columns }) => [expiry, columns.count]));
    expect([...last.values()].reduce((sum, strikes) => sum + 2 * strikes, 0)).toBe(2192);
  },
  60_000,
);

test('options on futures, whose prices are as they are, are refused; a single such price costs its bar', async () => {
  const FUTURES: Members = [[name('quote', 'call'), `0,93.5,94,82.5,93.75,32,95.25,96.25,95,95,105\n`]];
  await expect(read(FUTURES)).rejects.toMatchObject({
    code: 'unreadable_source',
    message: expect.stringMatching(/_goog_.*csv line 1: the price "93.5" is not written times 10,000/),
  });
  const { chains, rejected } = await read([
    [name('quote', 'call'), bar(0, '21500', '22000')],
    [name('quote', 'put'), bar(0, '93.75', '95')],
  ]);
  expect(chains.length).toBe(1);
  expect(rejected).toEqual([
    expect.objectContaining({
      rejection: 'bad_value',
      where: { file: '20260112_quote_american.zip', member: name('quote', 'put'), line: 1 },
      reason: 'bid close is "93.75", expected a price times 10000',
    }),
  ]);
});
