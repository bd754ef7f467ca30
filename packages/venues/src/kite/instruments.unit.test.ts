import { readFileSync } from 'node:fs';
import { recording } from '@deltastream/recordings/testing/recordings';
import { describe, expect, it } from 'vitest';
import type { Instrument } from '../instrument.ts';
import { createInstrumentReader, segmentsOf } from './instruments.ts';

const HEADER =
  'instrument_token,exchange_token,tradingsymbol,name,last_price,expiry,strike,tick_size,lot_size,instrument_type,segment,exchange';
const NOW = Date.parse('2026-08-03T10:15:00+05:30');

const call = '10245122,40020,NIFTY2680424200CE,"NIFTY",0,2026-08-04,24200,0.05,65,CE,NFO-OPT,NFO';
const put = '10245378,40021,NIFTY2680424200PE,"NIFTY",0,2026-08-04,24200,0.05,65,PE,NFO-OPT,NFO';
const index = '256265,1001,NIFTY 50,NIFTY 50,0,,0,0,0,EQ,INDICES,NSE';

function read(products: readonly string[], segments: Readonly<Record<string, readonly string[]>>) {
  const reader = createInstrumentReader(products, NOW);
  for (const [name, lines] of Object.entries(segments)) {
    const row = reader.segment(name, HEADER);
    for (const line of lines) row(line);
  }
  const { list, lots } = reader.done();
  return { ...list, rejected: Object.fromEntries(list.rejected), lots: Object.fromEntries(lots) };
}

const byKind = (instruments: readonly Instrument[], kind: Instrument['kind']) =>
  instruments.filter((instrument) => instrument.kind === kind);

describe('the instrument list', () => {
  it('gives options, their underlying, and lots by token', () => {
    const { asOf, instruments, rejected, lots } = read(['NIFTY'], { NFO: [call, put], NSE: [index] });
    expect(asOf).toBe(NOW);
    expect(rejected).toEqual({});
    expect(lots).toEqual({ 10245122: 65, 10245378: 65, 256265: 1 });
    const listing = { symbol: 'NIFTY', exchange: 'NSE', kind: 'index', currency: 'INR', priceTick: 0.05 };
    const expiresAt = Date.parse('2026-08-04T15:40:00+05:30');
    const option = { kind: 'option', expiry: '2026-08-04', expiresAt, strike: 24_200, lotSize: 65 };
    expect(instruments).toEqual([
      expect.objectContaining({
        ...option,
        id: 10_245_122,
        side: 'call',
        listing: expect.objectContaining(listing),
      }),
      expect.objectContaining({
        ...option,
        id: 10_245_378,
        side: 'put',
        listing: expect.objectContaining(listing),
      }),
      { kind: 'underlying', id: 256_265, listing: expect.objectContaining(listing) },
    ]);
  });

  it('leaves other products out, also those whose names begin alike', () => {
    const others = [
      '1,1,NIFTYNXT5026AUG68000PE,"NIFTYNXT50",0,2026-08-25,68000,0.05,25,PE,NFO-OPT,NFO',
      '2,2,BANKNIFTY26AUG55000CE,"BANKNIFTY",0,2026-08-25,55000,0.05,30,CE,NFO-OPT,NFO',
    ];
    const shares = [
      '3,3,NIFTY,NIFTY SHARE,0,,0,0.05,1,EQ,NSE,NSE',
      '4,4,NIFTY BANK,NIFTY BANK,0,,0,0,0,EQ,INDICES,NSE',
    ];
    const { instruments, rejected } = read(['NIFTY'], { NFO: [...others, call], NSE: [...shares, index] });
    expect([instruments.map(({ id }) => id), rejected]).toEqual([[10_245_122, 256_265], {}]);
  });

  it('takes futures of an expiry of options, and no other', () => {
    const future = (token: number, expiry: string) =>
      `${token},1,NIFTY26AUGFUT,"NIFTY",0,${expiry},0,0.05,65,FUT,NFO-FUT,NFO`;
    const { instruments } = read(['NIFTY'], {
      NFO: [future(7, '2026-08-04'), future(8, '2026-09-29'), call],
    });
    expect(byKind(instruments, 'future')).toEqual([expect.objectContaining({ id: 7, expiry: '2026-08-04' })]);
  });

  it('knows stocks, products of the BSE, and the tick of each contract', () => {
    const { instruments } = read(['RELIANCE', 'SENSEX'], {
      NFO: [
        '1,1,RELIANCE26AUG1400CE,"RELIANCE",0,2026-08-25,1400,0.1,500,CE,NFO-OPT,NFO',
        '5,1,RELIANCE26AUG1420CE,"RELIANCE",0,2026-08-25,1420,0.05,500,CE,NFO-OPT,NFO',
      ],
      NSE: ['738561,2885,RELIANCE,RELIANCE INDUSTRIES,0,,0,0.1,1,EQ,NSE,NSE'],
      BFO: ['2,2,SENSEX2681381000CE,"SENSEX",0,2026-08-13,81000,0.05,20,CE,BFO-OPT,BFO'],
      BSE: ['265,1,SENSEX,SENSEX,0,,0,0,0,EQ,INDICES,BSE', '3,3,RELIANCE,RELIANCE,0,,0,0.1,1,EQ,BSE,BSE'],
    });
    expect(instruments.map(({ id, listing }) => [id, listing.exchange, listing.priceTick])).toEqual([
      [1, 'NSE', 0.1],
      [5, 'NSE', 0.05],
      [738_561, 'NSE', null],
      [2, 'BSE', 0.05],
      [265, 'BSE', 0.05],
    ]);
  });

  it('takes the product from the trading symbol where a list has no names, the lot from reference data', () => {
    const { instruments, lots } = read(['NIFTY'], {
      NFO: ['9,1,NIFTY2680424300CE,,0,2026-08-04,24300.0,0.05,,CE,NFO-OPT,NFO'],
    });
    expect(instruments).toEqual([expect.objectContaining({ strike: 24_300, lotSize: 65 })]);
    expect(lots).toEqual({ 9: 65 });
  });

  it('counts what it does not understand by its reason; the other rows are there', () => {
    const bad = [
      '9,1,NIFTY2680424300CE,"NIFTY",0,2026-08-04,24300,0.05',
      '9,1,NIFTY2680424300CE,"NIFTY",0,2026-13-04,24300,0.05,65,CE,NFO-OPT,NFO',
      '9,1,NIFTY2680424300CE,"NIFTY",0,2026-08-04,0,0.05,65,CE,NFO-OPT,NFO',
      '9,1,NIFTY2680424300XX,"NIFTY",0,2026-08-04,24300,0.05,65,XX,NFO-OPT,NFO',
      '9,1,NIFTY2672824300CE,"NIFTY",0,2026-07-28,24300,0.05,65,CE,NFO-OPT,NFO',
      '4294967296,1,NIFTY2680424300CE,"NIFTY",0,2026-08-04,24300,0.05,65,CE,NFO-OPT,NFO',
      put.replace('24200,', '24250,').replace('10245378', '10245122'),
      call.replace('10245122', '77'),
      '',
    ];
    const { instruments, rejected } = read(['NIFTY'], { NFO: [call, ...bad, put] });
    expect(instruments.map(({ id }) => id)).toEqual([10_245_122, 10_245_378]);
    expect(rejected).toEqual({
      wrong_column_count: 1,
      bad_expiry: 1,
      bad_value: 2,
      unknown_option_type: 1,
      expired: 1,
      duplicate: 2,
    });
  });

  it('says of which product nothing is listed', () => {
    expect(read(['NIFTY', 'INFY'], { NFO: [call] }).rejected).toEqual({ 'no options of INFY': 1 });
  });

  it('names a column that a segment lacks', () => {
    const reader = createInstrumentReader(['NIFTY'], NOW);
    expect(() => reader.segment('NFO', HEADER.replace('lot_size,', ''))).toThrow(
      /NFO has no column lot_size/,
    );
  });
});

