import { gzipSync } from 'node:zlib';
import { column } from '@deltastream/contracts';
import { describe, expect, test } from 'vitest';
import { openRecording } from '../../recording-source.ts';
import { tarOf, zipOf } from '../../testing/archive.fixture.ts';
import { collect, withFile } from '../../testing/recordings.fixture.ts';
import { kiteContract } from './kite-symbol.ts';

const read = (name: string, content: string | Uint8Array) =>
  withFile(name, content, async (path) => collect(await openRecording(path)));

test.each([
  ['NFO', 'NIFTY2680424200CE', 'NIFTY', '2026-08-04', 24_200, 'call'],
  ['NFO', 'NIFTY26O0624200PE', 'NIFTY', '2026-10-06', 24_200, 'put'],
  ['NFO', 'NIFTY26AUG24200CE', 'NIFTY', '2026-08-25', 24_200, 'call'],
  ['NFO', 'NIFTYNXT5026AUG68000PE', 'NIFTYNXT50', '2026-08-25', 68_000, 'put'],
  ['NFO', 'M&M26AUG3000CE', 'M&M', '2026-08-25', 3000, 'call'],
  ['NFO', 'BAJAJ-AUTO26AUG9000CE', 'BAJAJ-AUTO', '2026-08-25', 9000, 'call'],
  ['NFO', 'IDEA26AUG7.5PE', 'IDEA', '2026-08-25', 7.5, 'put'],
  ['', 'SENSEX2681381000CE', 'SENSEX', '2026-08-13', 81_000, 'call'],
  ['', 'IDEA26AUG7.5PE', 'IDEA', '2026-08-25', 7.5, 'put'],
  ['BFO', 'SENSEX2681381000CE', 'SENSEX', '2026-08-13', 81_000, 'call'],
] as const)('%s:%s', (segment, symbol, product, expiry, strike, side) => {
  const contract = kiteContract(segment, symbol);
  expect([contract.listing.symbol, contract.expiry, contract.option]).toEqual([
    product,
    expiry,
    { strike, side },
  ]);
});

test.each([
  ['NFO', 'NIFTY'],
  ['NFO', 'NIFTY2683224200CE'],
  ['MCX', 'CRUDEOIL26AUG6000CE'],
])('%s:%s is not one', (segment, symbol) => {
  expect(() => kiteContract(segment, symbol)).toThrow(symbol);
});

