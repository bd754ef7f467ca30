import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { column, type RawChain, SIDES } from '@deltastream/contracts';
import { describe, expect, test } from 'vitest';
import { openRecording } from '../../recording-source.ts';
import { tarOf } from '../../testing/archive.fixture.ts';
import { collect, recording, withFile } from '../../testing/recordings.fixture.ts';

const HEADER =
  ',CallOI,CallChnginOI,CallVolume,CallIV,CallLTP,CallNetChng,CallBidQty,CallBidPrice,CallAskPrice,CallAskQty,' +
  'StrikePrice,PutBidQty,PutBidPrice,PutAskPrice,PutAskQty,PutNetChng,PutLTP,PutIV,PutVolume,PutChnginOI,PutOI,CurrentVal';
const row = (strike: number, callOi = '7500', spot = '10615.25') =>
  `0,${callOi},-75,49,-,2008.00,-65.55,75,2027.00,2031.70,150,${strike},150,0.30,1.55,75,-0.45,0.15,93.02,82,-,150,${spot}`;
const page = (...rows: string[]) => `${[HEADER, ...rows].join('\n')}\n`;

const readTar = async (members: [string, string][], cutAt = Number.POSITIVE_INFINITY) => {
  const bytes = (await tarOf(members)).subarray(0, cutAt);
  return withFile('pages.tar', bytes, async (path) => collect(await openRecording(path)));
};

describe('a page', () => {
  test('open interest in units becomes contracts, once; volume and sizes stay', async () => {
    const { chains, ticks, rejected } = await readTar([['N/NIFTY_29-01-2019_15:00.csv', page(row(8600))]]);
    expect(rejected).toEqual([]);
    const [chain] = chains;
    expect(chain).toMatchObject({
      product: 'NIFTY',
      expiry: '2019-01-31',
      timestamp: Date.parse('2019-01-29T09:30:00Z'),
      expiry_at: Date.parse('2019-01-31T10:00:00Z'),
      spot: 10_615.25,
      lot_size: 75,
      source: 'replay:pages.tar (expiry by schedule)',
    });
    expect(ticks[0].price).toBe(10_615.25);
    const cell = (name: Parameters<typeof column>[1]) => column(chain.columns, name)[0];
    expect(cell('call_open_interest')).toBe(100);
    expect(cell('call_open_interest_change')).toBe(-1);
    expect(cell('put_open_interest')).toBe(2);
    expect(cell('put_open_interest_change')).toBeNaN();
    expect(cell('call_volume')).toBe(49);
    expect(cell('call_bid')).toBe(2027);
    expect(cell('call_ask_size')).toBe(150);
    expect(cell('call_previous_close')).toBe(2073.55);
    expect(cell('put_previous_close')).toBe(0.6);
    expect(cell('call_mark')).toBeNaN();
  });

  test('pages come in time order, whatever their order in the archive; a repeated one is frozen', async () => {
    const { chains } = await readTar([
      ['NIFTY_30-01-2019_09:30.csv', page(row(8600, '300'))],
      ['NIFTY_29-01-2019_15:30.csv', page(row(8600))],
      ['NIFTY_29-01-2019_15:00.csv', page(row(8600))],
    ]);
    expect(chains.map(({ timestamp }) => new Date(timestamp).toISOString().slice(0, 16))).toEqual([
      '2019-01-29T09:30',
      '2019-01-29T10:00',
      '2019-01-30T04:00',
    ]);
    expect(chains.map(({ quality }) => quality)).toEqual([[], ['frozen'], []]);
    expect(chains.map(({ seq }) => seq)).toEqual([1, 2, 3]);
  });

  test('before the opening a page may still show the expiry of the page before', async () => {
    const { chains } = await readTar([
      ['NIFTY_14-02-2019_15:30.csv', page(row(8600), row(8700))],
      ['NIFTY_15-02-2019_09:00.csv', page(row(8600), row(8700, '7425'))],
      ['NIFTY_15-02-2019_09:15.csv', page(row(8600), row(8700, '7425'))],
      ['NIFTY_22-02-2019_09:00.csv', page(row(8600, '90000'), row(8700, '6000000'))],
    ]);
    expect(chains.map(({ expiry }) => expiry)).toEqual([
      '2019-02-14',
      '2019-02-14',
      '2019-02-21',
      '2019-02-28',
    ]);
  });

  test('bad rows cost themselves only and are named', async () => {
    const bad = page(row(8600), '<html><body>Resource not found</body></html>', row(8600), row(8700, '<td>'));
    const { chains, rejected } = await readTar([['NIFTY_29-01-2019_15:00.csv', bad]]);
    expect(Array.from(column(chains[0].columns, 'strike'))).toEqual([8600]);
    expect(rejected.map(({ rejection, where }) => [rejection, where.member, where.line])).toEqual([
      ['wrong_column_count', 'NIFTY_29-01-2019_15:00.csv', 3],
      ['duplicate', 'NIFTY_29-01-2019_15:00.csv', 4],
      ['bad_value', 'NIFTY_29-01-2019_15:00.csv', 5],
    ]);
  });

  test('members that are not pages are rejected, the others read', async () => {
    const { chains, rejected } = await readTar([
      ['README.txt', 'recorded by hand'],
      ['NIFTY_29-01-2019_15:00.csv', page(row(8600))],
      ['NIFTY_once.csv', page(row(8600))],
      ['UNHEARD_29-01-2019_15:30.csv', page(row(8600))],
      ['NIFTY_29-01-2019_15:30.csv', '<html>blocked</html>'],
      ['NIFTY_29-01-1999_15:00.csv', page(row(8600))],
    ]);
    expect(chains.map(({ product, expiry }) => `${product} ${expiry}`)).toEqual([
      'NIFTY 2019-01-31',
      'UNHEARD 2019-01-31',
    ]);
    expect(rejected.map(({ rejection, where }) => `${where.member} ${rejection}`).toSorted()).toEqual([
      'NIFTY_29-01-1999_15:00.csv bad_expiry',
      'NIFTY_29-01-2019_15:30.csv unreadable_member',
      'NIFTY_once.csv bad_timestamp',
      'README.txt unreadable_member',
    ]);
  });

  test('a file of one page is a recording too', async () => {
    const bytes = gzipSync(page(row(8600)));
    const { chains } = await withFile('NIFTY_29-01-2019_15:00.csv.gz', bytes, async (path) =>
      collect(await openRecording(path)),
    );
    expect(chains.length).toBe(1);
  });
});

