import { mkdirSync, renameSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { column } from '@deltastream/contracts';
import { expect, test } from 'vitest';
import type { RecordingOptions } from '../../recording-options.ts';
import { openRecording } from '../../recording-source.ts';
import { tarOf } from '../../testing/archive.fixture.ts';
import { collect, recording, withFile } from '../../testing/recordings.fixture.ts';

const HEADERS = [
  'CALLS,,PUTS',
  ',OI,CHNG IN OI,VOLUME,IV,LTP,CHNG,BID QTY,BID,ASK,ASK QTY,STRIKE,BID QTY,BID,ASK,ASK QTY,CHNG,LTP,IV,VOLUME,CHNG IN OI,OI,',
];
const ROW =
  ',"3,465",2,"4,087",74.71,0.25,-0.10,"1,82,520",0.20,0.30,"41,600","27,200.00",65,"3,104.85","3,151.05",75,-28.20,"3,130.00",108.43,34,-10,-,';

test('Indian digit grouping, both sides in their own order, no spot', async () => {
  const bytes = await tarOf([
    ['d/2026-05-26/nifty_option_chain_103337.csv', [...HEADERS, ROW, 'debris', ''].join('\n')],
    ['d/2026-05-26/unheard_option_chain_103337.csv', [...HEADERS, ROW, ''].join('\n')],
  ]);
  const { chains, ticks, rejected } = await withFile('web.tar', bytes, async (path) =>
    collect(await openRecording(path)),
  );
  expect(ticks).toEqual([]);
  expect(chains[1]).toMatchObject({ product: 'UNHEARD', expiry: '2026-05-26', lot_size: null });
  expect(chains[0]).toMatchObject({
    product: 'NIFTY',
    expiry: '2026-05-26',
    timestamp: Date.parse('2026-05-26T05:03:37Z'),
    spot: null,
    lot_size: 65,
  });
  const cell = (name: Parameters<typeof column>[1]) => column(chains[0].columns, name)[0];
  expect(cell('strike')).toBe(27_200);
  expect(
    (
      [
        'open_interest',
        'open_interest_change',
        'volume',
        'last',
        'bid_size',
        'bid',
        'ask',
        'ask_size',
      ] as const
    ).map((name) => [cell(`call_${name}`), cell(`put_${name}`)]),
  ).toEqual([
    [3465, Number.NaN],
    [2, -10],
    [4087, 34],
    [0.25, 3130],
    [182_520, 65],
    [0.2, 3104.85],
    [0.3, 3151.05],
    [41_600, 75],
  ]);
  expect(cell('call_previous_close')).toBe(0.35);
  expect(cell('put_previous_close')).toBe(3158.2);
  expect(rejected.map(({ rejection, where }) => [rejection, where.line])).toEqual([
    ['wrong_column_count', 4],
  ]);
});

const real = recording('nse/karthik_NIFTY_2026-05-26_1min_nseweb_csv.tar.xz');

test.skipIf(real.absent)('the recording of 26 May 2026', async () => {
  const { chains, rejected } = await collect(await openRecording(real.path));
  expect(rejected.map(({ where }) => where.member)).toEqual(['downloads/latest.csv', 'logs/signals.jsonl']);
  expect(chains.length).toBe(24);
  for (const { timestamp, expiry, columns } of chains) {
    expect(new Date(timestamp).toISOString()).toMatch(/^2026-05-26T05:/);
    expect(expiry).toBe('2026-05-26');
    expect(columns.count).toBeGreaterThan(80);
  }
});

const TEXT = [...HEADERS, ROW, ''].join('\n');
const open = (name: string, options: RecordingOptions = {}) =>
  withFile(name, TEXT, async (path) => collect(await openRecording(path, options)));
const recordedAt = Date.parse('2026-04-02T15:25:00+05:30');

test.each(['option-chain-ED-NIFTY-13-Apr-2026.csv', 'option-chain-ED-NIFTY-13-Apr-2026 (1).csv'])(
  '%s says product and expiry, the setting the time',
  async (name) => {
    const { chains, rejected } = await open(name, { recordedAt, product: 'BANKNIFTY', expiry: '2026-04-28' });
    expect(rejected).toEqual([]);
    expect(chains[0]).toMatchObject({
      product: 'NIFTY',
      expiry: '2026-04-13',
      timestamp: recordedAt,
      source: `replay:${name} (instant by setting)`,
    });
  },
);

test('under another name the settings say all', async () => {
  const { chains, rejected } = await open('download.csv', {
    recordedAt,
    product: 'RELIANCE',
    expiry: '2026-04-28',
  });
  expect(rejected).toEqual([]);
  expect(chains[0]).toMatchObject({
    product: 'RELIANCE',
    expiry: '2026-04-28',
    source: 'replay:download.csv (instant by setting, expiry by setting)',
  });
  await expect(open('download.csv')).rejects.toMatchObject({
    code: 'unreadable_source',
    message: expect.stringMatching(/its name "download.csv" say when.*the option recordedAt/),
  });
  const over = await open('download.csv', { recordedAt, product: 'RELIANCE', expiry: '2026-03-30' });
  expect(over.rejected[0]).toMatchObject({ rejection: 'expired' });
});

test('a plain file is read by the folder it lies in', async () => {
  const { chains } = await withFile('nifty_option_chain_103000.csv', TEXT, async (path) => {
    const day = join(dirname(path), '2026-05-25');
    mkdirSync(day);
    renameSync(path, join(day, basename(path)));
    return collect(await openRecording(join(day, basename(path))));
  });
  expect(chains[0]).toMatchObject({
    expiry: '2026-05-26',
    timestamp: Date.parse('2026-05-25T05:00:00Z'),
    source: 'replay:nifty_option_chain_103000.csv (expiry by schedule)',
  });
});