describe('quote JSON', () => {
  const quote = (over: object = {}) => ({
    instrument_token: 12_073_986,
    timestamp: '2026-08-03 10:15:02',
    last_trade_time: '2026-08-03 10:15:01',
    last_price: 120.5,
    volume: 6500,
    oi: 65_000,
    ohlc: { open: 100, high: 130, low: 95, close: 110 },
    depth: {
      buy: [
        { price: 120.4, quantity: 130, orders: 2 },
        { price: 120.3, quantity: 65, orders: 1 },
      ],
      sell: [{ price: 0, quantity: 0, orders: 0 }],
    },
    ...over,
  });
  const page = (more: object = {}) => ({
    'NFO:NIFTY2680424200CE': quote(),
    'NFO:NIFTY2680424200PE': quote({ oi: 130_000, timestamp: '2026-08-03 10:15:03' }),
    'NSE:NIFTY 50': quote({ last_price: 24_190.5 }),
    ...more,
  });

  test.each([
    ['of the API', JSON.stringify({ status: 'success', data: page() }, null, 1)],
    ['of its client', JSON.stringify(page())],
  ])('%s: units become contracts, the best of the depth are bid and ask', async (_what, text) => {
    const { chains, ticks, rejected } = await read('quotes.json', text);
    expect(rejected).toEqual([]);
    expect(ticks).toEqual([expect.objectContaining({ product: 'NIFTY', price: 24_190.5 })]);
    const [{ columns, ...chain }] = chains;
    expect(chain).toMatchObject({
      product: 'NIFTY',
      expiry: '2026-08-04',
      timestamp: Date.parse('2026-08-03T04:45:03Z'),
      spot: 24_190.5,
      lot_size: 65,
    });
    const cell = (name: Parameters<typeof column>[1]) => column(columns, name)[0];
    expect([cell('call_open_interest'), cell('put_open_interest')]).toEqual([1000, 2000]);
    expect(cell('call_volume')).toBe(100);
    expect([cell('call_bid'), cell('call_bid_size')]).toEqual([120.4, 130]);
    expect(cell('call_ask')).toBeNaN();
    expect(cell('call_previous_close')).toBe(110);
  });

  test('a future gives the forward of its expiry; what cannot be read is named', async () => {
    const { chains, rejected } = await read(
      'quotes.json',
      JSON.stringify(
        page({
          'NFO:NIFTY26AUGFUT': quote({ last_price: 24_300 }),
          'NFO:NIFTY26AUG24200CE': quote(),
          'NFO:NIFTY2672824200CE': quote(),
          'NFO:NIFTY2680424300CE': quote({ oi: 'many' }),
          'NFO:SOMETHING': quote(),
        }),
      ),
    );
    expect(chains.map(({ expiry, future }) => [expiry, future])).toEqual([
      ['2026-08-04', null],
      ['2026-08-25', 24_300],
    ]);
    expect(rejected.map(({ rejection, reason }) => [rejection, reason.split(': ')[0]])).toEqual([
      ['expired', '"NFO:NIFTY2672824200CE"'],
      ['bad_value', '"NFO:SOMETHING"'],
      ['bad_value', '"NFO:NIFTY2680424300CE"'],
    ]);
  });

  test('pages of an archive come by their own time', async () => {
    const at = (time: string) =>
      JSON.stringify({ 'NFO:NIFTY2680424200CE': quote({ timestamp: `2026-08-03 ${time}` }) });
    const bytes = zipOf([
      ['a.json', at('11:00:00')],
      ['b.json', at('09:45:00')],
    ]);
    const { chains, rejected } = await read('kite.zip', bytes);
    expect(rejected).toEqual([]);
    expect(chains.map(({ timestamp }) => new Date(timestamp).toISOString().slice(11, 16))).toEqual([
      '04:15',
      '05:30',
    ]);
  });
});

describe('quote CSV', () => {
  const HEADER = 'timestamp,exchange,tradingsymbol,last_price,volume,oi,bid_price,ask_price,spot';
  const row = (time: string, symbol = 'NIFTY2680424200CE', rest = '120.5,6500,65000,120.4,120.6,24190.5') =>
    `2026-08-03 ${time},NFO,${symbol},${rest}`;
  const FIRST = [HEADER, row('10:15:00'), row('10:15:00', 'NIFTY2680424200PE')].join('\n');
  const SECOND = [HEADER, row('10:16:00'), row('10:16:00', 'NIFTY2680424200PE')].join('\n');

  test('rows of one time are a chain in contracts; a bad row is named and costs itself only', async () => {
    const bad = [row('10:16:00', 'NIFTY'), row('10:16:00', undefined, '1,2'), row('10:16:00')];
    const { chains, ticks, rejected } = await read('kite.csv.gz', gzipSync([FIRST, ...bad, ''].join('\n')));
    expect(chains.map(({ columns, lot_size, spot }) => [columns.count, lot_size, spot])).toEqual([
      [1, 65, 24_190.5],
      [1, 65, 24_190.5],
    ]);
    const cell = (name: Parameters<typeof column>[1]) => column(chains[0].columns, name)[0];
    expect([cell('call_open_interest'), cell('call_volume'), cell('put_bid')]).toEqual([1000, 100, 120.4]);
    expect(cell('call_previous_close')).toBeNaN();
    expect(ticks.length).toBe(2);
    expect(rejected.map(({ rejection, where }) => [rejection, where.line])).toEqual([
      ['bad_value', 4],
      ['wrong_column_count', 5],
    ]);
  });

  test.each([
    [
      'kite.zip',
      async () =>
        zipOf([
          ['z.csv', FIRST],
          ['a.csv', SECOND],
        ]),
    ],
    [
      'kite.tar',
      () =>
        tarOf([
          ['z.csv', FIRST],
          ['a.csv', SECOND],
        ]),
    ],
  ] as const)('files of %s come by the time of their first row', async (name, archive) => {
    const { chains, rejected } = await read(name, await archive());
    expect(rejected).toEqual([]);
    expect(chains.map(({ timestamp }) => new Date(timestamp).toISOString().slice(11, 16))).toEqual([
      '04:45',
      '04:46',
    ]);
  });
});
