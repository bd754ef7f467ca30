import type { Side } from '@deltastream/contracts';
import { dayNumber, exchangeDate, type ProductInfo, productInfo } from '@deltastream/reference';
import { BadCell, shown } from '../../cells.ts';
import { type ChainBuilder, createChainBuilder, type Quote } from '../../chain-builder.ts';
import { chainReading } from '../../chain-reading.ts';
import { amount, isObject, type Json, number, parseJson, price, strike } from '../../json-cells.ts';
import { type Lot, lotOf } from '../../lots.ts';
import type { Page, PageFormat } from '../../page-format.ts';
import { type Reading, rejected, spotTick } from '../../reading.ts';

const LEGS: readonly (readonly [name: string, side: Side])[] = [
  ['call_options', 'call'],
  ['put_options', 'put'],
];

/** Indices have names of their own there. */
const PRODUCT_OF: Readonly<Record<string, string>> = {
  'NSE_INDEX|Nifty 50': 'NIFTY',
  'NSE_INDEX|Nifty Bank': 'BANKNIFTY',
  'NSE_INDEX|Nifty Fin Service': 'FINNIFTY',
  'NSE_INDEX|NIFTY MID SELECT': 'MIDCPNIFTY',
  'NSE_INDEX|Nifty Next 50': 'NIFTYNXT50',
  'BSE_INDEX|SENSEX': 'SENSEX',
};

/**
 * The answer of Upstox's option chain API: one expiry of one index. Open interest, its previous value and
 * volume are in units, divided by the lot here. It carries no time at all, so that its instant is a setting.
 */
export const upstoxChainPage: PageFormat = {
  name: 'Upstox option chain JSON',
  matches: (head) =>
    head.trimStart().startsWith('{') && head.includes('"call_options"') && head.includes('"underlying_key"'),
  timeOf: () => Number.NaN,
  instantFrom: 'setting',
  expiryFrom: 'page',
  reader: () => readPage,
};

interface UpstoxLeg {
  readonly place: string;
  readonly strike: number;
  readonly side: Side;
  readonly quote: Quote;
}

interface Gathered {
  readonly info: ProductInfo;
  readonly expiry: string;
  readonly spot: number;
  readonly legs: UpstoxLeg[];
}

function* readPage({ text, where, timestamp }: Page): Generator<Reading> {
  let rows: readonly unknown[];
  try {
    const { data } = parseJson(text);
    if (!Array.isArray(data)) throw new BadCell('unreadable_member', 'data is no list');
    rows = data;
  } catch (error) {
    yield rejected(error, where);
    return;
  }
  const chains = new Map<string, Gathered>();
  for (let i = 0; i < rows.length; i++) {
    for (const [name, side] of LEGS) {
      const place = `data[${i}].${name}`;
      try {
        gather(chains, rows[i], name, side, place, timestamp);
      } catch (error) {
        yield rejected(atPlace(error, place), where);
      }
    }
  }
  const ticked = new Set<ProductInfo>();
  for (const { info, expiry, spot, legs } of chains.values()) {
    const tick = ticked.has(info) ? null : spotTick(info, timestamp, spot);
    ticked.add(info);
    if (tick) yield tick;
    const lot = lotOf(
      info.symbol,
      expiry,
      legs.map(({ quote }) => quote.open_interest ?? Number.NaN),
      timestamp,
    );
    const builder = createChainBuilder();
    for (const leg of legs) {
      try {
        addLeg(builder, leg, lot);
      } catch (error) {
        yield rejected(atPlace(error, leg.place), where);
      }
    }
    yield chainReading({ listing: info, expiry, timestamp, spot, lot, columns: builder.build() });
  }
}

function gather(
  chains: Map<string, Gathered>,
  row: unknown,
  name: string,
  side: Side,
  place: string,
  timestamp: number,
): void {
  if (!isObject(row)) throw new BadCell('bad_value', 'the row is no object');
  const leg = row[name];
  if (leg === undefined || leg === null) return;
  if (!isObject(leg) || !isObject(leg.market_data)) throw new BadCell('bad_value', 'it has no market_data');
  const underlying = String(row.underlying_key ?? '');
  const info = productInfo(PRODUCT_OF[underlying] ?? '');
  if (!info) throw new BadCell('bad_value', `underlying_key is ${shown(underlying)}, not a known index`);
  const expiry = String(row.expiry ?? '');
  if (Number.isNaN(dayNumber(expiry))) {
    throw new BadCell('bad_expiry', `expiry is ${shown(expiry)}, expected YYYY-MM-DD`);
  }
  if (expiry < exchangeDate(info.exchange, timestamp)) {
    throw new BadCell('expired', `expiry ${expiry} is before the instant given for the page`);
  }
  const read = { place, strike: strike(row, 'strike_price'), side, quote: quoteInUnits(leg.market_data) };
  const key = `${info.symbol} ${expiry}`;
  const chain = chains.get(key) ?? { info, expiry, spot: price(row, 'underlying_spot_price'), legs: [] };
  chain.legs.push(read);
  chains.set(key, chain);
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

function addLeg(builder: ChainBuilder, { strike, side, quote }: UpstoxLeg, { size }: Lot): void {
  const contracts = (units: number | undefined) => (units ?? Number.NaN) / (size ?? 1);
  builder.add(strike, side, {
    ...quote,
    volume: contracts(quote.volume),
    open_interest: contracts(quote.open_interest),
    open_interest_change: contracts(quote.open_interest_change),
  });
}

function atPlace(error: unknown, place: string): unknown {
  return error instanceof BadCell ? new BadCell(error.rejection, `${place}: ${error.message}`) : error;
}
