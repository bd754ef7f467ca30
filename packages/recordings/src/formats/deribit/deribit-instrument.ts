import type { Side } from '@deltastream/contracts';
import { fromExchangeDate, type Listing, listedOn, productInfo } from '@deltastream/reference';
import { BadCell, shown } from '../../tables/cells.ts';

/** BTC-5JUN20-9250-C; MATIC_USDC-9MAR24-1d02-C, where `d` is the decimal point (in capitals at Tardis). */
const OPTION = /^([A-Z0-9]+(?:_[A-Z]+)?)-(\d{1,2})([A-Z]{3})(\d{2})-(\d+(?:[dD]\d+)?)-([CP])$/;

/** What the name of an option says. */
export interface DeribitOption {
  readonly symbol: string;
  /** 'YYYY-MM-DD'. */
  readonly expiry: string;
  readonly strike: number;
  readonly side: Side;
}

/** Null for the name of another instrument. Throws BadCell for an option of an impossible date. */
export function deribitOption(name: string): DeribitOption | null {
  const parts = OPTION.exec(name);
  if (!parts) return null;
  const [, symbol, day, month, year, strike, side] = parts;
  const expiry = fromExchangeDate(`${day}-${month}-20${year}`);
  if (!expiry) throw new BadCell('bad_expiry', `instrument_name is ${shown(name)}`);
  return { symbol, expiry, strike: Number(strike.replace(/d/i, '.')), side: side === 'C' ? 'call' : 'put' };
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];

/** The date of an expiry 'YYYY-MM-DD' as names have it: `5JUN20`. */
export function deribitDate(expiry: string): string {
  const [year, month, day] = expiry.split('-');
  return `${Number(day)}${MONTHS[Number(month) - 1]}${year.slice(2)}`;
}

/** The name of an option, from which `deribitOption` reads the same. */
export const deribitName = ({ symbol, expiry, strike, side }: DeribitOption): string =>
  `${symbol}-${deribitDate(expiry)}-${String(strike).replace('.', 'd')}-${side === 'call' ? 'C' : 'P'}`;

/**
 * How a symbol of Deribit's is listed: `MATIC_USDC` is linear, quoted in USDC; one without a currency behind it,
 * such as `BTC`, is inverse: its premiums are in the coin, so that a price step known of it is as well.
 */
export function deribitListing(symbol: string): { readonly listing: Listing; readonly inverse: boolean } {
  const [, currency] = symbol.split('_');
  if (currency) return { listing: { ...listedOn('DERIBIT', symbol), currency }, inverse: false };
  const listing = productInfo(symbol)?.premiumUnit === 'coin' ? productInfo(symbol) : null;
  return { listing: listing ?? { ...listedOn('DERIBIT', symbol), priceTick: null }, inverse: true };
}

/** The price step of an option in the currency of its strikes; null when it is not known. */
export const priceTickAt = ({ priceTick }: Listing, inverse: boolean, forward: number): number | null =>
  priceTick === null || !inverse ? priceTick : priceTick * forward;
