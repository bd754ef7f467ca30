import { readFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { column, type RawChain, SIDES } from '@deltastream/contracts';
import { describe, expect, test } from 'vitest';
import { openRecording } from '../../recording-source.ts';
import { collect, recording, withFile } from '../../testing/recordings.fixture.ts';

const DAYS = [
  ['nifty_chain_20260817_partial.csv.gz', 52, 23_768],
  ['nifty_chain_20260819.csv.gz', 102, 46_502],
  ['nifty_chain_20260820.csv.gz', 9, 4_198],
] as const;

/** Open interest by `timestamp expiry`, by plain splitting: independent of the reader. */
function bruteForce(path: string): { rows: number; interest: Map<string, number> } {
  const [, ...lines] = gunzipSync(readFileSync(path)).toString('utf8').trimEnd().split('\n');
  const interest = new Map<string, number>();
  for (const line of lines) {
    const cells = line.split(',');
    const key = `${cells[0]} ${cells[1]}`;
    interest.set(key, (interest.get(key) ?? 0) + Number(cells[7]));
  }
  return { rows: lines.length, interest };
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function keyOf({ timestamp, expiry }: RawChain): string {
  const india = new Date(timestamp + 330 * 60_000).toISOString();
  const [year, month, day] = expiry.split('-');
  return `${india.replace(/[-T:]/g, '').slice(0, 12)} ${day}-${MONTHS[Number(month) - 1]}-${year}`;
}

function sumOf({ columns }: RawChain, name: 'open_interest' | 'last'): { sum: number; given: number } {
  let [sum, given] = [0, 0];
  for (const side of SIDES) {
    for (const value of column(columns, `${side}_${name}`)) {
      if (Number.isNaN(value)) continue;
      sum += value;
      given++;
    }
  }
  return { sum, given };
}

describe.each(DAYS)('%s', (name, minutes, quotes) => {
  const { path, absent } = recording(`nse/${name}`);

  test.skipIf(absent)('every row is in the snapshot of its minute and expiry', async () => {
    const { rows, interest } = bruteForce(path);
    const { chains, ticks, rejected } = await collect(await openRecording(path));
    expect(rejected).toEqual([]);
    expect(rows).toBe(quotes);
    expect(ticks.length).toBe(minutes);
    expect(chains.length).toBe(interest.size);
    let given = 0;
    for (const chain of chains) {
      const total = sumOf(chain, 'open_interest');
      given += total.given;
      expect(total.sum).toBeCloseTo(interest.get(keyOf(chain)) as number, 6);
      expect(chain).toMatchObject({ product: 'NIFTY', lot_size: 65, currency: 'INR', epoch: name });
      expect(chain.quality).not.toContain('partial');
    }
    expect(given).toBe(quotes);
  });
});

test.skipIf(recording('nse/nifty_chain_20260819.csv.gz').absent)(
  'a day is read in the processor time of at most 20 plain splits',
  { tags: ['timing'] },
  async () => {
    const { path } = recording('nse/nifty_chain_20260819.csv.gz');
    const timeOf = async (read: () => unknown) => {
      const begun = process.cpuUsage();
      await read();
      const { user, system } = process.cpuUsage(begun);
      return user + system;
    };
    const split = await timeOf(() => bruteForce(path));
    expect(await timeOf(async () => collect(await openRecording(path)))).toBeLessThan(20 * split);
  },
);

test.skipIf(recording('nse/nifty_chain_20260819.csv.gz').absent)(
  'volume that steps back is flagged',
  async () => {
    const { path } = recording('nse/nifty_chain_20260819.csv.gz');
    const { chains } = await collect(await openRecording(path));
    const flagged = chains.filter(({ quality }) => quality.includes('volume_regressed')).length;
    expect(flagged).toBeGreaterThan(0);
    expect(flagged).toBeLessThanOrEqual(46);
  },
);

const HEADER = 'timestamp,expiry,strike,option_type,spot,ltp,volume,oi,oi_chg,iv,delta,gamma,theta,vega,rho';
const row = (minute: string, strike: string, rest = 'CE,24052.4,61.5,10,5,-2') =>
  `2026081911${minute},25-Aug-2026,${strike},${rest},0,0,0,0,0,0`;

const read = (lines: readonly string[], name = 'nifty_made.csv') =>
  withFile(name, `${lines.join('\n')}\n`, async (path) => collect(await openRecording(path)));

describe('made by hand', () => {
  test('columns that the source lacks stay not given', async () => {
    const { chains, ticks } = await read([
      HEADER,
      row('27', '24000'),
      row('27', '24000', 'PE,24052.4,0,0,7,0'),
    ]);
    expect(ticks).toEqual([expect.objectContaining({ price: 24_052.4, seq: 1, previous_close: null })]);
    const { columns } = chains[0];
    expect(chains[0].timestamp).toBe(Date.parse('2026-08-19T05:57:00Z'));
    expect(chains[0].expiry_at).toBe(Date.parse('2026-08-25T10:10:00Z'));
    expect(column(columns, 'call_bid')[0]).toBeNaN();
    expect(column(columns, 'call_previous_close')[0]).toBeNaN();
    expect(column(columns, 'call_last')[0]).toBe(61.5);
    expect(column(columns, 'put_last')[0]).toBeNaN();
    expect(column(columns, 'put_volume')[0]).toBe(0);
    expect(column(columns, 'call_open_interest_change')[0]).toBe(-2);
  });

  test.each([
    ['bad_value', row('27', '24100', 'CE,24052.4,<b>61.5</b>,10,5,0'), /ltp is "<b>61.5<\/b>"/],
    ['bad_value', row('27', '24100', 'CE,24052.4,-61.5,10,5,0'), /ltp is "-61.5"/],
    ['bad_value', row('27', '24100', 'CE,24052.4,NaN,10,5,0'), /ltp is "NaN"/],
    ['bad_value', row('27', '24100', 'CE,24052.4,61.5,10,Infinity,0'), /oi is "Infinity"/],
    ['bad_value', row('27', '-'), /strike is "-"/],
    ['bad_value', row('27', '0x10'), /strike is "0x10"/],
    ['unknown_option_type', row('27', '24100', 'XX,24052.4,61.5,10,5,0'), /option_type is "XX"/],
    ['wrong_column_count', '<div class="error">Access, denied</div>', /2 columns, expected 15/],
    ['wrong_column_count', '<a href="x,y', /1 columns, expected 15/],
    ['wrong_column_count', `${row('27', '24100')},1`, /16 columns/],
    ['bad_timestamp', row('27', '24100').replace('202608191127', 'yesterday'), /timestamp is "yesterday"/],
    ['bad_timestamp', row('67', '24100'), /timestamp is "202608191167"/],
    ['bad_expiry', row('27', '24100').replace('25-Aug-2026', '31-Feb-2026'), /expiry is "31-Feb-2026"/],
    ['expired', row('27', '24100').replace('25-Aug-2026', '18-Aug-2026'), /2026-08-18 is before/],
    ['duplicate', row('27', '24000'), /call 24000 is given twice/],
    ['out_of_order', row('26', '24000'), /already passed/],
  ])('%s costs its row only: %s', async (rejection, line, reason) => {
    const { chains, rejected } = await read([
      HEADER,
      row('27', '24000'),
      line,
      row('27', '24200'),
      row('28', '1'),
    ]);
    expect(rejected).toEqual([
      {
        kind: 'rejected',
        rejection,
        where: { file: 'nifty_made.csv', line: 3 },
        reason: expect.stringMatching(reason),
      },
    ]);
    expect(Array.from(column(chains[0].columns, 'strike'))).toEqual([24_000, 24_200]);
    expect(chains.length).toBe(2);
  });

  test('a price of nothing in the spot makes no tick', async () => {
    const { chains, ticks } = await read([HEADER, row('27', '24000', 'CE,-,61.5,1,1,0')]);
    expect(ticks).toEqual([]);
    expect(chains[0].spot).toBeNull();
  });

  test('windows line ends, blank lines and a missing last line end are fine', async () => {
    const text = `${HEADER}\r\n${row('27', '24000')}\r\n\r\n${row('28', '24000')}`;
    const { chains, rejected } = await withFile('nifty.csv', text, async (path) =>
      collect(await openRecording(path)),
    );
    expect(rejected).toEqual([]);
    expect(chains.length).toBe(2);
  });

  test('a product the file does not name has to be told', async () => {
    const name = 'recorded.csv';
    await withFile(name, `${HEADER}\n${row('27', '24000')}\n`, async (path) => {
      await expect(openRecording(path)).rejects.toMatchObject({
        code: 'unreadable_source',
        message: expect.stringContaining('recorded.csv: its content names no product'),
      });
      const { chains } = await collect(await openRecording(path, { product: 'banknifty' }));
      expect(chains[0]).toMatchObject({ product: 'BANKNIFTY', lot_size: 30 });
    });
  });
});

describe('a truncated gzip', () => {
  const lines = [HEADER, ...Array.from({ length: 4000 }, (_, i) => row('27', String(10_000 + i * 7.25)))];
  const complete = gzipSync(`${lines.join('\n')}\n`);

  test.each([0.2, 0.5, 0.9, 0.999])(
    'cut at %d gives what is before the cut, then one rejection',
    async (share) => {
      const bytes = complete.subarray(0, Math.floor(complete.length * share));
      const { chains, rejected } = await withFile('nifty_cut.csv.gz', bytes, async (path) =>
        collect(await openRecording(path)),
      );
      expect(rejected.length).toBe(1);
      expect(rejected[0]).toMatchObject({ rejection: 'truncated', where: { file: 'nifty_cut.csv.gz' } });
      expect(rejected[0].reason).toContain(`after byte ${bytes.length} of ${bytes.length}`);
      const count = chains[0]?.columns.count ?? 0;
      expect(rejected[0].where.line).toBe(count + 2);
      expect(count).toBeGreaterThan(3900 * share - 1200);
    },
  );

  test('damaged in the middle likewise', async () => {
    const bytes = Uint8Array.from(complete);
    bytes.fill(0xff, Math.floor(bytes.length / 2), Math.floor(bytes.length / 2) + 64);
    const { chains, rejected } = await withFile('nifty_bad.csv.gz', bytes, async (path) =>
      collect(await openRecording(path)),
    );
    expect(rejected.at(-1)).toMatchObject({ rejection: 'truncated' });
    expect(chains[0].columns.count).toBeGreaterThan(500);
  });
});
