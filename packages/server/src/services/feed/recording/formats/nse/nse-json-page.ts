import type { Side } from '@deltastream/contracts';
import {
  exchangeDate,
  expiryInstant,
  fromExchangeDate,
  lotSize,
  type ProductInfo,
  productInfo,
} from '@deltastream/reference';
import type { Where } from '../../../source.ts';
import { BadCell, shown } from '../../cells.ts';
import { type ChainBuilder, createChainBuilder, type Quote } from '../../chain-builder.ts';
import { amount, isObject, type Json, number, parseJson, price, strike } from '../../json-cells.ts';
import type { Page, PageFormat } from '../../page-format.ts';
import { previousCloseOf } from '../../previous-close.ts';
import { type Reading, rejected, spotTick } from '../../reading.ts';

const LEGS: readonly (readonly ['CE' | 'PE', Side])[] = [
  ['CE', 'call'],
  ['PE', 'put'],
];
const INDIA_OFFSET_MS = 330 * 60_000;

/**
 * The answer of NSE's option chain API, of the years up to 2024 and v3: every expiry of one product, open
 * interest and volume in contracts. A price of 0 means none. The time stands behind the data, so that a
 * truncated file cannot be placed in time and is rejected whole.
 */
export const nseJsonPage: PageFormat = {
  name: 'NSE option chain JSON',

  matches: (head) => /^\s*\{\s*"records"\s*:\s*\{/.test(head),

  // Only known once the whole page is read; a file holds one page, so there is no order to establish.
  timeOf: () => 0,

  expiryFrom: 'page',

  reader: () => readPage,
};

function* readPage({ text, where }: Page): Generator<Reading> {
  const page = parsePage(text, where);
  if ('kind' in page) {
    yield page;
    return;
  }
  const { info, timestamp, spot, rows } = page;
  const chains = new Map<string, ChainBuilder>();
  for (let i = 0; i < rows.length; i++) {
    for (const [name, side] of LEGS) {
      const leg = rows[i][name];
      if (!isObject(leg)) continue;
      try {
        const expiry = expiryOf(rows[i], leg);
        if (expiry < exchangeDate(info.exchange, timestamp)) {
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
  const tick = spotTick(info, timestamp, spot);
  if (tick) yield tick;
  for (const [expiry, builder] of [...chains].sort(([a], [b]) => (a < b ? -1 : 1))) {
    yield {
      kind: 'chain',
      exchange: info.exchange,
      volume: 'session',
      chain: {
        product: info.symbol,
        expiry,
        expiry_at: expiryInstant(info.exchange, expiry),
        timestamp,
        currency: info.currency,
        spot: spot >= 0 ? spot : null,
        future: null,
        lot_size: lotSize(info.symbol, expiry, timestamp),
        price_tick: info.priceTick,
        quality: [],
        columns: builder.build(),
      },
    };
  }
}

interface NsePage {
  readonly info: ProductInfo;
  readonly timestamp: number;
  readonly spot: number;
  readonly rows: readonly Json[];
}

function parsePage(text: string, where: Where): NsePage | ReturnType<typeof rejected> {
  try {
    const records = parseJson(text).records;
    if (!isObject(records) || !Array.isArray(records.data)) {
      throw new BadCell('unreadable_member', 'records.data is no list');
    }
    const rows = records.data.filter(isObject);
    const leg = rows.flatMap(({ CE, PE }) => [CE, PE]).find(isObject);
    const symbol = String(leg?.underlying ?? '');
    const info = productInfo(symbol);
    if (!info) throw new BadCell('unreadable_member', `underlying ${shown(symbol)} is not a known product`);
    const spot = Number(records.underlyingValue ?? leg?.underlyingValue ?? Number.NaN);
    return { info, timestamp: pageTime(String(records.timestamp ?? '')), spot, rows };
  } catch (error) {
    return rejected(error, where);
  }
}

/** Epoch ms of 'DD-Mon-YYYY HH:MM:SS', India time. */
function pageTime(text: string): number {
  const [date, time] = text.split(' ');
  const day = fromExchangeDate(date ?? '');
  const utc = day && /^\d{2}:\d{2}:\d{2}$/.test(time ?? '') ? Date.parse(`${day}T${time}.000Z`) : Number.NaN;
  if (Number.isNaN(utc)) {
    throw new BadCell('bad_timestamp', `records.timestamp is ${shown(text)}, expected DD-Mon-YYYY HH:MM:SS`);
  }
  return utc - INDIA_OFFSET_MS;
}

function expiryOf(row: Json, leg: Json): string {
  const text = String(leg.expiryDate ?? row.expiryDate ?? row.expiryDates ?? '');
  const expiry = fromExchangeDate(text);
  if (!expiry) throw new BadCell('bad_expiry', `expiryDate is ${shown(text)}, expected DD-Mon-YYYY`);
  return expiry;
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
