import { exchangeDate } from '@deltastream/reference';
import type { Quote } from '../../chains/chain-builder.ts';
import { rejected } from '../../chains/reading.ts';
import { isTurn, type Page, type PageFormat, type PageReadings } from '../../pages/page-format.ts';
import { BadCell, shown } from '../../tables/cells.ts';
import { amount, isObject, type Json, parseJson, price } from '../../tables/json-cells.ts';
import { jsonKeys } from '../../tables/mismatch.ts';
import { atPlace, createBrokerLegs } from './broker-legs.ts';
import { KITE_INDICES, type KiteContract, kiteContract, kiteInstant } from './kite-symbol.ts';

const TIMESTAMP = /"timestamp"\s*:\s*"([^"]+)"/g;

/**
 * The response of Kite's quote API, or what `kite.quote(...)` of its client returns, by `EXCHANGE:TRADINGSYMBOL`:
 * options of any products and expiries. Open interest and volume are in units, divided by the lot here; the best
 * of `depth` are bid and ask; `ohlc.close` is that of the day before. The instant is the newest `timestamp`.
 * Underlyings and futures that were asked for as well give spot and forward, other instruments nothing.
 */
export const kiteQuotePage: PageFormat = {
  name: 'Kite quote JSON (by EXCHANGE:TRADINGSYMBOL)',
  units: 'open interest, volume and sizes in units, divided by the lot',
  ...jsonKeys('instrument_token', 'last_price', 'timestamp'),
  timeIn: 'page',
  timeOf: (_path, text) => {
    let newest = '';
    for (const [, timestamp] of text.matchAll(TIMESTAMP)) if (timestamp > newest) newest = timestamp;
    // What broke off says so better than that its end is missing.
    if (newest === '') parseJson(text);
    return kiteInstant(newest, 'timestamp');
  },
  reader: () => readPage,
};

interface Given {
  readonly place: string;
  readonly contract: KiteContract;
  readonly quote: Json;
}

function* readPage({ text, where, timestamp }: Page): PageReadings {
  let quotes: Json;
  try {
    const page = parseJson(text);
    quotes = isObject(page.data) ? page.data : page;
  } catch (error) {
    yield rejected(error, where);
    return;
  }
  const given: Given[] = [];
  const spots = new Map<string, number>();
  const futures = new Map<string, number>();
  for (const [i, [name, quote]] of Object.entries(quotes).entries()) {
    if (isTurn(i)) yield null;
    const [segment, symbol = ''] = name.split(/:(.*)/s, 2);
    try {
      if (!isObject(quote)) throw new BadCell('bad_value', 'it is not an object');
      if (segment === 'NSE' || segment === 'BSE') {
        spots.set(KITE_INDICES.get(name) ?? symbol, price(quote, 'last_price'));
        continue;
      }
      const contract = kiteContract(segment, symbol);
      const { listing, expiry, option } = contract;
      if (expiry < exchangeDate(listing.exchange, timestamp)) {
        throw new BadCell('expired', `its expiry ${expiry} is before the page's date`);
      }
      if (option) given.push({ place: name, contract, quote });
      else futures.set(`${listing.symbol} ${expiry}`, price(quote, 'last_price'));
    } catch (error) {
      yield rejected(atPlace(error, shown(name)), where);
    }
  }
  const legs = createBrokerLegs();
  for (const [i, { place, contract, quote }] of given.entries()) {
    if (isTurn(i)) yield null;
    const { listing, expiry, option } = contract;
    if (!option) continue;
    try {
      const spot = spots.get(listing.symbol) ?? Number.NaN;
      const future = futures.get(`${listing.symbol} ${expiry}`);
      legs.add({ listing, expiry, spot, future, place: shown(place), ...option, quote: quoteInUnits(quote) });
    } catch (error) {
      yield rejected(atPlace(error, shown(place)), where);
    }
  }
  yield* legs.readings(timestamp, where);
}

function quoteInUnits(quote: Json): Quote {
  const [bid, ask] = [bestOf(quote, 'buy'), bestOf(quote, 'sell')];
  return {
    bid: price(bid, 'price'),
    ask: price(ask, 'price'),
    last: price(quote, 'last_price'),
    bid_size: amount(bid, 'quantity'),
    ask_size: amount(ask, 'quantity'),
    volume: amount(quote, 'volume'),
    open_interest: amount(quote, 'oi'),
    previous_close: isObject(quote.ohlc) ? price(quote.ohlc, 'close') : Number.NaN,
  };
}

function bestOf({ depth }: Json, side: 'buy' | 'sell'): Json {
  const levels = isObject(depth) ? depth[side] : null;
  const best = Array.isArray(levels) ? levels[0] : null;
  return isObject(best) ? best : {};
}
