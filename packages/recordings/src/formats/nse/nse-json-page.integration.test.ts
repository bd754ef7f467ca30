import { readFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { column, type RawChain } from '@deltastream/contracts';
import { describe, expect, test } from 'vitest';
import { openRecording } from '../../recording-source.ts';
import { tarOf } from '../../testing/archive.fixture.ts';
import { collect, recording, withFile } from '../../testing/recordings.fixture.ts';

interface Leg {
  readonly strikePrice: number;
  readonly expiryDate: string;
  readonly openInterest: number;
  readonly totalTradedVolume: number;
}
interface NseRow {
  readonly expiryDate: string;
  readonly CE?: Leg;
  readonly PE?: Leg;
}

const sum = (chain: RawChain, name: Parameters<typeof column>[1]) =>
  column(chain.columns, name).reduce((total, value) => total + (Number.isNaN(value) ? 0 : value), 0);

const real = recording('nse/rajilesh_BANKNIFTY_nseapi_2021-05-18.json.gz');

test.skipIf(real.absent)(
  'the nearest expiry has NSE’s own totals, every expiry the sums of its rows',
  async () => {
    const json = JSON.parse(gunzipSync(readFileSync(real.path)).toString('utf8'));
    const rows: NseRow[] = json.records.data;
    const { chains, ticks, rejected } = await collect(await openRecording(real.path));
    expect(rejected).toEqual([]);
    expect(chains.length).toBe(12);
    expect(ticks).toEqual([
      expect.objectContaining({
        product: 'BANKNIFTY',
        price: 33_459.25,
        timestamp: Date.parse('2021-05-17T10:00:00Z'),
      }),
    ]);
    const [nearest] = chains;
    expect(nearest.expiry).toBe('2021-05-20');
    expect(sum(nearest, 'call_open_interest')).toBe(json.filtered.CE.totOI);
    expect(sum(nearest, 'put_open_interest')).toBe(json.filtered.PE.totOI);
    expect(sum(nearest, 'call_volume')).toBe(json.filtered.CE.totVol);
    expect(sum(nearest, 'put_volume')).toBe(json.filtered.PE.totVol);
    expect(new Set(chains.map(({ lot_size }) => lot_size))).toEqual(new Set([25]));

    const expiries: string[] = json.records.expiryDates;
    expect(chains.map(({ expiry }) => Date.parse(expiry))).toEqual(
      expiries.map((text) => Date.parse(`${text} UTC`)).toSorted((a, b) => a - b),
    );
    for (const [i, text] of expiries.entries()) {
      const legs = rows.filter(({ expiryDate }) => expiryDate === text);
      const brute = legs.reduce((total, { CE }) => total + (CE?.openInterest ?? 0), 0);
      expect(sum(chains[i], 'call_open_interest')).toBe(brute);
    }
  },
);

const leg = (over: object = {}) => ({
  strikePrice: 33_000,
  expiryDate: '20-May-2021',
  underlying: 'BANKNIFTY',
  openInterest: 10,
  changeinOpenInterest: -3,
  totalTradedVolume: 7,
  lastPrice: 500.5,
  change: -9.5,
  bidQty: 25,
  bidprice: 500,
  askQty: 0,
  askPrice: 0,
  underlyingValue: 33_459.25,
  ...over,
});
const page = (data: object[], timestamp = '17-May-2021 15:30:00') =>
  JSON.stringify({ records: { expiryDates: [], data, timestamp, underlyingValue: 33_459.25 } });
const read = (text: string | Uint8Array, name = 'chain.json') =>
  withFile(name, text, async (path) => collect(await openRecording(path)));

describe('made by hand', () => {
  test('a price of 0 is none; the change gives the previous close; v3 names are read', async () => {
    const v3 = { ...leg(), strikePrice: 33_100, bidprice: undefined, buyPrice1: 480, buyQuantity1: 50 };
    const { chains } = await read(page([{ CE: leg(), PE: leg({ lastPrice: 0 }) }, { CE: v3 }]));
    const { columns } = chains[0];
    expect(column(columns, 'call_ask')[0]).toBeNaN();
    expect(column(columns, 'call_ask_size')[0]).toBe(0);
    expect(column(columns, 'call_previous_close')[0]).toBe(510);
    expect(column(columns, 'put_last')[0]).toBeNaN();
    expect(column(columns, 'put_previous_close')[0]).toBeNaN();
    expect(column(columns, 'call_bid')[1]).toBe(480);
    expect(column(columns, 'put_open_interest')[1]).toBeNaN();
  });

  test('a bad leg costs itself only and is named', async () => {
    const { chains, rejected } = await read(
      page([
        { CE: leg() },
        { CE: leg({ strikePrice: 33_100, openInterest: -1 }), PE: leg({ strikePrice: 33_100 }) },
        { CE: leg({ strikePrice: 'x' }) },
        { CE: leg({ expiryDate: 'soon' }) },
        { CE: leg({ expiryDate: '13-May-2021' }) },
        { CE: leg() },
        { CE: leg({ strikePrice: 33_200, lastPrice: '<b>' }) },
      ]),
    );
    expect(chains[0].columns.count).toBe(2);
    expect(rejected.map(({ rejection, reason }) => [rejection, reason.split(':')[0]])).toEqual([
      ['bad_value', 'records.data[1].CE'],
      ['bad_value', 'records.data[2].CE'],
      ['bad_expiry', 'records.data[3].CE'],
      ['expired', 'records.data[4].CE'],
      ['duplicate', 'records.data[5].CE'],
      ['bad_value', 'records.data[6].CE'],
    ]);
  });

  test.each([
    [page([{ CE: leg() }], 'today'), 'bad_timestamp', /records.timestamp is "today"/],
    [page([]), 'bad_value', /names no product.*the option product/],
    [page([{ CE: leg() }]).slice(0, -20), 'unreadable_member', /not JSON/],
    ['{"records":{"timestamp":"17-May-2021 15:30:00","data":7}}', 'unreadable_member', /records.data is no/],
    ['{"records":{"data":[]}}', 'bad_timestamp', /records.timestamp is ""/],
  ])('a page that says nothing usable is one rejection', async (text, rejection, reason) => {
    const { chains, rejected } = await read(text);
    expect(chains).toEqual([]);
    expect(rejected).toEqual([
      {
        kind: 'rejected',
        rejection,
        where: { file: 'chain.json' },
        reason: expect.stringMatching(reason),
      },
    ]);
  });

  test('a truncated one is one rejection that names the position', async () => {
    const bytes = gzipSync(
      page(Array.from({ length: 500 }, (_, i) => ({ CE: leg({ strikePrice: 100 + i }) }))),
    );
    const cut = bytes.subarray(0, bytes.length - 30);
    const { chains, rejected } = await read(cut, 'chain.json.gz');
    expect(chains).toEqual([]);
    expect(rejected).toEqual([
      expect.objectContaining({ rejection: 'truncated', where: { file: 'chain.json.gz' } }),
    ]);
    expect(rejected[0].reason).toContain(`after byte ${cut.length} of ${cut.length}`);
  });
});

describe('v3', () => {
  const V3 = { ...leg(), expiryDate: '20-05-2021', buyPrice1: 480, bidprice: undefined };
  const sorted = (legs: object, over: object = {}) =>
    JSON.stringify({
      filtered: { CE: { totOI: 10 }, data: [{ CE: legs }] },
      records: {
        data: [{ CE: legs, expiryDates: '20-May-2021', strikePrice: 33_000 }],
        expiryDates: ['20-May-2021'],
        timestamp: '17-May-2021 15:30:00',
        ...over,
      },
    });

  test('an expiry in digits and keys in any order are read', async () => {
    const { chains, rejected } = await read(sorted(V3));
    expect(rejected).toEqual([]);
    expect(chains).toEqual([
      expect.objectContaining({
        product: 'BANKNIFTY',
        expiry: '2021-05-20',
        timestamp: Date.parse('2021-05-17T10:00:00Z'),
      }),
    ]);
  });

  test('a day that is none is named', async () => {
    const { rejected } = await read(sorted({ ...V3, expiryDate: '31-02-2021' }));
    expect(rejected[0]).toMatchObject({
      rejection: 'bad_expiry',
      reason: expect.stringMatching(/expiryDate is "31-02-2021", expected DD-Mon-YYYY or DD-MM-YYYY/),
    });
  });

  test('without an underlying the name or the setting says the product; content wins over the setting', async () => {
    const bare = sorted({ ...V3, underlying: undefined });
    const named = await read(bare, 'RELIANCE_v3.json');
    expect(named.chains[0]).toMatchObject({ product: 'RELIANCE', lot_size: null, quality: ['lot_unknown'] });
    const open = (text: string) =>
      withFile('chain.json', text, async (path) =>
        collect(await openRecording(path, { product: 'RELIANCE', recordedAt: 0 })),
      );
    expect((await open(bare)).chains[0].product).toBe('RELIANCE');
    expect((await open(sorted(V3))).chains[0]).toMatchObject({
      product: 'BANKNIFTY',
      timestamp: Date.parse('2021-05-17T10:00:00Z'),
    });
  });
});

test('pages of an archive come by the time inside them, whatever their names', async () => {
  const at = (time: string) => page([{ CE: leg() }], `17-May-2021 ${time}`);
  const bytes = await tarOf([
    ['p_9-45.json', at('09:45:00')],
    ['p_10-0.json', at('10:00:00')],
    ['p_10-0 (copy).json', at('10:00:00')],
    ['p_11-0.json', at('11:00:00')],
  ]);
  const { chains, rejected } = await read(bytes, 'pages.tar');
  expect(chains.map(({ timestamp }) => new Date(timestamp).toISOString().slice(11, 16))).toEqual([
    '04:15',
    '04:30',
    '05:30',
  ]);
  expect(rejected).toEqual([
    expect.objectContaining({
      rejection: 'duplicate',
      where: { file: 'pages.tar', member: 'p_10-0.json' },
      reason: expect.stringContaining('BANKNIFTY 2021-05-20 at 2021-05-17T04:30:00.000Z'),
    }),
  ]);
});
