import { gzipSync } from 'node:zlib';
import { column } from '@deltastream/contracts';
import { expect, test } from 'vitest';
import { openRecording } from '../../recording-source.ts';
import { collect, withFile } from '../../testing/recordings.fixture.ts';

const HEADER =
  'exchange,symbol,timestamp,local_timestamp,type,strike_price,expiration,open_interest,last_price,bid_price,bid_amount,bid_iv,ask_price,ask_amount,ask_iv,mark_price,mark_iv,underlying_index,underlying_price,delta,gamma,vega,theta,rho';
const START = 1_591_574_399_413;

interface Row {
  readonly exchange?: string;
  readonly symbol?: string;
  readonly ms?: number;
  readonly time?: string;
  readonly type?: string;
  readonly strike?: string;
  readonly bid?: string;
  readonly forward?: string;
}

const row = ({ exchange = 'deribit', symbol = 'BTC-9JUN20-9875-P', ms = 0, ...rest }: Row = {}) => {
  const micros = rest.time ?? `${START + ms}000`;
  const { type = 'put', strike = '9875', bid = '0.0205', forward = '10000' } = rest;
  return `${exchange},${symbol},${micros},${micros},${type},${strike},1591689600000000,0.1,0.0295,${bid},15.0,55.91,0.0235,15.0,68.94,0.02210436,62.89,SYN.BTC-9JUN20,${forward},-0.61,0.001,2.2,-53.0,-0.2`;
};
const read = (...rows: string[]) =>
  withFile(
    'deribit_options_chain_2020-06-08_OPTIONS.csv.gz',
    gzipSync(`${[HEADER, ...rows].join('\n')}\n`),
    async (path) => collect(await openRecording(path)),
  );

test('a premium in coin is converted with the forward of its row, at the time of the venue', async () => {
  const { chains, ticks, rejected } = await read(row());
  expect(rejected).toEqual([]);
  expect(ticks).toEqual([]);
  const [{ columns, ...chain }] = chains;
  expect(chain).toMatchObject({
    product: 'BTC',
    expiry: '2020-06-09',
    expiry_at: 1_591_689_600_000,
    timestamp: START,
    future: 10_000,
    spot: null,
    price_tick: 1,
  });
  const cell = (name: Parameters<typeof column>[1]) => column(columns, name)[0];
  expect(cell('put_bid')).toBeCloseTo(205, 9);
  expect(cell('put_ask')).toBeCloseTo(235, 9);
  expect(cell('put_mark')).toBeCloseTo(221.0436, 9);
  expect([cell('put_bid_size'), cell('put_open_interest')]).toEqual([15, 0.1]);
  expect(cell('put_volume')).toBeNaN();
});

test('a chain is what is known once a second with a change; linear options keep their currency', async () => {
  const { chains, rejected } = await read(
    row(),
    row({ ms: 400, symbol: 'BTC-9JUN20-9875-C', type: 'call' }),
    row({ ms: 300, bid: '0.03' }),
    row({ ms: 1500, symbol: 'AVAX_USDC-29MAY26-8D6-P', strike: '8.6', bid: '0.312', forward: '9.1' }),
    row({ ms: 2600, bid: '' }),
  );
  expect(rejected).toEqual([]);
  expect(
    chains.map(({ product, timestamp, columns }) => [product, timestamp - START, columns.count]),
  ).toEqual([
    ['BTC', 400, 1],
    ['AVAX_USDC', 1500, 1],
    ['BTC', 2600, 1],
  ]);
  const bids = chains.map(({ columns }) => column(columns, 'put_bid')[0]);
  expect(bids).toEqual([expect.closeTo(300, 9), 0.312, Number.NaN]);
  expect(column(chains[2].columns, 'call_bid')[0]).toBeCloseTo(205, 9);
  expect(chains[1]).toMatchObject({ currency: 'USDC', quality: ['lot_unknown'] });
});

test.each([
  ['bad_value', row({ exchange: 'okex-options' })],
  ['bad_value', row({ symbol: 'BTC-PERPETUAL' })],
  ['bad_value', row({ strike: '9900' })],
  ['bad_value', row({ forward: '' })],
  ['bad_timestamp', row({ time: '1591574399413' })],
  ['unknown_option_type', row({ type: 'call' })],
  ['expired', row({ symbol: 'BTC-5JUN20-9875-P' })],
  ['wrong_column_count', 'deribit,BTC'],
])('%s costs its row only', async (rejection, bad) => {
  const { chains, rejected } = await read(row(), bad, row({ symbol: 'BTC-9JUN20-9900-P', strike: '9900' }));
  expect(rejected).toEqual([
    expect.objectContaining({ rejection, where: expect.objectContaining({ line: 3 }) }),
  ]);
  expect(chains.map(({ columns }) => columns.count)).toEqual([2]);
});

test('a contract beyond as many as a page may have is rejected, what is known of others goes on', async () => {
  const content = [HEADER, row(), row({ symbol: 'BTC-9JUN20-9900-P', strike: '9900' }), row({ ms: 1500 })];
  const { chains, rejected } = await withFile('options.csv', `${content.join('\n')}\n`, async (path) =>
    collect(await openRecording(path, { limits: { maxPageItems: 1 } })),
  );
  expect(chains.map(({ timestamp, columns }) => [timestamp - START, columns.count])).toEqual([
    [0, 1],
    [1500, 1],
  ]);
  expect(rejected).toEqual([
    expect.objectContaining({
      rejection: 'too_large',
      reason: 'contract 2, more than 1 (limits.maxPageItems)',
      where: { file: 'options.csv', line: 3 },
    }),
  ]);
});
