import type { Instrument, InstrumentId, OptionInstrument } from '../../instrument.ts';
import type { SimulatedMarket, UnnamedInstrument } from '../../simulators/index.ts';
import {
  derivativesOf,
  expiryCode,
  futureSymbol,
  namesOf,
  openalgoId,
  optionSymbol,
  SIDE_NAMES,
  underlyingSegment,
} from '../symbols.ts';
import { type Broker, orZero } from './write-tick.ts';

const COLUMNS = [
  ...(['symbol', 'brsymbol', 'name', 'exchange', 'brexchange', 'token', 'expiry', 'strike'] as const),
  ...(['lotsize', 'instrumenttype', 'tick_size'] as const),
];
type Row = Readonly<Record<(typeof COLUMNS)[number], string | number>>;

/** What OpenAlgo calls an instrument; null for what it does not list here. */
export function openAlgoId(instrument: UnnamedInstrument): InstrumentId | null {
  const { kind, listing } = instrument;
  const { exchange, symbol } = listing;
  if (exchange !== 'NSE' && exchange !== 'BSE') return null;
  if (kind === 'underlying') return openalgoId(underlyingSegment(listing, exchange), symbol);
  const name =
    kind === 'future'
      ? futureSymbol(symbol, instrument.expiry)
      : optionSymbol(symbol, instrument.expiry, instrument.strike, instrument.side);
  return openalgoId(derivativesOf(exchange), name);
}

/** What nobody asks for: the stocks of an exchange are never none. */
const STOCKS: readonly Row[] = ['NSE', 'BSE'].map((exchange, i) => ({
  ...{ symbol: 'GOLDBEES', brsymbol: 'GOLDBEES-EQ', name: 'GOLD, AN ETF', exchange, brexchange: exchange },
  ...{ token: 14_428 + i, expiry: '', strike: '0.0', lotsize: 1, instrumenttype: 'EQ', tick_size: 0.01 },
}));

/** Rows of the instruments of a segment, or of all, in their order. */
export function instrumentRows({ list }: SimulatedMarket, segment: string | null): Row[] {
  return [...list.instruments.map((instrument, i) => rowOf(instrument, 40_000 + i)), ...STOCKS].filter(
    ({ exchange }) => segment === null || exchange === segment,
  );
}

/** As a table, with the line ends of Python's csv module. A segment without rows has no table. */
export function instrumentTable(rows: readonly Row[]): string {
  if (rows.length === 0) return 'statusmessagedata';
  const lines = rows.map((row) => COLUMNS.map((column) => quoted(String(row[column]))).join(','));
  return [COLUMNS.join(','), ...lines].map((line) => `${line}\r\n`).join('');
}

const quoted = (cell: string): string => (cell.includes(',') ? `"${cell}"` : cell);

function rowOf(instrument: Instrument, token: number): Row {
  const { symbol, exchange } = namesOf(instrument.id);
  const { listing, kind } = instrument;
  const common = { symbol, brsymbol: symbol, name: listing.symbol, exchange, brexchange: exchange, token };
  // Of an index some brokers list none.
  const tick = { tick_size: listing.priceTick ?? '' };
  if (kind === 'underlying') {
    const isIndex = listing.kind === 'index';
    const type = { instrumenttype: isIndex ? 'INDEX' : 'EQ' };
    return { ...common, expiry: '', strike: '0.0', lotsize: 1, ...type, ...tick };
  }
  const expiry = expiryCode(instrument.expiry).replace(/^(..)(...)(..)$/, '$1-$2-$3');
  if (kind === 'future')
    return { ...common, expiry, strike: '0.0', lotsize: 1, instrumenttype: 'FUT', ...tick };
  const { strike, lotSize, side } = instrument;
  return {
    ...{ ...common, expiry, strike: Number.isInteger(strike) ? strike.toFixed(1) : strike },
    ...{ lotsize: lotSize ?? '', instrumenttype: SIDE_NAMES[side], ...tick },
  };
}

