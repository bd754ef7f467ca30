import type { Instrument, InstrumentId, InstrumentList, OptionInstrument } from '../../instrument.ts';
import type { SimulatedMarket, UnnamedInstrument } from '../../simulators/index.ts';
import { dhanId, dhanSecurity, SEGMENTS, SEGMENTS_OF } from '../instrument-id.ts';
import { COLUMNS } from '../instrument-list.ts';

/** Security ids of indices, of segment IDX_I. */
const INDICES: ReadonlyMap<string, number> = new Map([
  ['NIFTY', 13],
  ['BANKNIFTY', 25],
  ['FINNIFTY', 27],
  ['MIDCPNIFTY', 442],
  ['SENSEX', 51],
]);

/** What Dhan calls the instruments of a simulated market. Null for what it does not list. */
export function dhanIds(): (instrument: UnnamedInstrument) => InstrumentId | null {
  let stocks = 2000;
  let contracts = 40_000;
  return ({ kind, listing }) => {
    const { exchange } = listing;
    if (exchange !== 'NSE' && exchange !== 'BSE') return null;
    const segments = SEGMENTS_OF[exchange];
    if (kind !== 'underlying') return dhanId(SEGMENTS[segments.derivatives], ++contracts);
    if (listing.kind !== 'index') return dhanId(SEGMENTS[segments.stocks], ++stocks);
    return dhanId(SEGMENTS.IDX_I, INDICES.get(listing.symbol) ?? ++stocks);
  };
}

/** The scrip master, with a column and a row that no client needs. */
export function scripMaster({ instruments }: InstrumentList): string {
  const rows = instruments.map((instrument) => [...rowOf(instrument), 'NA']);
  const foreign = [
    'MCX',
    'M',
    '449735',
    'FUTCOM',
    'CRUDEOIL',
    'NA',
    '1.0',
    '2099-08-19',
    '-0.01',
    'XX',
    '1.0',
    'NA',
  ];
  return [[...COLUMNS, 'SM_FREEZE_QTY'], foreign, ...rows].map((cells) => `${cells.join(',')}\n`).join('');
}

/** Cells in the order of COLUMNS. */
function rowOf(instrument: Instrument): string[] {
  const { listing, id, kind } = instrument;
  const { exchange, symbol, priceTick } = listing;
  const security = String(dhanSecurity(Number(id)).security);
  const tick = ((priceTick ?? 0.05) * 100).toFixed(4);
  if (kind === 'underlying') {
    const isIndex = listing.kind === 'index';
    const series = isIndex ? 'NA' : 'EQ';
    const name = isIndex ? 'INDEX' : 'EQUITY';
    return [exchange, isIndex ? 'I' : 'E', security, name, symbol, series, '1.0', '', '', '', tick];
  }
  const of = listing.kind === 'index' ? 'IDX' : 'STK';
  const { expiry } = instrument;
  if (kind === 'future') {
    return [exchange, 'D', security, `FUT${of}`, symbol, 'NA', '1.0', expiry, '-0.01', 'XX', tick];
  }
  const { lotSize, strike, side } = instrument;
  const lot = lotSize === null ? '' : lotSize.toFixed(1);
  const type = side === 'call' ? 'CE' : 'PE';
  return [exchange, 'D', security, `OPT${of}`, symbol, 'NA', lot, expiry, strike.toFixed(5), type, tick];
}

/** The response to a request for the option chain of an expiry; null where the underlying has none such. */
export function optionChain(
  market: SimulatedMarket,
  underlying: InstrumentId,
  expiry: string,
): object | null {
  const { instruments } = market.list;
  const product = instruments.find(({ id, kind }) => id === underlying && kind === 'underlying')?.listing
    .symbol;
  const options = instruments.filter(
    (each): each is OptionInstrument =>
      each.kind === 'option' && each.listing.symbol === product && each.expiry === expiry,
  );
  if (options.length === 0) return null;
  const oc: Record<string, Record<string, object>> = {};
  for (const option of options) {
    oc[option.strike.toFixed(6)] ??= {};
    oc[option.strike.toFixed(6)][option.side === 'call' ? 'ce' : 'pe'] = legOf(market, option);
  }
  return { status: 'success', data: { last_price: orZero(market.quoteOf(underlying)?.last), oc } };
}

/** 0 stands for none. */
function legOf(market: SimulatedMarket, { id, lotSize }: OptionInstrument): object {
  const quote = market.quoteOf(id);
  const lot = lotSize ?? 1;
  const units = (contracts: number | undefined) => Math.round(orZero(contracts) * lot);
  return {
    average_price: 0,
    greeks: { delta: 0, theta: 0, gamma: 0, vega: 0 },
    implied_volatility: 0,
    last_price: orZero(quote?.last),
    oi: units(quote?.openInterest),
    previous_close_price: orZero(quote?.previousClose),
    previous_oi: 0,
    previous_volume: 0,
    security_id: dhanSecurity(Number(id)).security,
    top_ask_price: orZero(quote?.ask),
    top_ask_quantity: units(quote?.askSize),
    top_bid_price: orZero(quote?.bid),
    top_bid_quantity: units(quote?.bidSize),
    volume: units(quote?.volume),
  };
}

const orZero = (value: number | undefined): number =>
  value === undefined || Number.isNaN(value) ? 0 : value;
