import { basename, dirname } from 'node:path';
import {
  dayNumber,
  type Exchange,
  exchangeDate,
  fromExchangeDate,
  type Listing,
  listedOn,
  localInstant,
  productInfo,
} from '@deltastream/reference';
import { type RecordingOptions, saidBy } from '../recording-options.ts';
import { BadCell, shown } from '../tables/cells.ts';

/** What exchanges write: `NIFTY`, `M&M`, `BAJAJ-AUTO`. */
const SYMBOL = /^[A-Z][A-Z0-9&-]{0,23}$/;
const ISO_DATE = /(?<!\d)(\d{4})-?(\d{2})-?(\d{2})(?!\d)/g;
const WRITTEN_DATE = /(?<![A-Za-z0-9])(\d{1,2})[-_]?([A-Za-z]{3})[-_]?(\d{4})(?!\d)/;
const INSTANT =
  /(?<!\d)(\d{4})-?(\d{2})-?(\d{2})[T _-](\d{2})[:.-]?(\d{2})(?:[:.-]?(\d{2}))?(?:(Z|[+-]\d{2}:?\d{2})|(?![:.-]?\d))/;

/**
 * Epoch ms of a date with a time of day in a file's name, such as `2026-08-19_1015`, `20260819T101500` or
 * `2026-08-19T10:15:00+05:30`; without an offset it is the time where the exchange is. NaN when it has none.
 */
export function instantInName(path: string, exchange: Exchange): number {
  const parts = INSTANT.exec(basename(path));
  if (!parts) return Number.NaN;
  const [, year, month, day, hours, minutes, seconds = '00', offset] = parts;
  const date = `${year}-${month}-${day}`;
  if (offset !== undefined) return Date.parse(`${date}T${hours}:${minutes}:${seconds}${offset}`);
  if (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 59) return Number.NaN;
  return localInstant(exchange, date, Number(hours) * 60 + Number(minutes)) + Number(seconds) * 1000;
}

/** As instantInName, for pages whose content says no time. The returned function throws BadCell without one. */
export function timeInName(exchange: Exchange): (path: string) => number {
  return (path) => {
    const instant = instantInName(path, exchange);
    if (!Number.isNaN(instant)) return instant;
    throw new BadCell(
      'bad_timestamp',
      `its content does not say when it was recorded, and its name ${shown(basename(path))} has no date with a time`,
    );
  };
}

/** The date 'YYYY-MM-DD' in a file's name that has no time of day behind it; null when there is none. */
export function dateInName(path: string): string | null {
  const name = basename(path).replace(INSTANT, '');
  const written = writtenDate(name);
  if (written !== null) return written;
  const dates = [...name.matchAll(ISO_DATE)].map(([, year, month, day]) => `${year}-${month}-${day}`);
  return dates.find((date) => !Number.isNaN(dayNumber(date))) ?? null;
}

/**
 * The expiry that the folders of a page name, the innermost first: `5SEP2019`, `26-Sep-2019`, or an ISO date
 * later than the page's own. An ISO date that is not later is the day of the recording, and so is any date
 * that is the page's own: the calendar of that day decides.
 */
export function expiryInFolders(path: string, exchange: Exchange, timestamp: number): string | null {
  const day = exchangeDate(exchange, timestamp);
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const name = basename(folder);
    if (name === '' || name === '.') return null;
    const written = /^\d{1,2}[-_]?[A-Za-z]{3}[-_]?\d{4}$/.test(name) ? writtenDate(name) : null;
    if (written !== null) return written === day ? null : written;
    if (!Number.isNaN(dayNumber(name)) && name > day) return name;
  }
}

function writtenDate(text: string): string | null {
  const parts = WRITTEN_DATE.exec(text);
  return parts && fromExchangeDate(`${parts[1]}-${parts[2]}-${parts[3]}`);
}

/** A product that the content, or a name of a known grammar, says is listed on an exchange. Throws BadCell. */
export function saidListing(exchange: Exchange, symbol: string): Listing {
  if (SYMBOL.test(symbol)) return listedOn(exchange, symbol);
  throw new BadCell('bad_value', `its product is ${shown(symbol)}, expected a symbol such as RELIANCE`);
}

/**
 * A product that a setting or a file's name gives: what is known of it, else what `exchange` has in common.
 * Throws BadCell where neither gives one.
 */
export function namedListing(exchange: Exchange, named: string, options: RecordingOptions): Listing {
  const symbol = (options.product ?? named).toUpperCase();
  if (SYMBOL.test(symbol)) return productInfo(symbol) ?? listedOn(exchange, symbol);
  const found = named === '' ? 'its name begins with no symbol' : `its name says ${shown(named)}`;
  throw new BadCell(
    'bad_value',
    `its content names no product and ${found}; say it with ${saidBy(options, 'product')}`,
  );
}

/**
 * The symbol a file's name begins with: a known product in any case, with words behind it or without
 * (`nifty-corrected.csv`), another in capitals; '' when there is none. Digits belong to a symbol only where it is known: `NIFTY50` is a name, `NIFTYNXT50` a product.
 */
export function symbolInName(path: string): string {
  const [start = ''] = /^[A-Za-z][A-Za-z0-9&]*(?:-[A-Za-z&]+)*/.exec(basename(path)) ?? [];
  for (
    let known = start.toUpperCase();
    known !== '';
    known = known.slice(0, Math.max(0, known.lastIndexOf('-')))
  ) {
    if (productInfo(known)) return known;
  }
  const [capitals = ''] = /^[A-Z][A-Z0-9&]*(?:-[A-Z&]+)*(?![A-Za-z0-9])/.exec(basename(path)) ?? [];
  return capitals;
}
