import {
  exchangeDate,
  type Listing,
  productInfo,
  scheduledExpiries,
  tradingDate,
} from '@deltastream/reference';
import { type RecordingOptions, saidBy } from '../../recording-options.ts';
import { BadCell } from '../../tables/cells.ts';

/** Whose last expiry of a month is that of the stocks of an exchange. */
const STOCKS_FOLLOW: Readonly<Record<string, string>> = { NSE: 'NIFTY', BSE: 'SENSEX' };
/** No product lists more expiries within a month. */
const EXPIRIES_A_MONTH = 6;

/** The expiry that a path or the setting says; null where neither does. Throws BadCell when it is over. */
export function saidExpiry(
  { exchange }: Listing,
  inPath: string | null,
  timestamp: number,
  options: RecordingOptions,
): string | null {
  const expiry = inPath ?? options.expiry ?? null;
  const date = exchangeDate(exchange, timestamp);
  if (expiry === null || expiry >= date) return expiry;
  const source = inPath === null ? saidBy(options, 'expiry') : 'its path';
  throw new BadCell('expired', `expiry ${expiry} by ${source} is before the page's date ${date}`);
}

/**
 * The nearest expiry on the exchange's schedule, of the last trading day; of a product without a schedule the one
 * that the stocks of its exchange have, the last of the month. Throws BadCell where none is known.
 */
export function scheduledExpiry(listing: Listing, timestamp: number, options: RecordingOptions): string {
  const { symbol, exchange } = listing;
  const date = tradingDate(exchange, timestamp);
  const [scheduled] = productInfo(symbol) ? scheduledExpiries(symbol, date, 1) : [];
  if (scheduled) return scheduled;
  if (!productInfo(symbol)) {
    const months = [date.slice(0, 7), monthAfter(date)];
    const found = months.map((month) => lastExpiryOf(month, listing)).find((last) => last && last >= date);
    if (found) return found;
  }
  throw new BadCell(
    'bad_expiry',
    `no expiry of ${symbol} is known for ${date}; say it with ${saidBy(options, 'expiry')} or the name of the folder`,
  );
}

/** The last expiry of a product, else of the stocks of its exchange, in a month 'YYYY-MM'; null when not known. */
export function lastExpiryOf(month: string, { symbol, exchange }: Listing): string | null {
  const schedule = productInfo(symbol) ? symbol : STOCKS_FOLLOW[exchange];
  if (!schedule) return null;
  const expiries = scheduledExpiries(schedule, `${month}-01`, EXPIRIES_A_MONTH);
  return expiries.filter((expiry) => expiry.startsWith(month)).at(-1) ?? null;
}

function monthAfter(date: string): string {
  const [year, month] = date.split('-').map(Number);
  return new Date(Date.UTC(year, month, 1)).toISOString().slice(0, 7);
}
