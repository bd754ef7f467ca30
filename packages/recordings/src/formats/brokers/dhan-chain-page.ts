import { dayNumber, exchangeDate, type Listing } from '@deltastream/reference';
import { rejected } from '../../chains/reading.ts';
import { isTurn, type Page, type PageFormat, type PageReadings } from '../../pages/page-format.ts';
import { dateInName, namedListing, symbolInName, timeInName } from '../../pages/recorded-name.ts';
import { type RecordingOptions, saidBy } from '../../recording-options.ts';
import { BadCell } from '../../tables/cells.ts';
import { isObject, type Json, parseJson, price } from '../../tables/json-cells.ts';
import { jsonKeys } from '../../tables/mismatch.ts';
import { atPlace, createBrokerLegs } from './broker-legs.ts';
import { dhanChainLegs } from './dhan-chain-legs.ts';

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
  let i = 0;
  for (const row of dhanChainLegs(strikes)) {
    if (isTurn(i++)) yield null;
    for (const { place, strike, side, read } of row) {
      try {
        legs.add({ listing, expiry, spot, place, strike: strike(), side, quote: read() });
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