const optionsOf = ({ list }: SimulatedMarket, segment: string, product: string): OptionInstrument[] =>
  list.instruments.filter(
    (each): each is OptionInstrument =>
      each.kind === 'option' && each.listing.symbol === product && namesOf(each.id).exchange === segment,
  );

/** Expiries of a product's options, `01-DEC-26`, the nearest first. */
export function expiriesOf(market: SimulatedMarket, segment: string, product: string): string[] {
  const dates = new Set(optionsOf(market, segment, product).map(({ expiry }) => expiry));
  return [...dates].sort().map((date) => expiryCode(date).replace(/^(..)(...)(..)$/, '$1-$2-$3'));
}

export interface ChainRequest {
  readonly underlying: string;
  /** Of the underlying. */
  readonly exchange: string;
  readonly expiry_date: string;
  /** On each side of the money; absent: all. */
  readonly strike_count?: number;
}

/** The answer to a request for an option chain; null where there is none such. */
export function optionChain(market: SimulatedMarket, request: ChainRequest, broker: Broker): object | null {
  const { underlying, exchange, expiry_date: code, strike_count: count } = request;
  const spot = market.quoteOf(openalgoId(exchange, underlying));
  const segment = derivativesOf(exchange.startsWith('BSE') ? 'BSE' : 'NSE');
  const options = optionsOf(market, segment, underlying).filter(({ expiry }) => expiryCode(expiry) === code);
  if (spot === null || options.length === 0) return null;
  const strikes = [...new Set(options.map(({ strike }) => strike))].sort((a, b) => a - b);
  const last = orZero(spot.last);
  const nearest = strikes.reduce((best, each) =>
    Math.abs(each - last) < Math.abs(best - last) ? each : best,
  );
  const atm = strikes.indexOf(nearest);
  const shown = count === undefined ? strikes : strikes.slice(Math.max(0, atm - count), atm + count + 1);
  const leg = (strike: number, side: 'call' | 'put') => {
    const option = options.find((each) => each.strike === strike && each.side === side);
    return option ? legOf(market, option, labelOf(strikes.indexOf(strike) - atm, side), broker) : null;
  };
  return {
    ...{ status: 'success', underlying, underlying_ltp: last },
    ...{ underlying_prev_close: orZero(spot.previousClose), expiry_date: code, atm_strike: nearest },
    chain: shown.map((strike) => ({ strike, ce: leg(strike, 'call'), pe: leg(strike, 'put') })),
  };
}

function labelOf(position: number, side: 'call' | 'put'): string {
  if (position === 0) return 'ATM';
  const isInTheMoney = side === 'call' ? position < 0 : position > 0;
  return `${isInTheMoney ? 'ITM' : 'OTM'}${Math.abs(position)}`;
}

/** 0 stands for none. */
function legOf(
  market: SimulatedMarket,
  { id, lotSize, listing }: OptionInstrument,
  label: string,
  broker: Broker,
): object {
  const quote = market.quoteOf(id);
  const units = (contracts: number | undefined) => Math.round(orZero(contracts) * (lotSize ?? 1));
  // Zerodha's quotes of several instruments have no sizes.
  const sizes = broker === 'zerodha' ? { bidSize: 0, askSize: 0 } : quote;
  return {
    ...{ symbol: namesOf(id).symbol, label, ltp: orZero(quote?.last) },
    ...{ bid: orZero(quote?.bid), ask: orZero(quote?.ask) },
    ...{ bid_qty: units(sizes?.bidSize), ask_qty: units(sizes?.askSize) },
    ...{ open: 0, high: 0, low: 0, prev_close: orZero(quote?.previousClose) },
    ...{ volume: units(quote?.volume), oi: units(quote?.openInterest) },
    ...{ lotsize: lotSize, tick_size: listing.priceTick },
  };
}
