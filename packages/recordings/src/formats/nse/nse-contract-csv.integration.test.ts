import { execFileSync } from 'node:child_process';
import { column, type RawChain } from '@deltastream/contracts';
import { describe, expect, test } from 'vitest';
import { openRecording } from '../../recording-source.ts';
import { collect, recording, withFile } from '../../testing/recordings.fixture.ts';

const HEADER =
  'contract,expiryDate,optionType,strikePrice,lastPrice,change,pChange,openPrice,highPrice,lowPrice,closePrice,volume,totalTurnover,value,premiumTurnOver,underlyingValue,openInterest,noOfTrades,datetime';

function row(over: Partial<Record<string, string>> = {}): string {
  const cells: Record<string, string> = {
    contract: 'NIFTY 26-May-2026',
    expiryDate: '26-May-2026',
    optionType: 'Call',
    strikePrice: '24000',
    lastPrice: '101.5',
    change: '-8.5',
    volume: '1300',
    underlyingValue: '24010.25',
    openInterest: '77.0',
    noOfTrades: '3',
    datetime: '2026-05-20 09:20:52.729092+05:30',
    ...over,
  };
  return HEADER.split(',')
    .map((name) => cells[name] ?? '0')
    .join(',');
}

const read = (...rows: string[]) =>
  withFile('table.csv', `${HEADER}\n${rows.join('\n')}\n`, async (path) =>
    collect(await openRecording(path)),
  );

test('volume is in units and open interest in contracts; what is not there is not given', async () => {
  const { chains, ticks, rejected } = await read(
    row(),
    row({ optionType: 'Put', lastPrice: '0', change: '-3' }),
  );
  expect(rejected).toEqual([]);
  expect(ticks).toEqual([expect.objectContaining({ product: 'NIFTY', price: 24_010.25 })]);
  const [{ columns, ...header }] = chains;
  expect(header).toMatchObject({
    product: 'NIFTY',
    expiry: '2026-05-26',
    timestamp: Date.parse('2026-05-20T03:50:52.729Z'),
    expiry_at: Date.parse('2026-05-26T10:00:00Z'),
    lot_size: 65,
    quality: [],
  });
  expect(column(columns, 'call_volume')[0]).toBe(20);
  expect(column(columns, 'call_open_interest')[0]).toBe(77);
  expect(column(columns, 'call_previous_close')[0]).toBe(110);
  expect(column(columns, 'put_last')[0]).toBeNaN();
  expect(column(columns, 'put_previous_close')[0]).toBeNaN();
  expect(column(columns, 'call_bid')[0]).toBeNaN();
  expect(column(columns, 'call_open_interest_change')[0]).toBeNaN();
});

test('a product without a known lot keeps its units and says so', async () => {
  const { chains } = await read(row({ contract: 'UNHEARD 26-May-2026' }));
  expect(chains[0]).toMatchObject({ product: 'UNHEARD', lot_size: null, quality: ['lot_unknown'] });
  expect(column(chains[0].columns, 'call_volume')[0]).toBe(1300);
});

describe('malformed', () => {
  test.each([
    ['bad_value', { contract: '<td>' }, /contract is "<td>"/],
    ['bad_value', { volume: 'many' }, /volume is "many"/],
    ['bad_value', { strikePrice: '0' }, /strikePrice is "0"/],
    ['bad_expiry', { expiryDate: '26-Moy-2026' }, /expiryDate is "26-Moy-2026"/],
    ['unknown_option_type', { optionType: 'CE' }, /expected Call or Put/],
    ['bad_timestamp', { datetime: '2026-05-20 09:20' }, /datetime is/],
    ['expired', { expiryDate: '19-May-2026' }, /before the row's date 2026-05-20/],
    ['out_of_order', { datetime: '2026-05-20 09:15:00+05:30' }, /already passed/],
    ['duplicate', {}, /given twice/],
  ])('%s costs its row only', async (rejection, over, reason) => {
    const { chains, rejected } = await read(row(), row(over), row({ strikePrice: '24100' }));
    expect(rejected).toEqual([
      {
        kind: 'rejected',
        rejection,
        where: { file: 'table.csv', line: 3 },
        reason: expect.stringMatching(reason),
      },
    ]);
    expect(chains.map(({ columns }) => columns.count)).toEqual([2]);
  });
});

const real = recording('nse/nifty50-exp19-May-2026.csv.xz');

test.skipIf(real.absent)('the recording agrees with plain splitting, snapshot by snapshot', async () => {
  const lines = execFileSync('xz', ['-dc', real.path], { maxBuffer: 1e9 }).toString().trimEnd().split('\n');
  const names = lines[0].split(',');
  const totals = new Map<number, { rows: number; interest: number; units: number }>();
  for (const line of lines.slice(1)) {
    const cells = Object.fromEntries(line.split(',').map((cell, i) => [names[i], cell]));
    const at = Date.parse(`${cells.datetime.slice(0, 23).replace(' ', 'T')}+05:30`);
    const total = totals.get(at) ?? { rows: 0, interest: 0, units: 0 };
    total.rows++;
    total.interest += Number(cells.openInterest);
    total.units += Number(cells.volume);
    totals.set(at, total);
  }
  const { chains, rejected } = await collect(await openRecording(real.path));
  expect(rejected).toEqual([]);
  expect(chains.length).toBe(71);
  expect(lines.length - 1).toBe(11_545);
  for (const chain of chains) {
    const expected = totals.get(chain.timestamp);
    expect(given(chain, 'last')).toBe(expected?.rows);
    expect(sum(chain, 'open_interest')).toBe(expected?.interest);
    expect(sum(chain, 'volume') * 65).toBe(expected?.units);
  }
});

const cellsOf = ({ columns }: RawChain, name: 'last' | 'open_interest' | 'volume') =>
  [...column(columns, `call_${name}`), ...column(columns, `put_${name}`)].filter(
    (cell) => !Number.isNaN(cell),
  );
const given = (chain: RawChain, name: 'last') => cellsOf(chain, name).length;
const sum = (chain: RawChain, name: 'open_interest' | 'volume') =>
  cellsOf(chain, name).reduce((total, cell) => total + cell, 0);
