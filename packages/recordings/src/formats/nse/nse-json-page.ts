import type { Side } from '@deltastream/contracts';
import {
  dayNumber,
  exchangeDate,
  fromExchangeDate,
  type Listing,
  localInstant,
} from '@deltastream/reference';
import { type ChainBuilder, createChainBuilder, type Quote } from '../../chains/chain-builder.ts';
import { chainReading } from '../../chains/chain-reading.ts';
import { listedLot } from '../../chains/lots.ts';
import { previousCloseOf } from '../../chains/previous-close.ts';
import { rejected, spotTick } from '../../chains/reading.ts';
import { isTurn, type Page, type PageFormat, type PageReadings } from '../../pages/page-format.ts';
import { namedListing, saidListing, symbolInName } from '../../pages/recorded-name.ts';
import type { RecordingOptions } from '../../recording-options.ts';
import { BadCell, shown } from '../../tables/cells.ts';
import { amount, isObject, type Json, number, parseJson, price, strike } from '../../tables/json-cells.ts';
import { jsonKeys } from '../../tables/mismatch.ts';

const LEGS: readonly (readonly ['CE' | 'PE', Side])[] = [
  ['CE', 'call'],
  ['PE', 'put'],
];

/** A page whose keys are sorted begins with legs. */
const LEGS_FIRST = jsonKeys('strikePrice', 'expiryDate', 'openInterest');
/** Where the page says its time; legs have no such key. */
const TIMESTAMP = /"timestamp"\s*:\s*"([^"]*)"/;
const PAGE_TIME = /^(\S+) ([01]\d|2[0-3]):([0-5]\d):([0-5]\d)$/;

/**
 * The response of NSE's option chain API, of the years up to 2024 and v3, its keys in any order: expiries of one
 * product, open interest and volume in contracts. A price of 0 means none. The time stands behind the data, so
 * that a truncated file cannot be placed in time and is rejected as one.
 */
export const nseJsonPage: PageFormat = {
  name: 'NSE option chain JSON',
  units: 'open interest, volume and sizes in contracts',
  matches: (head) => /^\uFEFF?\s*\{\s*"records"\s*:\s*\{/.test(head) || LEGS_FIRST.matches(head),
  nearly: LEGS_FIRST.nearly,
  timeIn: 'page',
  timeOf: (_path, text) => {
    const [, timestamp] = TIMESTAMP.exec(text.slice(Math.max(0, text.lastIndexOf('"timestamp"')))) ?? [];
    // What broke off says so better than that its end is missing.
    if (timestamp === undefined) parseJson(text);
    return pageTime(timestamp ?? '');
  },
  reader: (options) => (page) => readPage(page, options),
};

function* readPage(source: Page, options: RecordingOptions): PageReadings {
  const { where, timestamp } = source;
  const page = parsePage(source, options);
  if ('kind' in page) {
    yield page;
    return;
  }
  const { listing, spot, rows } = page;
  const date = exchangeDate(listing.exchange, timestamp);
  const chains = new Map<string, ChainBuilder>();
  for (let i = 0; i < rows.length; i++) {
    if (isTurn(i)) yield null;
    for (const [name, side] of LEGS) {
      const leg = rows[i][name];
      if (!isObject(leg)) continue;
      try {
        const expiry = expiryOf(rows[i], leg);
        if (expiry < date) {
          throw new BadCell('expired', `expiry ${expiry} is before the page's date`);
        }
        const builder = chains.get(expiry) ?? createChainBuilder();
        builder.add(strike(leg, 'strikePrice'), side, quoteOf(leg));
        chains.set(expiry, builder);
      } catch (error) {
        if (!(error instanceof BadCell)) throw error;
        const place = new BadCell(error.rejection, `records.data[${i}].${name}: ${error.message}`);
        yield rejected(place, where);
      }
    }
  }
  const tick = spotTick(listing, timestamp, spot);
  if (tick) yield tick;
  for (const [expiry, builder] of [...chains].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const lot = listedLot(listing, expiry, timestamp);
    yield chainReading({ listing, expiry, timestamp, spot, lot, columns: builder.build() });
  }
}

interface NsePage {
  readonly listing: Listing;
  readonly spot: number;
  readonly rows: readonly Json[];
}

function parsePage(
  { text, path, where }: Page,
  options: RecordingOptions,
): NsePage | ReturnType<typeof rejected> {
  try {
    const records = parseJson(text).records;
    if (!isObject(records) || !Array.isArray(records.data)) {
      throw new BadCell('unreadable_member', 'records.data is not a list');
    }
    const rows = records.data.filter(isObject);
    const first = rows.find(({ CE, PE }) => isObject(CE) || isObject(PE));
    const leg = [first?.CE, first?.PE].find(isObject);
    const listing =
      typeof leg?.underlying === 'string'
        ? saidListing('NSE', leg.underlying)
        : namedListing('NSE', symbolInName(path), options);
    const spot = Number(records.underlyingValue ?? leg?.underlyingValue ?? Number.NaN);
    return { listing, spot, rows };
  } catch (error) {
    return rejected(error, where);
  }
}

/** Epoch ms of 'DD-Mon-YYYY HH:MM:SS', India time. */
function pageTime(text: string): number {
  const [, date = '', hours, minutes, seconds] = PAGE_TIME.exec(text) ?? [];
  const day = fromExchangeDate(date);
  if (day === null) {
    throw new BadCell('bad_timestamp', `records.timestamp is ${shown(text)}, expected DD-Mon-YYYY HH:MM:SS`);
  }
  return localInstant('NSE', day, Number(hours) * 60 + Number(minutes)) + Number(seconds) * 1000;
}

/** The expiry of a leg, which it writes '25-Aug-2026' or, v3, '25-08-2026'. Throws BadCell. */
function expiryOf(row: Json, leg: Json): string {
  const text = String(leg.expiryDate ?? row.expiryDate ?? row.expiryDates ?? '');
  const [, day, month, year] = /^(\d{2})-(\d{2})-(\d{4})$/.exec(text) ?? [];
  const expiry = day ? `${year}-${month}-${day}` : fromExchangeDate(text);
  if (expiry !== null && !Number.isNaN(dayNumber(expiry))) return expiry;
  throw new BadCell('bad_expiry', `expiryDate is ${shown(text)}, expected DD-Mon-YYYY or DD-MM-YYYY`);
}

function quoteOf(leg: Json): Quote {
  const last = price(leg, 'lastPrice');
  return {
    bid: price(leg, 'bidprice', 'buyPrice1'),
    ask: price(leg, 'askPrice', 'sellPrice1'),
    last,
    bid_size: amount(leg, 'bidQty', 'buyQuantity1'),
    ask_size: amount(leg, 'askQty', 'sellQuantity1'),
    volume: amount(leg, 'totalTradedVolume'),
    open_interest: amount(leg, 'openInterest'),
    open_interest_change: number(leg, 'changeinOpenInterest'),
    previous_close: previousCloseOf(last, number(leg, 'change')),
  };
}
