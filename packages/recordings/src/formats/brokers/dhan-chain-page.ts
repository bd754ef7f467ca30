import type { Side } from '@deltastream/contracts';
import { dayNumber, exchangeDate, type Listing } from '@deltastream/reference';
import type { Quote } from '../../chains/chain-builder.ts';
import { rejected } from '../../chains/reading.ts';
import { isTurn, type Page, type PageFormat, type PageReadings } from '../../pages/page-format.ts';
import { dateInName, namedListing, symbolInName, timeInName } from '../../pages/recorded-name.ts';
import { type RecordingOptions, saidBy } from '../../recording-options.ts';
import { BadCell, shown } from '../../tables/cells.ts';
import { amount, isObject, type Json, parseJson, price } from '../../tables/json-cells.ts';
import { jsonKeys } from '../../tables/mismatch.ts';
import { atPlace, createBrokerLegs } from './broker-legs.ts';

const LEGS: readonly (readonly [name: string, side: Side])[] = [
  ['ce', 'call'],
  ['pe', 'put'],
];

/**
 * The response of Dhan's option chain API: one expiry of one product by strike. Open interest, its previous value
 * and volume are in units, divided by the lot here; a 0 means none, prices included. It names neither product,
 * expiry nor time: the file's name, such as `NIFTY_2026-12-01_20261126T101500.json`, or the settings do. Without
 * an expiry it is not guessed, as any may have been asked for. The venue's IV and greeks are not read.
 */
export const dhanChainPage: PageFormat = {
  name: 'Dhan option chain JSON',
  units: 'open interest, volume and sizes in units, divided by the lot',
  ...jsonKeys('oc', 'ce', 'top_bid_price'),
  timeOf: timeInName('NSE'),
  reader: (options) => (page) => readPage(page, options),
};

function* readPage(page: Page, options: RecordingOptions): PageReadings {
  const { text, path, where, timestamp } = page;
  let strikes: Json;
  let spot: number;
  let listing: Listing;
  let expiry: string;
  try {
    const { data } = parseJson(text);
    if (!isObject(data) || !isObject(data.oc))
      throw new BadCell('unreadable_member', 'data.oc is not an object');
    strikes = data.oc;
    spot = price(data, 'last_price');
    listing = namedListing('NSE', symbolInName(path), options);
    expiry = expiryOf(path, exchangeDate(listing.exchange, timestamp), options);
  } catch (error) {
    yield rejected(error, where);
    return;
  }
  const legs = createBrokerLegs();
  for (const [i, [strikeText, row]] of Object.entries(strikes).entries()) {
    if (isTurn(i)) yield null;
    for (const [name, side] of LEGS) {
      const place = `data.oc[${shown(strikeText)}].${name}`;
      try {
        const leg = isObject(row) ? row[name] : row;
        if (leg === undefined || leg === null) continue;
        if (!isObject(leg)) throw new BadCell('bad_value', 'it is not an object');
        const strike = /^\d+(?:\.\d+)?$/.test(strikeText) ? Number(strikeText) : 0;
        if (strike === 0) throw new BadCell('bad_value', 'its key is not a strike');
        legs.add({ listing, expiry, spot, place, strike, side, quote: quoteInUnits(leg) });
      } catch (error) {
        yield rejected(atPlace(error, place), where);
      }
    }
  }
  yield* legs.readings(timestamp, where);
}

function expiryOf(path: string, date: string, options: RecordingOptions): string {
  const expiry = options.expiry ?? dateInName(path);
  if (expiry === null || Number.isNaN(dayNumber(expiry))) {
    throw new BadCell(
      'bad_expiry',
      `neither its content nor its name say its expiry; say it with ${saidBy(options, 'expiry')}, such as 2026-12-01`,
    );
  }
  if (expiry < date) throw new BadCell('expired', `expiry ${expiry} is before the page's date ${date}`);
  return expiry;
}

function quoteInUnits(leg: Json): Quote {
  const interest = amount(leg, 'oi');
  return {
    bid: price(leg, 'top_bid_price'),
    ask: price(leg, 'top_ask_price'),
    last: price(leg, 'last_price'),
    bid_size: amount(leg, 'top_bid_quantity'),
    ask_size: amount(leg, 'top_ask_quantity'),
    volume: amount(leg, 'volume'),
    open_interest: interest,
    open_interest_change: interest - amount(leg, 'previous_oi'),
    previous_close: price(leg, 'previous_close_price'),
  };
}