describe('segments', () => {
  it('are those that the products need, each once', () => {
    expect(segmentsOf(['NIFTY', 'RELIANCE', 'SENSEX'])).toEqual(['NFO', 'NSE', 'BFO', 'BSE']);
    expect(segmentsOf(['BANKEX'])).toEqual(['BFO', 'BSE']);
  });

  it('are none for what no Indian exchange lists', () => {
    expect(() => segmentsOf(['NIFTY', 'BTC'])).toThrow('BTC is listed on DERIBIT');
  });
});

const RECORDED = recording('packets/kitemocks_instruments_all.csv');

it.skipIf(RECORDED.absent)(
  'a recorded list of November 2017 gives each option that a plain splitting finds',
  () => {
    const [header, ...lines] = readFileSync(RECORDED.path, 'utf8').trimEnd().split(/\r?\n/);
    const reader = createInstrumentReader(
      ['BANKNIFTY', 'ADANIPORTS', 'INDIACEM', 'INDIANB'],
      Date.parse('2017-11-29T10:00:00+05:30'),
    );
    const row = reader.segment('all', header);
    for (const line of lines) row(line);
    const { list, lots } = reader.done();
    const options = list.instruments.filter((instrument) => instrument.kind === 'option');
    const said = options.map(({ id, expiry, strike, side, lotSize }) =>
      [id, expiry, strike, lotSize, side === 'call' ? 'CE' : 'PE'].join(),
    );
    const found = lines
      .map((line) => line.split(','))
      .filter((cells) => cells[10] === 'NFO-OPT')
      .map((cells) => [cells[0], cells[5], Number(cells[6]), cells[8], cells[9]].join());
    expect(found.length).toBeGreaterThan(20);
    expect(said).toEqual(found);
    expect([...list.rejected]).toEqual([]);
    expect(
      list.instruments
        .filter(({ kind }) => kind === 'underlying')
        .map(({ id }) => [id, lots.get(id as number)]),
    ).toEqual([[3_861_249, 1]]);
  },
);
