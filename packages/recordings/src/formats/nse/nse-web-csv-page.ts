import { basename } from 'node:path';
import type { Side } from '@deltastream/contracts';
import { fromExchangeDate, type Listing, localInstant } from '@deltastream/reference';
import { createChainBuilder, type Quote } from '../../chains/chain-builder.ts';
import { chainReading } from '../../chains/chain-reading.ts';
import { listedLot } from '../../chains/lots.ts';
import { previousCloseOf } from '../../chains/previous-close.ts';
import { rejected } from '../../chains/reading.ts';
import type { Page, PageFormat, PageReadings } from '../../pages/page-format.ts';
import { pageRows } from '../../pages/page-rows.ts';
import {
  expiryInFolders,
  instantInName,
  namedListing,
  saidListing,
  symbolInName,
} from '../../pages/recorded-name.ts';
import type { RecordingOptions } from '../../recording-options.ts';
import { amountCell, BadCell, numberCell, priceCell, shown, strikeCell } from '../../tables/cells.ts';
import { nearlyHeader } from '../../tables/mismatch.ts';
import { saidExpiry, scheduledExpiry } from './nse-schedule.ts';

/** The second header row: the same names for calls and puts, so that a column is known by its place. */
const HEADER =
  ',OI,CHNG IN OI,VOLUME,IV,LTP,CHNG,BID QTY,BID,ASK,ASK QTY,STRIKE,BID QTY,BID,ASK,ASK QTY,CHNG,LTP,IV,VOLUME,CHNG IN OI,OI';
/** The line above it. */
const TITLE = /^\uFEFF?CALLS,+PUTS,*$/;
const UNIQUE_COLUMNS = [...new Set(HEADER.split(',').filter((name) => name !== ''))];
const WIDTH = HEADER.split(',').length;
const STRIKE_AT = 11;
const HEADER_LINES = 2;

/** Offsets from the outer edge of a side: calls count from the left, puts from the right. */
const PLACES = { oi: 1, change: 2, volume: 3, last: 5, netChange: 6 } as const;

/** .../YYYY-MM-DD/product_option_chain_HHMMSS.csv, India time. */
const PATH = /(\d{4}-\d{2}-\d{2})\/([a-z0-9&-]+)_option_chain_(\d{2})(\d{2})(\d{2})\.csv(?:\.gz|\.xz)?$/i;
/** As the website names it: option-chain-ED-NIFTY-13-Apr-2026.csv; browsers add ` (1)` to a second one. */
const OWN_NAME = /^option-chain-(?:[A-Z]{2}-)?([A-Z0-9&-]+)-(\d{1,2}-[A-Za-z]{3}-\d{4})(?!\d)/;

/**
 * The CSV that NSE's option chain page offers for download since 2020: open interest and volume in
 * contracts, Indian digit grouping, "-" for none. Neither product, expiry, spot nor time are inside. Under the
 * name that the website gives it, product and expiry stand in the name and the setting says the time; collectors
 * keep it by day and time, where the expiry is that of a folder, else the nearest one on the exchange's schedule.
 */
export const nseWebCsvPage: PageFormat = {
  name: 'NSE option chain download CSV',
  units: 'open interest, volume and sizes in contracts',
  matches: (head) => {
    const [first = '', second = ''] = head.split(/\r?\n/, 2);
    return TITLE.test(first) && second.startsWith(HEADER);
  },

  nearly: (head) => {
    const [first = '', second = ''] = head.split(/\r?\n/, 2);
    if (!TITLE.test(first)) return nearlyHeader(head, UNIQUE_COLUMNS);
    return { line: 2, text: second, expected: HEADER, share: 0.5 };
  },

  timeOf: (path) => {
    const parts = PATH.exec(path);
    if (!parts) {
      const named = instantInName(path, 'NSE');
      if (!Number.isNaN(named)) return named;
      throw new BadCell(
        'bad_timestamp',
        `neither its content nor its name ${shown(basename(path))} say when it is from, expected a name such as 2026-08-19/nifty_option_chain_101500.csv`,
      );
    }
    const [, date, , hours, minutes, seconds] = parts;
    return localInstant('NSE', date, Number(hours) * 60 + Number(minutes)) + Number(seconds) * 1000;
  },

  expiryIn: (path, timestamp) => ownName(path)?.expiry ?? expiryInFolders(path, 'NSE', timestamp),

  reader: (options) => (page) => readPage(page, options),
};

/** What the website's own name says; null for another name. */
function ownName(path: string): { symbol: string; expiry: string } | null {
  const [, symbol, date] = OWN_NAME.exec(basename(path)) ?? [];
  const expiry = fromExchangeDate(date ?? '');
  return symbol && expiry ? { symbol, expiry } : null;
}

function* readPage(page: Page, options: RecordingOptions): PageReadings {
  const { path, where, timestamp } = page;
  try {
    const symbol = ownName(path)?.symbol ?? PATH.exec(path)?.[2].toUpperCase();
    const listing = symbol ? saidListing('NSE', symbol) : namedListing('NSE', symbolInName(path), options);
    const said = saidExpiry(listing, nseWebCsvPage.expiryIn?.(path, timestamp) ?? null, timestamp, options);
    yield* chainOf(page, listing, said ?? scheduledExpiry(listing, timestamp, options));
  } catch (error) {
    yield rejected(error, where);
  }
}

function* chainOf(page: Page, listing: Listing, expiry: string): PageReadings {
  const { timestamp } = page;
  const builder = createChainBuilder();
  const add = (cells: string[]) => {
    const strike = strikeCell(cells[STRIKE_AT], 'STRIKE');
    const call = sideQuote(cells, 'call');
    const put = sideQuote(cells, 'put');
    builder.add(strike, 'call', call);
    builder.add(strike, 'put', put);
  };
  yield* pageRows(page, { width: WIDTH, headerLines: HEADER_LINES, add });
  const lot = listedLot(listing, expiry, timestamp);
  yield chainReading({ listing, expiry, timestamp, spot: Number.NaN, lot, columns: builder.build() });
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
