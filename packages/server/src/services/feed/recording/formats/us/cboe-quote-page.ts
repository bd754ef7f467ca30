import type { Side } from '@deltastream/contracts';
import {
  exchangeDate,
  fromExchangeDate,
  listedOn,
  localInstant,
  lotSize,
  quotedAt,
} from '@deltastream/reference';
import { amountCell, BadCell, numberCell, priceCell, shown, strikeCell } from '../../cells.ts';
import { type ChainBuilder, createChainBuilder, type Quote } from '../../chain-builder.ts';
import { chainReading } from '../../chain-reading.ts';
import { csvRow } from '../../csv-row.ts';
import type { Page, PageFormat } from '../../page-format.ts';
import { previousCloseOf } from '../../previous-close.ts';
import { type Reading, rejected, spotTick } from '../../reading.ts';

const HEADER =
  'Expiration Date,Calls,Last Sale,Net,Bid,Ask,Volume,IV,Delta,Gamma,Open Interest,Strike,Puts,Last Sale,Net,Bid,Ask,Volume,IV,Delta,Gamma,Open Interest';
const WIDTH = HEADER.split(',').length;
const STRIKE = 11;
/** Where the cells of a side begin, which are the same for both: contract, last, net, bid, ask, volume, ... */
const SIDES: readonly (readonly [Side, number])[] = [
  ['call', 1],
  ['put', 12],
];
const CELL = { contract: 0, last: 1, net: 2, bid: 3, ask: 4, volume: 5, openInterest: 9 } as const;

const DATE = /Date: ([A-Z][a-z]+) (\d{1,2}), (\d{4}), (\d{1,2}):(\d{2}) ([AP]M) E[DS]?T/;
const EXPIRY = /^[A-Z][a-z]{2} ([A-Z][a-z]{2}) (\d{2}) (\d{4})$/;
const CONTRACT = /^([A-Z]{1,6})\d{6}[CP]\d{8}$/;

/**
 * The quote table that CBOE's website lets one download: every expiry of one underlying, calls and puts of a
 * strike on one line. Contracts of another root, as SPX (settled at the opening) and SPXW (at the close), are
 * products of their own. A table downloaded while the market is shut shows the close of the last session, which
 * is its instant. The venue's IV and greeks are not read; they agree with ours where the instant does.
 */
export const cboeQuotePage: PageFormat = {
  name: 'CBOE quote table CSV',
  matches: (head) => head.includes(`\n${HEADER}`) && DATE.test(head),
  timeOf: (_path, head) => quotedAt('US', downloadedAt(head)),
  expiryFrom: 'page',
  reader: () => readPage,
};

function* readPage({ text, where, timestamp }: Page): Generator<Reading> {
  const lines = text.split(/\r?\n/);
  const headerAt = lines.indexOf(HEADER);
  const title = lines.slice(0, headerAt).join('\n');
  const spot = Number(/Last: (\d+(?:\.\d+)?)/.exec(title)?.[1]);
  const previousClose = previousCloseOf(spot, Number(/Change: +(-?\d+(?:\.\d+)?)/.exec(title)?.[1]));
  const chains = new Map<string, { root: string; expiry: string; builder: ChainBuilder }>();

  for (let i = headerAt + 1; i < lines.length; i++) {
    if (lines[i] === '') continue;
    const cells = csvRow(lines[i]);
    for (const [side, start] of SIDES) {
      try {
        addLeg(cells, side, start);
      } catch (error) {
        yield rejected(error, { ...where, line: i + 1 });
        if (cells.length !== WIDTH) break;
      }
    }
  }

  function addLeg(cells: string[], side: Side, start: number): void {
    if (cells.length !== WIDTH) {
      throw new BadCell('wrong_column_count', `${cells.length} columns, expected ${WIDTH}`);
    }
    const expiry = expiryOf(cells[0]);
    if (expiry < exchangeDate('US', timestamp)) {
      throw new BadCell('expired', `expiry ${expiry} is before the table's date`);
    }
    const strike = strikeCell(cells[STRIKE], 'Strike');
    const contract = cells[start + CELL.contract];
    const root = CONTRACT.exec(contract)?.[1];
    if (!root) throw new BadCell('bad_value', `${side} is ${shown(contract)}, expected a contract symbol`);
    const quote = quoteOf(cells.slice(start));
    const key = `${expiry} ${root}`;
    let chain = chains.get(key);
    if (!chain) {
      chain = { root, expiry, builder: createChainBuilder() };
      chains.set(key, chain);
    }
    chain.builder.add(strike, side, quote);
  }

  const roots = [...new Set([...chains.values()].map(({ root }) => root))];
  for (const root of roots) {
    const tick = spotTick(listedOn('US', root), timestamp, spot, previousClose > 0 ? previousClose : null);
    if (tick) yield tick;
  }
  for (const [, { root, expiry, builder }] of [...chains].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const listing = listedOn('US', root);
    const lot = { size: lotSize(root, expiry), quality: [] };
    yield chainReading({ listing, expiry, timestamp, spot, lot, columns: builder.build() });
  }
}

function quoteOf(cells: string[]): Quote {
  const last = priceCell(cells[CELL.last], 'Last Sale');
  return {
    // Every line has a bid: 0 is the venue saying that nobody bids, and at an ask of one tick that is a price.
    bid: amountCell(cells[CELL.bid], 'Bid'),
    ask: priceCell(cells[CELL.ask], 'Ask'),
    last,
    volume: amountCell(cells[CELL.volume], 'Volume'),
    open_interest: amountCell(cells[CELL.openInterest], 'Open Interest'),
    previous_close: previousCloseOf(last, numberCell(cells[CELL.net], 'Net')),
  };
}

/** 'YYYY-MM-DD' of 'Fri Jun 10 2022'. Throws BadCell. */
function expiryOf(text: string): string {
  const parts = EXPIRY.exec(text);
  const expiry = parts && fromExchangeDate(`${parts[2]}-${parts[1]}-${parts[3]}`);
  if (!expiry) throw new BadCell('bad_expiry', `Expiration Date is ${shown(text)}, expected Www Mmm DD YYYY`);
  return expiry;
}

/** Epoch ms of 'Date: June 11, 2022, 8:47 PM EDT' in a page's beginning; NaN when it is not there. */
function downloadedAt(head: string): number {
  const parts = DATE.exec(head);
  if (!parts) return Number.NaN;
  const [, month, day, year, hour, minute, half] = parts;
  const date = fromExchangeDate(`${day}-${month.slice(0, 3)}-${year}`);
  const hours = (Number(hour) % 12) + (half === 'PM' ? 12 : 0);
  return date === null ? Number.NaN : localInstant('US', date, hours * 60 + Number(minute));
}
