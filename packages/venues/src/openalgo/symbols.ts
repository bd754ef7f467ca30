import type { Side } from '@deltastream/contracts';
import { BadCell, shown } from '@deltastream/recordings/cells';
import { fromExchangeDate, type Listing } from '@deltastream/reference';
import type { IndianExchange } from '../connection/listings/indian-listings.ts';
import type { InstrumentId } from '../instrument.ts';

/** OpenAlgo's names for the parts of an exchange. */
const SEGMENTS: Readonly<Record<IndianExchange, { derivatives: string; stocks: string; indices: string }>> = {
  NSE: { derivatives: 'NFO', stocks: 'NSE', indices: 'NSE_INDEX' },
  BSE: { derivatives: 'BFO', stocks: 'BSE', indices: 'BSE_INDEX' },
};

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
export const SIDE_NAMES: Readonly<Record<Side, string>> = { call: 'CE', put: 'PE' };

/** A symbol is unique in its segment only. */
export const openalgoId = (segment: string, symbol: string): string => `${segment}:${symbol}`;

/** What requests say of an instrument. */
export function namesOf(id: InstrumentId): { readonly symbol: string; readonly exchange: string } {
  const text = String(id);
  const colon = text.indexOf(':');
  return { symbol: text.slice(colon + 1), exchange: text.slice(0, colon) };
}

export const derivativesOf = (exchange: IndianExchange): string => SEGMENTS[exchange].derivatives;

/** Where OpenAlgo has what the options of a listing are written on. */
export const underlyingSegment = ({ kind }: Listing, exchange: IndianExchange): string =>
  SEGMENTS[exchange][kind === 'index' ? 'indices' : 'stocks'];

/** `01DEC26`, as in symbols and in requests for a chain. */
export function expiryCode(date: string): string {
  const [year, month, day] = date.split('-');
  return `${day}${MONTHS[Number(month) - 1]}${year.slice(2)}`;
}

/** A date as lists write it, 01-DEC-26, as YYYY-MM-DD. Throws BadCell. */
export function expiryCell(text: string): string {
  const date = fromExchangeDate(text.replace(/-(\d{2})$/, '-20$1'));
  if (date !== null) return date;
  throw new BadCell('bad_expiry', `expiry is ${shown(text)}, expected DD-MON-YY`);
}

export const optionSymbol = (product: string, date: string, strike: number, side: Side): string =>
  `${product}${expiryCode(date)}${strike}${SIDE_NAMES[side]}`;

export const futureSymbol = (product: string, date: string): string => `${product}${expiryCode(date)}FUT`;
