import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { column } from '@deltastream/contracts';
import { describe, expect, test } from 'vitest';
import { openRecording } from '../../recording-source.ts';
import { collect, recording, withFile } from '../../testing/recordings.fixture.ts';

const HEADER =
  'contractSymbol,expiry,type,strike,lastPrice,bid,ask,volume,openInterest,impliedVolatility,inTheMoney,lastTradeDate,spot,session';

function row(over: Partial<Record<string, string>> = {}): string {
  const cells: Record<string, string> = {
    contractSymbol: 'SPY260116C00690000',
    expiry: '2026-01-16',
    type: 'C',
    strike: '690.0',
    lastPrice: '4.2',
    bid: '4.1',
    ask: '4.3',
    volume: '12.0',
    openInterest: '340.0',
    impliedVolatility: '0.11',
    inTheMoney: 'False',
    lastTradeDate: '2026-01-09 20:59:00+00:00',
    spot: '688.5',
    session: '2026-01-09',
    ...over,
  };
  return HEADER.split(',')
    .map((name) => cells[name])
    .join(',');
}

const read = (rows: string[], meta?: object) =>
  withFile('2026-01-09_SPY.csv', `${HEADER}\n${rows.join('\n')}\n`, async (path) => {
    if (meta) writeFileSync(join(dirname(path), '2026-01-09_meta.json'), JSON.stringify(meta));
    return collect(await openRecording(path));
  });

describe('its instant', () => {
  const LATER = '2026-01-12 15:40:00+00:00';
  const META = {
    utc: '2026-01-12T15:55:00+00:00',
    session: '2026-01-09',
    tickers: { SPY: { spot_live: 690.25 } },
  };

  test('is the close of the session when nothing is newer', async () => {
    const { chains, ticks } = await read([row()]);
    expect(chains[0].timestamp).toBe(Date.parse('2026-01-09T21:00:00Z'));
    expect(chains[0].spot).toBe(688.5);
    expect(ticks).toEqual([expect.objectContaining({ price: 688.5, previous_close: null })]);
  });

  test('is the newest trade when that is later, and then no price of the underlying is known', async () => {
    const { chains, ticks } = await read([row({ lastTradeDate: LATER }), row({ strike: '700.0' })]);
    expect(chains[0].timestamp).toBe(Date.parse('2026-01-12T15:40:00Z'));
    expect(chains[0].spot).toBeNull();
    expect(ticks).toEqual([]);
  });

  test('is that of the companion file, with the price at that time', async () => {
    const { chains, ticks } = await read([row({ lastTradeDate: LATER })], META);
    expect(chains[0]).toMatchObject({ timestamp: Date.parse(META.utc), spot: 690.25 });
    expect(ticks).toEqual([expect.objectContaining({ price: 690.25, previous_close: 688.5 })]);
  });

  test.each([
    ['another session', { ...META, session: '2026-01-08' }],
    ['another product', { ...META, tickers: { QQQ: { spot_live: 600 } } }],
    ['an earlier time than the page', { ...META, utc: '2026-01-12T15:00:00+00:00' }],
  ])('is not taken from a companion of %s', async (_what, meta) => {
    const { chains } = await read([row({ lastTradeDate: LATER })], meta);
    expect(chains[0].timestamp).toBe(Date.parse('2026-01-12T15:40:00Z'));
  });
});

test('cells that are empty are not given, and a price of 0 is none', async () => {
  const { chains } = await read([row({ volume: '', bid: '0.0' })]);
  expect(column(chains[0].columns, 'call_volume')[0]).toBeNaN();
  expect(column(chains[0].columns, 'call_bid')[0]).toBeNaN();
  expect(column(chains[0].columns, 'call_open_interest')[0]).toBe(340);
});

test.each([
  ['bad_value', { contractSymbol: 'SPY' }],
  ['bad_value', { contractSymbol: 'QQQ260116C00690000' }],
  ['bad_value', { ask: 'x' }],
  ['bad_expiry', { expiry: '2026-02-30' }],
  ['bad_timestamp', { session: 'today' }],
  ['unknown_option_type', { type: 'X' }],
  ['expired', { expiry: '2026-01-08' }],
  ['duplicate', {}],
])('%s costs its row only: %o', async (rejection, over) => {
  const { chains, rejected } = await read([row(), row(over), row({ strike: '700.0' })]);
  expect(rejected).toEqual([
    expect.objectContaining({ rejection, where: { file: '2026-01-09_SPY.csv', line: 3 } }),
  ]);
  expect(chains.map(({ columns }) => columns.count)).toEqual([2]);
});

const real = recording('us/2026-08-12_SPY.csv.gz');

test.skipIf(real.absent)('the recording agrees with plain splitting, expiry by expiry', async () => {
  const [head, ...lines] = gunzipSync(readFileSync(real.path)).toString().trim().split('\n');
  expect(head).toBe(HEADER);
  const totals = new Map<string, number[]>();
  for (const line of lines) {
    const [, expiry, , , , bid, ask, volume, interest] = line.split(',');
    const total = totals.get(expiry) ?? [0, 0, 0, 0, 0];
    [1, Number(bid), Number(ask), Number(volume), Number(interest)].forEach((value, i) => {
      total[i] += value;
    });
    totals.set(expiry, total);
  }
  const { chains, rejected } = await collect(await openRecording(real.path));
  expect(rejected).toEqual([]);
  expect(lines.length).toBe(5472);
  expect(chains.length).toBe(16);
  for (const { expiry, columns } of chains) {
    const given = (name: 'last' | 'bid' | 'ask' | 'volume' | 'open_interest') =>
      [...column(columns, `call_${name}`), ...column(columns, `put_${name}`)].filter(
        (cell) => !Number.isNaN(cell),
      );
    const sum = (cells: number[]) => cells.reduce((total, cell) => total + cell, 0);
    const [rows, bid, ask, volume, interest] = totals.get(expiry) as number[];
    expect(given('last').length).toBe(rows);
    expect(sum(given('bid'))).toBeCloseTo(bid, 6);
    expect(sum(given('ask'))).toBeCloseTo(ask, 6);
    expect(sum(given('volume'))).toBe(volume);
    expect(sum(given('open_interest'))).toBe(interest);
  }
});
