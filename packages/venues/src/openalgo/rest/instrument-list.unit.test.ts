import { expect, test } from 'vitest';
import { createInstrumentReader } from './instrument-list.ts';

const AS_OF = Date.parse('2026-11-28T04:00:00Z');
const HEADER =
  'symbol,brsymbol,name,exchange,brexchange,token,expiry,strike,lotsize,instrumenttype,tick_size';

const CALL = 'NIFTY29DEC2624000CE,NIFTY26DEC24000CE,NIFTY,NFO,NFO,1,29-DEC-26,24000.0,65,CE,0.05';
const TABLES: Readonly<Record<string, readonly string[]>> = {
  NFO: [
    CALL,
    'NIFTYNXT5029DEC2624000CE,x,NIFTYNXT50,NFO,NFO,2,29-DEC-26,24000.0,25,CE,0.05',
    'VEDL29DEC26292.5PE,x,VEDL,NFO,NFO,3,29-DEC-26,292.5,1150,PE,5.0',
    'NIFTY29DEC26FUT,x,NIFTY,NFO,NFO,4,29-DEC-26,0.0,65,FUT,10.0',
    'NIFTY28JAN27FUT,x,NIFTY,NFO,NFO,5,28-JAN-27,0.0,65,FUT,10.0',
  ],
  NSE_INDEX: ['NIFTY,NIFTY 50,NIFTY 50,NSE_INDEX,NSE_INDEX,256265,,0.0,0,EQ,0.0'],
  NSE: ['NIFTY,x,An ETF,NSE,NSE,6,,0.0,1,EQ,0.05', 'VEDL,VEDL-EQ,"VEDANTA, LTD",NSE,NSE,7,,0.0,1,EQ,0.05'],
};

function read(products: readonly string[], tables: Readonly<Record<string, readonly string[]>> = TABLES) {
  const reader = createInstrumentReader(products, AS_OF);
  for (const segment of reader.segments) {
    const row = reader.table(segment, HEADER);
    for (const line of tables[segment] ?? []) row(line);
    row('');
  }
  return reader.done();
}

test('options, futures of their expiries, and underlyings where OpenAlgo has them', () => {
  const { instruments, rejected } = read(['NIFTY', 'VEDL']);
  expect([...rejected]).toEqual([]);
  expect(instruments).toMatchObject([
    { kind: 'underlying', id: 'NSE_INDEX:NIFTY', listing: { symbol: 'NIFTY' } },
    { kind: 'underlying', id: 'NSE:VEDL', listing: { symbol: 'VEDL' } },
    {
      kind: 'option',
      id: 'NFO:NIFTY29DEC2624000CE',
      listing: { symbol: 'NIFTY', priceTick: 0.05 },
      expiry: '2026-12-29',
      expiresAt: Date.parse('2026-12-29T10:10:00Z'),
      strike: 24_000,
      side: 'call',
      lotSize: 65,
    },
    // Ticks in paise.
    {
      kind: 'option',
      id: 'NFO:VEDL29DEC26292.5PE',
      listing: { priceTick: 0.05 },
      strike: 292.5,
      side: 'put',
      lotSize: 1150,
    },
    { kind: 'future', id: 'NFO:NIFTY29DEC26FUT', listing: { priceTick: 0.1 } },
  ]);
});

test('tables are needed of the segments of the products only', () => {
  expect([...createInstrumentReader(['SENSEX', 'VEDL'], AS_OF).segments]).toEqual([
    'BFO',
    'BSE_INDEX',
    'NFO',
    'NSE',
  ]);
  expect(() => createInstrumentReader(['BTC'], AS_OF)).toThrow('BTC is listed on DERIBIT');
});

test('a row that is wrong is counted and costs itself only', () => {
  const { instruments, rejected } = read(['NIFTY'], {
    NFO: [
      CALL.replace('29-DEC-26', '29-ABC-26').replace('29DEC26', '29ABC26'),
      CALL.replace('29-DEC-26', '27-NOV-26').replace('29DEC26', '27NOV26'),
      CALL.replace('24000.0', '0.0'),
      // Its symbol is that of another strike: a broker's list may round it.
      CALL.replace('24000.0', '24000.5'),
      CALL.replace(',CE,', ',XX,'),
      CALL.replace(',65,', ',65.5,'),
      CALL.slice(0, 60),
      CALL,
      CALL,
      CALL.replace(',NFO,NFO,', ',MCX,MCX,'),
    ],
  });
  expect(instruments).toHaveLength(1);
  expect(Object.fromEntries(rejected)).toEqual({
    bad_expiry: 1,
    expired: 1,
    bad_value: 3,
    unknown_option_type: 1,
    wrong_column_count: 1,
    duplicate: 1,
    'no underlying of NIFTY': 1,
  });
});

test('a segment without a table says what is to be done', () => {
  const reader = createInstrumentReader(['NIFTY'], AS_OF);
  expect(() => reader.table('NFO', 'statusmessagedata')).toThrow(
    /^the instrument list of NFO of OpenAlgo has no column symbol, exchange, .* after a login to the broker$/,
  );
});
