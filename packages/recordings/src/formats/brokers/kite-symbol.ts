import type { Side } from '@deltastream/contracts';
import { dayNumber, type Exchange, type Listing, localInstant, productInfo } from '@deltastream/reference';
import { saidListing } from '../../pages/recorded-name.ts';
import { BadCell, shown, words } from '../../tables/cells.ts';
import { lastExpiryOf } from '../nse/nse-schedule.ts';

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
/** NIFTY26AUG24200CE: the last expiry of the month. */
const MONTHLY = new RegExp(`^([A-Z0-9&-]+)(\\d{2})(${MONTHS.join('|')})(?:(\\d+(?:\\.\\d+)?)(CE|PE)|FUT)$`);
/** NIFTY2680424200CE, NIFTY26O0624200CE: year, month 1 to 9, O, N or D, day. */
const WEEKLY = /^([A-Z0-9&-]*?[A-Z])(\d{2})([1-9OND])(\d{2})(\d+(?:\.\d+)?)(CE|PE)$/;
/** Months of weekly symbols, in order. */
const MONTH_LETTERS = '123456789OND';

const EXCHANGES = words<Exchange>({ NFO: 'NSE', BFO: 'BSE' });

/** Products by the names that indices have there, with their exchange; a stock has that of its options. */
export const KITE_INDICES = words<string>({
  'NSE:NIFTY 50': 'NIFTY',
  'NSE:NIFTY BANK': 'BANKNIFTY',
  'NSE:NIFTY FIN SERVICE': 'FINNIFTY',
  'NSE:NIFTY MID SELECT': 'MIDCPNIFTY',
  'NSE:NIFTY NEXT 50': 'NIFTYNXT50',
});

const INSTANT = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}:?\d{2})?$/;

/** What a trading symbol of the derivatives segments says; `option` is null for a future. */
export interface KiteContract {
  readonly listing: Listing;
  readonly expiry: string;
  readonly option: { readonly strike: number; readonly side: Side } | null;
}

/**
 * A trading symbol as Kite writes it, of a segment (`NFO`, `BFO`) or, with '', of the exchange that its product is
 * known to be listed on, else NSE. A monthly one names no day: it is the last of that month on the schedule of
 * the product, else of its exchange. Throws BadCell.
 */
export function kiteContract(segment: string, symbol: string): KiteContract {
  const monthly = MONTHLY.exec(symbol);
  const weekly = monthly ? null : WEEKLY.exec(symbol);
  const parts = monthly ?? weekly;
  if (!parts || !(segment === '' || EXCHANGES.has(segment))) {
    throw new BadCell(
      'bad_value',
      `tradingsymbol is ${shown(`${segment}:${symbol}`)}, expected one such as NFO:NIFTY2680424200CE or NFO:NIFTY26AUG24200CE`,
    );
  }
  const [, root, year, month] = parts;
  const exchange = EXCHANGES.get(segment) ?? productInfo(root)?.exchange ?? 'NSE';
  const listing = saidListing(exchange, root);
  if (weekly) {
    const [, , , , day, strike, type] = weekly;
    const expiry = `20${year}-${twoDigits(MONTH_LETTERS.indexOf(month) + 1)}-${day}`;
    if (Number.isNaN(dayNumber(expiry))) throw new BadCell('bad_expiry', `${shown(symbol)} has no such day`);
    return { listing, expiry, option: optionOf(strike, type) };
  }
  const ofMonth = `20${year}-${twoDigits(MONTHS.indexOf(month) + 1)}`;
  const expiry = lastExpiryOf(ofMonth, listing);
  if (expiry === null)
    throw new BadCell('bad_expiry', `the last expiry of ${root} in ${ofMonth} is not known`);
  const [, , , , strike, type] = parts;
  return { listing, expiry, option: strike === undefined ? null : optionOf(strike, type) };
}

/** The product in a trading symbol of the derivatives segments; null where it is none. */
export const kiteRoot = (symbol: string): string | null =>
  (MONTHLY.exec(symbol) ?? WEEKLY.exec(symbol))?.[1] ?? null;

const optionOf = (strike: string, type: string): { strike: number; side: Side } => ({
  strike: Number(strike),
  side: type === 'CE' ? 'call' : 'put',
});

/** Epoch ms of 'YYYY-MM-DD HH:MM:SS', India time where it has no offset. Throws BadCell. */
export function kiteInstant(text: string, name: string): number {
  const parts = INSTANT.exec(text);
  const [, date, hours, minutes, seconds = '00', fraction = '', offset] = parts ?? [];
  const millis = Number(fraction.padEnd(3, '0').slice(0, 3));
  const at = !parts
    ? Number.NaN
    : offset !== undefined
      ? Date.parse(`${date}T${hours}:${minutes}:${seconds}${offset}`)
      : localInstant('NSE', date, Number(hours) * 60 + Number(minutes)) + Number(seconds) * 1000;
  if (!Number.isNaN(at)) return at + millis;
  throw new BadCell('bad_timestamp', `${name} is ${shown(text)}, expected YYYY-MM-DD HH:MM:SS`);
}

const twoDigits = (value: number): string => String(value).padStart(2, '0');