test('a truncated archive gives the pages before the cut, then one rejection that names the page', async () => {
  const members = [15, 16, 17].map((hour): [string, string] => [
    `NIFTY_29-01-2019_${hour}:00.csv`,
    page(row(8600, String(hour))),
  ]);
  const { chains, rejected } = await readTar(members, 1024 * 2 + 700);
  expect(chains.length).toBe(2);
  expect(rejected).toEqual([
    expect.objectContaining({
      rejection: 'truncated',
      where: { file: 'pages.tar', member: 'NIFTY_29-01-2019_17:00.csv' },
    }),
  ]);
});

const real = recording('nse/NIFTY_chain_snapshots_2018-10_2019-06.tar.xz');

describe.skipIf(real.absent)('the recording of 2018-19', () => {
  const unitsOf = ({ columns, lot_size }: RawChain) =>
    SIDES.flatMap((side) => Array.from(column(columns, `${side}_open_interest`)))
      .filter((contracts) => contracts > 0)
      .map((contracts) => contracts * (lot_size as number));

  test('every page is one chain and one tick; 239 of them repeat another', async () => {
    const { chains, ticks, rejected } = await collect(await openRecording(real.path));
    expect(rejected).toEqual([]);
    expect(chains.length).toBe(2773);
    expect(ticks.length).toBe(2773);
    const frozen = chains.filter(({ quality }) => quality.includes('frozen'));
    expect(frozen.length).toBeGreaterThanOrEqual(230);
    expect(frozen.length).toBeLessThanOrEqual(239);
    const holiday = chains.filter(({ timestamp }) =>
      new Date(timestamp).toISOString().startsWith('2019-05-01'),
    );
    expect(holiday.length).toBe(28);
    for (const chain of holiday) expect(chain.quality).toContain('frozen');
    let quoted = 0;
    let offLot = 0;
    for (const chain of chains) {
      for (const units of unitsOf(chain)) {
        quoted++;
        if (Math.abs(units / 75 - Math.round(units / 75)) > 1e-9) offLot++;
      }
      expect(chain.lot_size).toBe(75);
    }
    // 140 cells of the recording are not a multiple of the lot; they stay fractional.
    expect(offLot / quoted).toBeLessThan(0.001);
    for (let i = 1; i < chains.length; i++) {
      expect(chains[i].timestamp).toBeGreaterThanOrEqual(chains[i - 1].timestamp);
    }
  });

  test('cut in half it gives what is before the cut and one rejection', async () => {
    const bytes = readFileSync(real.path);
    const half = bytes.subarray(0, Math.floor(bytes.length / 2));
    const { chains, rejected } = await withFile('half.tar.xz', half, async (path) =>
      collect(await openRecording(path)),
    );
    expect(chains.length).toBeGreaterThan(1000);
    expect(chains.length).toBeLessThan(2000);
    expect(rejected.length).toBe(1);
    expect(rejected[0]).toMatchObject({ rejection: 'truncated', where: { file: 'half.tar.xz' } });
    expect(rejected[0].reason).toContain(`after byte ${half.length} of ${half.length}`);
  });
});

test('pages of one minute in folders named by expiry are chains of those expiries', async () => {
  const { chains, rejected } = await readTar([
    ['index/NIFTY/5SEP2019/NIFTY_04-09-2019_11:00.csv', page(row(8600))],
    ['index/NIFTY/26SEP2019/NIFTY_04-09-2019_11:00.csv', page(row(8600))],
    ['index/NIFTY/26SEP2019/NIFTY_27-09-2019_11:00.csv', page(row(8600))],
  ]);
  expect(chains.map(({ expiry, source }) => [expiry, source]).toSorted()).toEqual([
    ['2019-09-05', 'replay:pages.tar (expiry by path, else by schedule)'],
    ['2019-09-26', 'replay:pages.tar (expiry by path, else by schedule)'],
  ]);
  expect(rejected.map(({ rejection, reason }) => [rejection, reason])).toEqual([
    ['expired', expect.stringMatching(/2019-09-26 by its path is before the page's date 2019-09-27/)],
  ]);
});
