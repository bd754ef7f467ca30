import { expect, test } from 'vitest';
import { indianExchange } from '../../connection/listings/indian-listings.ts';
import { createInstrumentReader } from './instrument-list.ts';

const AS_OF = Date.parse('2026-11-28T04:00:00Z');
/** The last second of 29 December in India, as the list has it. */
const EXPIRY = Date.parse('2026-12-29T18:29:59Z');

const row = (over: object = {}): string =>
  JSON.stringify({
    weekly: false,
    segment: 'NSE_FO',
    name: 'NIFTY',
    exchange: 'NSE',
    expiry: EXPIRY,
    instrument_type: 'CE',
    asset_symbol: 'NIFTY',
    underlying_symbol: 'NIFTY',
    instrument_key: 'NSE_FO|50978',
    lot_size: 65,
    freeze_quantity: 3510,
    exchange_token: '50978',
    underlying_key: 'NSE_INDEX|Nifty 50',
    tick_size: 5,
    trading_symbol: 'NIFTY 27000 CE 29 DEC 26',
    strike_price: 27_000,
    qty_multiplier: 1,
    ...over,
  });

function read(products: readonly string[], ...rows: string[]) {
  const reader = createInstrumentReader(products, AS_OF);
  for (const text of rows) reader.row('NSE', text);
  return reader.done();
}

test('options, their underlying and the future of their expiry, with the tick from paise', () => {
  const { instruments, rejected, asOf } = read(
    ['NIFTY'],
    row(),
    row({ instrument_type: 'FUT', instrument_key: 'NSE_FO|48704', tick_size: 10, strike_price: 0 }),
    row({
      instrument_type: 'FUT',
      instrument_key: 'NSE_FO|48705',
      expiry: Date.parse('2027-01-28T18:29:59Z'),
    }),
  );
  expect(asOf).toBe(AS_OF);
  expect([...rejected]).toEqual([]);
  const contract = { expiry: '2026-12-29', expiresAt: Date.parse('2026-12-29T10:10:00Z') };
  expect(instruments).toEqual([
    { kind: 'underlying', id: 'NSE_INDEX|Nifty 50', listing: expect.objectContaining({ symbol: 'NIFTY' }) },
    {
      kind: 'option',
      id: 'NSE_FO|50978',
      listing: expect.objectContaining({
        symbol: 'NIFTY',
        exchange: 'NSE',
        currency: 'INR',
        priceTick: 0.05,
      }),
      strike: 27_000,
      side: 'call',
      lotSize: 65,
      settlement: { delivery: 'cash', style: 'european' },
      ...contract,
    },
    {
      kind: 'future',
      id: 'NSE_FO|48704',
      listing: expect.objectContaining({ priceTick: 0.1 }),
      ...contract,
    },
  ]);
});

test('other products and segments are left out, a stock is known by its ISIN', () => {
  const { instruments, rejected } = read(
    ['RELIANCE'],
    row(),
    row({ underlying_symbol: 'RELIANCE', segment: 'NSE_COM' }),
    row({ underlying_symbol: 'RELIANCE', underlying_key: 'NSE_EQ|INE002A01018', tick_size: 0.05 }),
  );
  expect([...rejected]).toEqual([]);
  expect(instruments).toMatchObject([
    { kind: 'underlying', id: 'NSE_EQ|INE002A01018' },
    {
      kind: 'option',
      listing: { priceTick: 0.05 },
      settlement: { delivery: 'physical', style: 'european' },
    },
  ]);
});

test('a row that is wrong is counted and costs itself only', () => {
  const { instruments, rejected } = read(
    ['NIFTY', 'BANKNIFTY'],
    row({ strike_price: 0 }),
    row({ instrument_type: 'XX' }),
    row({ expiry: '2026-12-29' }),
    row({ expiry: null }),
    row({ expiry: Date.parse('2026-11-27T18:29:59Z') }),
    row({ instrument_key: 50978 }),
    row({ underlying_key: '' }),
    row().replace('"expiry":', '"expiry"'),
    row(),
    row({ instrument_key: 'NSE_FO|2' }),
    row({ strike_price: 27_100 }),
    row({ instrument_key: 'NSE_FO|3', strike_price: 27_200, lot_size: undefined }),
  );
  expect(instruments.map(({ id }) => id)).toEqual(['NSE_INDEX|Nifty 50', 'NSE_FO|50978', 'NSE_FO|3']);
  expect(instruments[2]).toMatchObject({ lotSize: null });
  expect(Object.fromEntries(rejected)).toEqual({
    bad_value: 4,
    unknown_option_type: 1,
    bad_expiry: 1,
    expired: 1,
    unreadable_member: 1,
    duplicate: 2,
    'no options of BANKNIFTY': 1,
  });
});

test('a product of another market is refused', () => {
  expect(indianExchange('SENSEX', 'Upstox')).toBe('BSE');
  expect(indianExchange('TATAMOTORS', 'Upstox')).toBe('NSE');
  expect(() => createInstrumentReader(['BTC'], AS_OF)).toThrow(
    'BTC is listed on DERIBIT, and Upstox has options of the NSE and the BSE only',
  );
});
