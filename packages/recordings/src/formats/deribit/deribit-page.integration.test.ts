import { column } from '@deltastream/contracts';
import { describe, expect, test } from 'vitest';
import { openRecording } from '../../recording-source.ts';
import { tarOf } from '../../testing/archive.fixture.ts';
import { collect, recording, withFile } from '../../testing/recordings.fixture.ts';

const HEADER =
  'timestamp,instrument_name,underlying,underlying_name,option_type,strike,expiry_datetime,time_to_maturity,bid_price,ask_price,mark_price,mid_price,futures_price,futures_instrument_name,implied_volatility,delta,vega,open_interest,volume,bid_ask_spread,currency,index_price,volume_usd';
const AT = '2026-01-16T09:20:00.431937+00:00';

function row(over: Partial<Record<string, string>> = {}): string {
  const cells: Record<string, string> = {
    timestamp: AT,
    instrument_name: 'BTC-30JAN26-96000-C',
    option_type: 'call',
    strike: '96000.0',
    expiry_datetime: '2026-01-30T08:00:00+00:00',
    bid_price: '0.02',
    ask_price: '0.0205',
    mark_price: '0.0202',
    futures_price: '96000',
    open_interest: '253.4',
    volume: '1.5',
    currency: 'BTC',
    index_price: '95602.49',
  };
  return HEADER.split(',')
    .map((name) => over[name] ?? cells[name] ?? '')
    .join(',');
}
const read = async (...rows: string[]) => {
  const bytes = await tarOf([['page.csv', `${[HEADER, ...rows].join('\n')}\n`]]);
  return withFile('deribit.tar', bytes, async (path) => collect(await openRecording(path)));
};

describe('made by hand', () => {
  test('a premium in coin is converted with the forward of its row; coins are contracts', async () => {
    const { chains, ticks } = await read(
      row(),
      row({ option_type: 'put', futures_price: '96001', bid_price: '' }),
    );
    expect(ticks).toEqual([expect.objectContaining({ product: 'BTC', price: 95_602.49, currency: 'USD' })]);
    const [chain] = chains;
    expect(chain).toMatchObject({
      expiry: '2026-01-30',
      expiry_at: Date.parse('2026-01-30T08:00:00Z'),
      timestamp: Date.parse('2026-01-16T09:20:00.431Z'),
      currency: 'USD',
      future: 96_000,
      lot_size: 1,
      price_tick: 0.0001 * 96_000,
    });
    expect(column(chain.columns, 'call_bid')[0]).toBe(1920);
    expect(column(chain.columns, 'call_mark')[0]).toBeCloseTo(1939.2, 9);
    expect(column(chain.columns, 'put_bid')[0]).toBeNaN();
    expect(column(chain.columns, 'put_ask')[0]).toBeCloseTo(0.0205 * 96_001, 9);
    expect(column(chain.columns, 'call_open_interest')[0]).toBe(253.4);
    expect(column(chain.columns, 'call_last')[0]).toBeNaN();
  });

  test.each([
    ['bad_value', { currency: 'DOGE' }],
    ['bad_value', { ask_price: '-0.1' }],
    ['bad_value', { futures_price: '' }],
    ['unknown_option_type', { option_type: 'straddle' }],
    ['bad_expiry', { expiry_datetime: 'expired' }],
    ['expired', { expiry_datetime: '2026-01-16T08:00:00+00:00' }],
    ['bad_timestamp', { timestamp: '2026-01-16T09:21:00+00:00' }],
    ['duplicate', {}],
  ])('%s costs its row only', async (rejection, over) => {
    const { chains, rejected } = await read(row(), row(over), row({ strike: '97000' }));
    expect(chains[0].columns.count).toBe(2);
    expect(rejected).toEqual([
      expect.objectContaining({ rejection, where: { file: 'deribit.tar', member: 'page.csv', line: 3 } }),
    ]);
  });
});

const real = recording('deribit/deribit_options_snapshots_2026-01.tar.xz');

test.skipIf(real.absent)(
  'the recording of January 2026 is complete and its calls and puts agree',
  async () => {
    const { chains, ticks, rejected } = await collect(await openRecording(real.path));
    expect(rejected).toEqual([]);
    expect(ticks.length).toBe(2 * 121);
    expect(new Set(chains.map(({ timestamp }) => timestamp)).size).toBe(121);
    let compared = 0;
    for (const chain of chains) {
      expect(chain.expiry_at).toBeGreaterThan(chain.timestamp);
      const future = chain.future as number;
      const { columns } = chain;
      const [strikes, call, put] = (['strike', 'call_mark', 'put_mark'] as const).map((n) =>
        column(columns, n),
      );
      for (let i = 0; i < columns.count; i++) {
        if (!(call[i] > 0 && put[i] > 0)) continue;
        // Parity of the marks, but for the drift of the future between the rows of a page.
        const apart = Math.abs(call[i] - put[i] - (future - strikes[i]));
        expect(apart / Math.max(future, strikes[i])).toBeLessThan(1e-3);
        compared++;
      }
    }
    expect(compared).toBeGreaterThan(50_000);
  },
);
