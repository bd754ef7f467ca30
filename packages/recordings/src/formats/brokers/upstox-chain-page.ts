import type { Side } from '@deltastream/contracts';
import { dayNumber, exchangeDate } from '@deltastream/reference';
import type { Quote } from '../../chains/chain-builder.ts';
import { rejected } from '../../chains/reading.ts';
import { isTurn, type Page, type PageFormat, type PageReadings } from '../../pages/page-format.ts';
import { namedListing, symbolInName, timeInName } from '../../pages/recorded-name.ts';
import type { RecordingOptions } from '../../recording-options.ts';
import { BadCell, shown, words } from '../../tables/cells.ts';
import { amount, isObject, type Json, number, parseJson, price, strike } from '../../tables/json-cells.ts';
import { jsonKeys } from '../../tables/mismatch.ts';
import { atPlace, type BrokerLeg, createBrokerLegs } from './broker-legs.ts';

const LEGS: readonly (readonly [name: string, side: Side])[] = [
  ['call_options', 'call'],
  ['put_options', 'put'],
];

/** Products by the keys that indices have there. */
export const UPSTOX_INDICES = words<string>({
  'NSE_INDEX|Nifty 50': 'NIFTY',
  'NSE_INDEX|Nifty Bank': 'BANKNIFTY',
  'NSE_INDEX|Nifty Fin Service': 'FINNIFTY',
  'NSE_INDEX|NIFTY MID SELECT': 'MIDCPNIFTY',
  'NSE_INDEX|Nifty Next 50': 'NIFTYNXT50',
  'BSE_INDEX|SENSEX': 'SENSEX',
});

/**
 * The response of Upstox's option chain API: one expiry of one product. Open interest, its previous value and
 * volume are in units, divided by the lot here. It carries no time at all, so that the file's name or a setting
 * says it; of a stock it has the ISIN alone, so that they say the product too.
 */
export const upstoxChainPage: PageFormat = {
  name: 'Upstox option chain JSON',
  units: 'open interest, volume and sizes in units, divided by the lot',
  ...jsonKeys('call_options', 'underlying_key'),
  timeOf: timeInName('NSE'),
  reader: (options) => (page) => readPage(page, options),
};

function* readPage(page: Page, options: RecordingOptions): PageReadings {
  const { text, where, timestamp } = page;
  let rows: readonly unknown[];
  try {
    const { data } = parseJson(text);
    if (!Array.isArray(data)) throw new BadCell('unreadable_member', 'data is not a list');
    rows = data;
  } catch (error) {
    yield rejected(error, where);
    return;
  }
  const legs = createBrokerLegs();
  for (let i = 0; i < rows.length; i++) {
    if (isTurn(i)) yield null;
    for (const [name, side] of LEGS) {
      const place = `data[${i}].${name}`;
      try {
        const leg = legOf(page, options, rows[i], name, side, place);
        if (leg) legs.add(leg);
      } catch (error) {
        yield rejected(atPlace(error, place), where);
      }
    }
  }
  yield* legs.readings(timestamp, where);
}

function legOf(
  { path, timestamp }: Page,
  options: RecordingOptions,
  row: unknown,
  name: string,
  side: Side,
  place: string,
): BrokerLeg | null {
  if (!isObject(row)) throw new BadCell('bad_value', 'the row is not an object');
  const leg = row[name];
  if (leg === undefined || leg === null) return null;
  if (!isObject(leg) || !isObject(leg.market_data)) throw new BadCell('bad_value', 'it has no market_data');
  const underlying = String(row.underlying_key ?? '');
  const index = UPSTOX_INDICES.get(underlying);
  const exchange = underlying.startsWith('BSE') ? 'BSE' : 'NSE';
  const listing = namedListing(exchange, index ?? symbolInName(path), index ? {} : options);
  const expiry = String(row.expiry ?? '');
  if (Number.isNaN(dayNumber(expiry))) {
    throw new BadCell('bad_expiry', `expiry is ${shown(expiry)}, expected YYYY-MM-DD`);
  }
  if (expiry < exchangeDate(listing.exchange, timestamp)) {
    throw new BadCell('expired', `expiry ${expiry} is before the instant given for the page`);
  }
  return {
    listing,
    expiry,
    spot: price(row, 'underlying_spot_price'),
    place,
    strike: strike(row, 'strike_price'),
    side,
    quote: quoteInUnits(leg.market_data),
  };
}

function quoteInUnits(data: Json): Quote {
  const interest = amount(data, 'oi');
  return {
    bid: price(data, 'bid_price'),
    ask: price(data, 'ask_price'),
    last: price(data, 'ltp'),
    bid_size: amount(data, 'bid_qty'),
    ask_size: amount(data, 'ask_qty'),
    volume: amount(data, 'volume'),
    open_interest: interest,
    open_interest_change: interest - number(data, 'prev_oi'),
    previous_close: price(data, 'close_price'),
  };
}
