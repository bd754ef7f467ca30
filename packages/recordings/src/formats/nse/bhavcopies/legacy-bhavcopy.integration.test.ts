import { column } from '@deltastream/contracts';
import { expect, test } from 'vitest';
import { openRecording } from '../../../recording-source.ts';
import { collect, recording, withFile } from '../../../testing/recordings.fixture.ts';

const HEADER =
  'INSTRUMENT,SYMBOL,EXPIRY_DT,STRIKE_PR,OPTION_TYP,OPEN,HIGH,LOW,CLOSE,SETTLE_PR,CONTRACTS,VAL_INLAKH,OPEN_INT,CHG_IN_OI,TIMESTAMP';

function row(over: Partial<Record<string, string>> = {}): string {
  const cells: Record<string, string> = {
    INSTRUMENT: 'OPTIDX',
    SYMBOL: 'NIFTY',
    EXPIRY_DT: '29-Aug-2019',
    STRIKE_PR: '11000.0',
    OPTION_TYP: 'CE',
    CLOSE: '150.5',
    SETTLE_PR: '151',
    CONTRACTS: '4.0',
    OPEN_INT: '7500.0',
    CHG_IN_OI: '-75.0',
    TIMESTAMP: '02-AUG-2019',
    ...over,
  };
  return HEADER.split(',')
    .map((name) => cells[name] ?? '0')
    .join(',');
}

const FUTURE = row({ INSTRUMENT: 'FUTIDX', STRIKE_PR: '0', OPTION_TYP: 'XX', SETTLE_PR: '11020.5' });

const read = (text: string) => withFile('bhav.csv', text, async (path) => collect(await openRecording(path)));

test('open interest comes in units, volume in contracts, the forward from the future', async () => {
  const { chains, ticks, rejected } = await read(
    [HEADER, FUTURE, row(), row({ OPTION_TYP: 'PE', CONTRACTS: '0' })].join('\n'),
  );
  expect(rejected).toEqual([]);
  expect(ticks).toEqual([]);
  const [{ columns, ...header }] = chains;
  expect(header).toMatchObject({
    product: 'NIFTY',
    expiry: '2019-08-29',
    timestamp: Date.parse('2019-08-02T10:00:00Z'),
    spot: null,
    future: 11_020.5,
    lot_size: 75,
    quality: [],
  });
  expect(column(columns, 'call_open_interest')[0]).toBe(100);
  expect(column(columns, 'call_open_interest_change')[0]).toBe(-1);
  expect(column(columns, 'call_volume')[0]).toBe(4);
  expect(column(columns, 'call_last')[0]).toBe(150.5);
  expect(column(columns, 'put_last')[0]).toBeNaN();
  expect(column(columns, 'put_mark')[0]).toBe(151);
});

test.each([
  ['an index column in front', [`Unnamed: 0,${HEADER}`, `160393,${row()}`]],
  ['an index column without a name', [`,${HEADER}`, `0,${row()}`]],
  ['the other name of the option type', [HEADER.replace('OPTION_TYP', 'OPTIONTYPE'), row()]],
  ['a comma behind each row', [HEADER, `${row()},`]],
  ['a comma behind every line', [`${HEADER},`, `${row()},`]],
])('%s changes nothing', async (_what, lines) => {
  const { chains, rejected } = await read(lines.join('\r\n'));
  expect(rejected).toEqual([]);
  expect(column(chains[0].columns, 'call_open_interest')[0]).toBe(100);
});

test('days that follow each other in one file come apart, in order', async () => {
  const { chains } = await read([HEADER, row({ TIMESTAMP: '05-Aug-2019' }), row()].join('\n'));
  expect(chains.map(({ timestamp }) => new Date(timestamp).getUTCDate())).toEqual([2, 5]);
});

test('the lot of a stock that no list names is the divisor of its open interests, and said to be inferred', async () => {
  const unlisted = (strike: string, units: string) =>
    row({ INSTRUMENT: 'OPTSTK', SYMBOL: 'BALKRISIND', STRIKE_PR: strike, OPEN_INT: units });
  const { chains } = await read(
    [HEADER, unlisted('1500', '800'), unlisted('1520', '1200'), unlisted('1540', '2000')].join('\n'),
  );
  expect(chains[0]).toMatchObject({ product: 'BALKRISIND', lot_size: 400, quality: ['lot_inferred'] });
  expect(Array.from(column(chains[0].columns, 'call_open_interest'))).toEqual([2, 3, 5]);
});

test.each([
  ['bad_value', row({ INSTRUMENT: 'EQ' })],
  ['bad_value', row({ SETTLE_PR: 'n/a' })],
  ['bad_timestamp', row({ TIMESTAMP: '2019-08-02' })],
  ['bad_expiry', row({ EXPIRY_DT: '31-Jun-2019' })],
  ['expired', row({ EXPIRY_DT: '01-Aug-2019' })],
  ['unknown_option_type', row({ OPTION_TYP: 'XX' })],
  ['wrong_column_count', '<html>'],
  ['duplicate', row()],
])('%s costs its row only', async (rejection, line) => {
  const { chains, rejected } = await read([HEADER, row(), line, row({ STRIKE_PR: '11100' })].join('\n'));
  expect(rejected).toEqual([expect.objectContaining({ rejection, where: { file: 'bhav.csv', line: 3 } })]);
  expect(chains.map(({ columns }) => columns.count)).toEqual([2]);
});

const real = recording('bhavcopy/fo01AUG2019bhav_excerpt40.csv');

test.skipIf(real.absent)(
  'the excerpt has futures only: every row is understood, none is an option',
  async () => {
    expect(await collect(await openRecording(real.path))).toEqual({ chains: [], ticks: [], rejected: [] });
  },
);

test('a malformed first row costs itself only', async () => {
  const { chains, rejected } = await read([HEADER, 'broken', row()].join('\n'));
  expect(rejected.map(({ rejection, where }) => [rejection, where.line])).toEqual([
    ['wrong_column_count', 2],
  ]);
  expect(chains.length).toBe(1);
});
