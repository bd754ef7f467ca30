import type { Side } from '@deltastream/contracts';
import {
  dayNumber,
  expiryInstant,
  lotSize,
  productInfo,
  scheduledExpiries,
  tradingDate,
} from '@deltastream/reference';
import { amountCell, BadCell, numberCell, priceCell, strikeCell } from '../../cells.ts';
import { createChainBuilder, type Quote } from '../../chain-builder.ts';
import { csvRow } from '../../csv-row.ts';
import type { Page, PageFormat } from '../../page-format.ts';
import { previousCloseOf } from '../../previous-close.ts';
import { type Reading, rejected } from '../../reading.ts';

/** The second header row: the same names for calls and puts, so that a column is known by its place. */
const HEADER =
  ',OI,CHNG IN OI,VOLUME,IV,LTP,CHNG,BID QTY,BID,ASK,ASK QTY,STRIKE,BID QTY,BID,ASK,ASK QTY,CHNG,LTP,IV,VOLUME,CHNG IN OI,OI';
const WIDTH = HEADER.split(',').length;
const STRIKE_AT = 11;
const HEADER_LINES = 2;

/** Offsets from the outer edge of a side: calls count from the left, puts from the right. */
const PLACES = { oi: 1, change: 2, volume: 3, last: 5, netChange: 6 } as const;

/** .../YYYY-MM-DD/product_option_chain_HHMMSS.csv, India time. */
const PATH = /(\d{4}-\d{2}-\d{2})\/([a-z0-9&]+)_option_chain_(\d{2})(\d{2})(\d{2})\.csv$/i;
const INDIA_OFFSET_MS = 330 * 60_000;

/**
 * The CSV that NSE's option chain page offers for download since 2020: open interest and volume in
 * contracts, Indian digit grouping, "-" for none. Neither expiry nor spot are inside: product and time
 * come from the path, the expiry is the nearest one on the exchange's schedule of that day.
 */
export const nseWebCsvPage: PageFormat = {
  name: 'NSE option chain download CSV',
  expiryFrom: 'schedule',

  matches: (head) => {
    const [first = '', second = ''] = head.split(/\r?\n/, 2);
    return /^\uFEFF?CALLS,+PUTS,*$/.test(first) && second.startsWith(HEADER);
  },

  timeOf: (path) => {
    const parts = PATH.exec(path);
    if (!parts) return Number.NaN;
    const [, date, , hours, minutes, seconds] = parts;
    const sinceMidnight = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds);
    return dayNumber(date) * 86_400_000 + sinceMidnight * 1000 - INDIA_OFFSET_MS;
  },

  reader: () => readPage,
};

function* readPage({ text, path, where, timestamp }: Page): Generator<Reading> {
  const info = productInfo((PATH.exec(path)?.[2] ?? '').toUpperCase());
  const [expiry] = info ? scheduledExpiries(info.symbol, tradingDate(info.exchange, timestamp), 1) : [];
  if (!info || !expiry) {
    const reason = info
      ? `no expiry of ${info.symbol} is known for its time`
      : 'its path has no known product';
    yield { kind: 'rejected', rejection: info ? 'bad_expiry' : 'unreadable_member', where, reason };
    return;
  }
  const builder = createChainBuilder();
  const lines = text.split(/\r?\n/);
  for (let i = HEADER_LINES; i < lines.length; i++) {
    if (lines[i] === '') continue;
    try {
      const cells = csvRow(lines[i]);
      // Rows end in a comma, the header may not.
      if (cells.length !== WIDTH && !(cells.length === WIDTH + 1 && cells[WIDTH] === '')) {
        throw new BadCell('wrong_column_count', `${cells.length} columns, expected ${WIDTH}`);
      }
      const strike = strikeCell(cells[STRIKE_AT], 'STRIKE');
      const call = sideQuote(cells, 'call');
      const put = sideQuote(cells, 'put');
      builder.add(strike, 'call', call);
      builder.add(strike, 'put', put);
    } catch (error) {
      yield rejected(error, { ...where, line: i + 1 });
    }
  }
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
      spot: null,
      future: null,
      lot_size: lotSize(info.symbol, expiry, timestamp),
      price_tick: info.priceTick,
      quality: [],
      columns: builder.build(),
    },
  };
}

function sideQuote(cells: string[], side: Side): Quote {
  const outer = (name: keyof typeof PLACES) =>
    cells[side === 'call' ? PLACES[name] : 2 * STRIKE_AT - PLACES[name]];
  // Sizes and prices run in the same order on both sides: bid quantity, bid, ask, ask quantity.
  const [bidSize, bid, ask, askSize] = cells.slice(side === 'call' ? 7 : STRIKE_AT + 1);
  const last = priceCell(outer('last'), `${side} LTP`);
  return {
    bid: priceCell(bid, `${side} BID`),
    ask: priceCell(ask, `${side} ASK`),
    last,
    bid_size: amountCell(bidSize, `${side} BID QTY`),
    ask_size: amountCell(askSize, `${side} ASK QTY`),
    volume: amountCell(outer('volume'), `${side} VOLUME`),
    open_interest: amountCell(outer('oi'), `${side} OI`),
    open_interest_change: numberCell(outer('change'), `${side} CHNG IN OI`),
    previous_close: previousCloseOf(last, numberCell(outer('netChange'), `${side} CHNG`)),
  };
}
