import type { Side } from '@deltastream/contracts';
import { exchangeDate, fromExchangeDate, listedOn, quotedAt } from '@deltastream/reference';
import { type ChainBuilder, createChainBuilder, type Quote } from '../../chains/chain-builder.ts';
import { chainReading } from '../../chains/chain-reading.ts';
import { listedLot } from '../../chains/lots.ts';
import { previousCloseOf } from '../../chains/previous-close.ts';
import { rejected, spotTick } from '../../chains/reading.ts';
import { isTurn, type Page, type PageFormat, type PageReadings } from '../../pages/page-format.ts';
import { amountCell, BadCell, numberCell, priceCell, shown, strikeCell } from '../../tables/cells.ts';
import { csvRow, csvRowOf } from '../../tables/csv-row.ts';
import { nearlyHeader } from '../../tables/mismatch.ts';
import { writtenInstant } from './written-instant.ts';

const HEADER =
  'Expiration Date,Calls,Last Sale,Net,Bid,Ask,Volume,IV,Delta,Gamma,Open Interest,Strike,Puts,Last Sale,Net,Bid,Ask,Volume,IV,Delta,Gamma,Open Interest';
const HEADER_COLUMNS = [...new Set(HEADER.split(','))];
/** Lines from the beginning within which the header stands. */
const HEADER_WITHIN = 10;
const WIDTH = HEADER.split(',').length;
const STRIKE = 11;
/** Where the cells of a side begin, which are the same for both: contract, last, net, bid, ask, volume, ... */
const SIDES: readonly (readonly [Side, number])[] = [
  ['call', 1],
  ['put', 12],
];
const CELL = { contract: 0, last: 1, net: 2, bid: 3, ask: 4, volume: 5, openInterest: 9 } as const;

/** The line above the header begins with when it was downloaded, in words of the reader's language. */
const DATE_LABEL = /^\p{L}+: */u;
const EXPIRY = /^[A-Z][a-z]{2} ([A-Z][a-z]{2}) (\d{2}) (\d{4})$/;
const CONTRACT = /^([A-Z]{1,6})\d{6}[CP]\d{8}$/;

/**
 * The quote table that CBOE's website lets one download: every expiry of one underlying, calls and puts of a
 * strike on one line. Contracts of another root, as SPX (settled at the opening) and SPXW (at the close), are
 * products of their own. A table downloaded while the market is shut shows the close of the last session, which
 * is its instant. Where the date line cannot be read, the setting says when that was. The venue's IV and greeks are not read; they agree with ours where the instant does.
 */
export const cboeQuotePage: PageFormat = {
  name: 'CBOE quote table CSV',
  units: 'open interest, volume and sizes in contracts',
  matches: (head) => head.split(/\r?\n/, HEADER_WITHIN).indexOf(HEADER) > 0,
  nearly: (head) => nearlyHeader(head, HEADER_COLUMNS),
  timeOf: (_path, head) => quotedAt('US', downloadedAt(head)),
  reader: () => readPage,
};

function* readPage({ text, where, timestamp }: Page): PageReadings {
  const lines = text.split(/\r?\n/);
  const headerAt = lines.indexOf(HEADER);
  const title = lines.slice(0, headerAt).join('\n');
  const spot = Number(/Last: (\d+(?:\.\d+)?)/.exec(title)?.[1]);
  const previousClose = previousCloseOf(spot, Number(/Change: +(-?\d+(?:\.\d+)?)/.exec(title)?.[1]));
  const chains = new Map<string, { root: string; expiry: string; builder: ChainBuilder }>();

  for (let i = headerAt + 1; i < lines.length; i++) {
    if (isTurn(i)) yield null;
    if (lines[i] === '') continue;
    let cells: string[];
    try {
      cells = csvRowOf(WIDTH, lines[i]);
    } catch (error) {
      yield rejected(error, { ...where, line: i + 1 });
      continue;
    }
    for (const [side, start] of SIDES) {
      try {
        addLeg(cells, side, start);
      } catch (error) {
        yield rejected(error, { ...where, line: i + 1 });
      }
    }
  }

  function addLeg(cells: string[], side: Side, start: number): void {
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
    const lot = listedLot(listing, expiry, timestamp);
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

/** Epoch ms of the date in the line above the header, such as 'Date: June 11, 2022, 8:47 PM EDT'. Throws BadCell. */
function downloadedAt(head: string): number {
  const lines = head.split(/\r?\n/, HEADER_WITHIN);
  const at = lines.indexOf(HEADER) - 1;
  const [cell] = csvRow(lines[at]);
  const instant = writtenInstant(cell.replace(DATE_LABEL, ''));
  if (!Number.isNaN(instant)) return instant;
  throw new BadCell(
    'bad_timestamp',
    `line ${at + 1} begins with ${shown(cell)}, expected a date such as "Date: July 2, 2026 at 3:15 PM EDT"`,
  );
}
