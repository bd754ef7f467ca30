import { expect, test } from 'vitest';
import { addKnown, type KnownInstrument } from './feed/known-instruments.ts';
import { dhanId, SEGMENTS } from './instrument-id.ts';
import { createInstrumentReader } from './instrument-list.ts';

const AS_OF = Date.parse('2026-11-28T04:00:00Z');
const HEADER =
  'EXCH_ID,SEGMENT,SECURITY_ID,ISIN,INSTRUMENT,UNDERLYING_SECURITY_ID,UNDERLYING_SYMBOL,SYMBOL_NAME,DISPLAY_NAME,INSTRUMENT_TYPE,SERIES,LOT_SIZE,SM_EXPIRY_DATE,STRIKE_PRICE,OPTION_TYPE,TICK_SIZE,EXPIRY_FLAG';

const CALL =
  'NSE,D,43210,NA,OPTIDX,26000,NIFTY,NIFTY-Dec2026-24000-CE,NIFTY 29 DEC 24000 CALL,OP,NA,65.0,2026-12-29,24000.00000,CE,5.0000,M';
const ROWS = [
  'NSE,I,13,1,INDEX,26000,NIFTY,NIFTY,Nifty 50,INDEX,NA,1.0,,,,5.0000,N',
  'NSE,E,13,INE1,EQUITY,,ABC,ABC,Abc,ES,EQ,1.0,,,,5.0000,NA',
  'NSE,E,2885,INE002A01018,EQUITY,,RELIANCE,"RELIANCE, INDUSTRIES LTD",Reliance,ES,EQ,1.0,,,,10.0000,NA',
  CALL,
  'NSE,D,43211,NA,OPTSTK,2885,RELIANCE,RELIANCE-Dec2026-1400-PE,x,OP,NA,500.0,2026-12-29 14:30:00,1400.00000,PE,0.05,M',
  'NSE,D,35000,NA,FUTIDX,26000,NIFTY,NIFTY-Dec2026-FUT,x,FUT,NA,65.0,2026-12-29,-0.01000,XX,10.0000,M',
  'NSE,D,35001,NA,FUTIDX,26000,NIFTY,NIFTY-Jan2027-FUT,x,FUT,NA,65.0,2027-01-28,-0.01000,XX,10.0000,M',
];

function read(products: readonly string[], ...rows: string[]) {
  const reader = createInstrumentReader(HEADER, products, AS_OF);
  for (const row of rows) reader.row(row);
  return reader.done();
}

test('options, futures of their expiries, and underlyings by their own rows', () => {
  const { instruments, rejected } = read(['NIFTY', 'RELIANCE'], ...ROWS, '');
  expect([...rejected]).toEqual([]);
  expect(instruments).toMatchObject([
    { kind: 'underlying', id: dhanId(SEGMENTS.IDX_I, 13), listing: { symbol: 'NIFTY' } },
    { kind: 'underlying', id: dhanId(SEGMENTS.NSE_EQ, 2885), listing: { symbol: 'RELIANCE' } },
    {
      kind: 'option',
      id: dhanId(SEGMENTS.NSE_FNO, 43_210),
      listing: { symbol: 'NIFTY', priceTick: 0.05 },
      expiry: '2026-12-29',
      expiresAt: Date.parse('2026-12-29T10:10:00Z'),
      strike: 24_000,
      side: 'call',
      lotSize: 65,
      settlement: { delivery: 'cash', style: 'european' },
    },
    {
      kind: 'option',
      listing: { symbol: 'RELIANCE', priceTick: 0.05 },
      strike: 1400,
      side: 'put',
      lotSize: 500,
      settlement: { delivery: 'physical', style: 'european' },
    },
    { kind: 'future', id: dhanId(SEGMENTS.NSE_FNO, 35_000), listing: { priceTick: 0.1 } },
  ]);
});

test('a row that is wrong is counted and costs itself only', () => {
  const { instruments, rejected } = read(
    ['NIFTY', 'SBIN'],
    CALL.replace('43210', '0'),
    CALL.replace('43210', 'x'),
    CALL.replace('2026-12-29', '29-12-2026'),
    CALL.replace('2026-12-29', '2026-11-27'),
    CALL.replace('24000.00000', '-0.01000'),
    CALL.replace('CE,5', 'XX,5'),
    CALL.replace('65.0', '65.5'),
    CALL.slice(0, 60),
    CALL,
    CALL,
    CALL.replace('43210', '43213'),
  );
  expect(instruments).toHaveLength(1);
  expect(Object.fromEntries(rejected)).toEqual({
    bad_value: 4,
    bad_expiry: 1,
    expired: 1,
    unknown_option_type: 1,
    wrong_column_count: 1,
    duplicate: 2,
    'no underlying of NIFTY': 1,
    'no options of SBIN': 1,
  });
});

test('a table of other columns, and a product of another market, are refused', () => {
  expect(() => createInstrumentReader('EXCH_ID,SEGMENT', [], AS_OF)).toThrow(
    /^the scrip master of Dhan has no column SECURITY_ID, INSTRUMENT/,
  );
  expect(() => createInstrumentReader(HEADER, ['BTC'], AS_OF)).toThrow('BTC is listed on DERIBIT');
});

test('lots and ticks are known of what is listed; the day before is not forgotten with a new list of the same contracts', () => {
  const known = new Map<number, KnownInstrument>();
  const list = read(['NIFTY', 'RELIANCE'], ...ROWS);
  addKnown(known, list);
  const option = known.get(dhanId(SEGMENTS.NSE_FNO, 43_210)) as KnownInstrument;
  expect(option).toMatchObject({ kind: 'option', lot: 65, ticksPerUnit: 20 });
  expect(known.get(dhanId(SEGMENTS.IDX_I, 13))).toMatchObject({ lot: 1, ticksPerUnit: 100 });
  option.previousClose = 110;
  addKnown(known, list);
  expect(known.get(dhanId(SEGMENTS.NSE_FNO, 43_210))).toMatchObject({ previousClose: 110 });

  const other = list.instruments.map((each) =>
    each.kind === 'option' ? { ...each, strike: each.strike + 1 } : each,
  );
  addKnown(known, { ...list, instruments: other });
  expect(known.get(dhanId(SEGMENTS.NSE_FNO, 43_210))).toMatchObject({ previousClose: Number.NaN });
  addKnown(known, { ...list, asOf: Number.POSITIVE_INFINITY, instruments: [] });
  expect([...known.values()].map(({ kind }) => kind)).toEqual(['underlying', 'underlying']);
});
