import type { Side } from '@deltastream/contracts';
import { exchangeDate, expiryInstant, listedOn } from '@deltastream/reference';
import { type ChainBuilder, createChainBuilder } from '../../chains/chain-builder.ts';
import { chainReading } from '../../chains/chain-reading.ts';
import { listedLot } from '../../chains/lots.ts';
import { rejected, spotTick } from '../../chains/reading.ts';
import { isTurn, type Page, type PageFormat, type PageReadings } from '../../pages/page-format.ts';
import { pageRows } from '../../pages/page-rows.ts';
import {
  amountCell,
  BadCell,
  dateCell,
  priceCell,
  shown,
  sideCell,
  strikeCell,
  words,
} from '../../tables/cells.ts';
import { csvColumns, firstInstant } from '../../tables/csv-row.ts';
import { isObject } from '../../tables/json-cells.ts';
import { tableHeader } from '../../tables/mismatch.ts';

const COLUMNS = [
  'contractSymbol',
  'expiry',
  'type',
  'strike',
  'lastPrice',
  'bid',
  'ask',
  'volume',
  'openInterest',
  'lastTradeDate',
  'spot',
  'session',
] as const;

const SIDE_OF = words<Side>({ C: 'call', P: 'put' });
const OCC_ROOT = /^([A-Z]{1,6})\d{6}[CP]\d{8}$/;

/**
 * Every expiry of one US product as collected from Yahoo Finance. `session` is the last session that was
 * complete, and `spot` its close; quotes are as of the collection, which may be in the session after. The
 * companion `<session>_meta.json` says when that was and what the underlying cost then. Without it the
 * instant is the close of `session` or, when later, the newest trade in the file; in the latter case
 * the price of the underlying at that instant is not known and not given. Open interest is that of the
 * session before; the IV column is not read, some 3% of it is a placeholder near 1e-5.
 */
export const yahooChainPage: PageFormat = {
  name: 'Yahoo option chain CSV (contractSymbol,expiry,type,strike,...,session)',
  units: 'open interest and volume in contracts',
  ...tableHeader(COLUMNS),
  // The instant is known once the page is read; the session is before that and after every page of an earlier one.
  timeOf: (_path, head) => {
    const { at } = csvColumns(head, COLUMNS);
    return firstInstant(head, (cells) => expiryInstant('US', cells[at.session] ?? ''));
  },
  companionOf: (file) => {
    const date = /^\d{4}-\d{2}-\d{2}(?=_)/.exec(file)?.[0];
    return date ? `${date}_meta.json` : null;
  },
  reader: () => readPage,
};

interface YahooRow {
  readonly line: number;
  readonly symbol: string;
  readonly expiry: string;
  readonly add: (builder: ChainBuilder) => void;
  readonly tradedAt: number;
  readonly spot: number;
  readonly session: string;
}

function* readPage(page: Page): PageReadings {
  const { text, where, companion } = page;
  const { at, width } = csvColumns(text, COLUMNS);
  const rows: YahooRow[] = [];
  const add = (cells: string[], line: number) => {
    const row = rowOf(line, (column) => cells[at[column]]);
    const [first = row] = rows;
    if (row.symbol !== first.symbol) {
      throw new BadCell('bad_value', `contractSymbol is of ${row.symbol}, not of ${first.symbol}`);
    }
    rows.push(row);
  };
  yield* pageRows(page, { width, headerLines: 1, add });
  const [first] = rows;
  if (!first) return;
  const listing = listedOn('US', first.symbol);
  const shownNow = instantOf(first, rows, companion?.text ?? null);
  const { timestamp, spot } = shownNow;

  const chains = new Map<string, ChainBuilder>();
  for (const [i, { line, expiry, add }] of rows.entries()) {
    if (isTurn(i)) yield null;
    try {
      if (expiry < exchangeDate('US', timestamp)) {
        throw new BadCell('expired', `expiry ${expiry} is before the page's date`);
      }
      const builder = chains.get(expiry) ?? createChainBuilder();
      add(builder);
      chains.set(expiry, builder);
    } catch (error) {
      yield rejected(error, { ...where, line });
    }
  }
  const tick = spotTick(listing, timestamp, spot, shownNow.previousClose);
  if (tick) yield tick;
  for (const [expiry, builder] of [...chains].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const lot = listedLot(listing, expiry, timestamp);
    yield chainReading({ listing, expiry, timestamp, spot, lot, columns: builder.build() });
  }
}

function rowOf(line: number, cell: (column: (typeof COLUMNS)[number]) => string): YahooRow {
  const symbol = OCC_ROOT.exec(cell('contractSymbol'))?.[1];
  if (!symbol) throw new BadCell('bad_value', `contractSymbol is ${shown(cell('contractSymbol'))}`);
  const expiry = dateCell(cell('expiry'), 'expiry', 'bad_expiry');
  const session = dateCell(cell('session'), 'session', 'bad_timestamp');
  const side = sideCell(SIDE_OF, cell('type'), 'type', 'C or P');
  const strike = strikeCell(cell('strike'), 'strike');
  const quote = {
    bid: priceCell(cell('bid'), 'bid'),
    ask: priceCell(cell('ask'), 'ask'),
    last: priceCell(cell('lastPrice'), 'lastPrice'),
    volume: amountCell(cell('volume'), 'volume'),
    open_interest: amountCell(cell('openInterest'), 'openInterest'),
  };
  return {
    line,
    symbol,
    expiry,
    add: (builder) => builder.add(strike, side, quote),
    tradedAt: Date.parse(cell('lastTradeDate')),
    spot: priceCell(cell('spot'), 'spot'),
    session,
  };
}

interface Shown {
  readonly timestamp: number;
  /** NaN when it is not known. */
  readonly spot: number;
  readonly previousClose: number | null;
}

function instantOf(
  { symbol, session, spot }: YahooRow,
  rows: readonly YahooRow[],
  meta: string | null,
): Shown {
  const close = expiryInstant('US', session);
  const newest = rows.reduce((latest, { tradedAt }) => (tradedAt > latest ? tradedAt : latest), close);
  const collected = meta === null ? null : collectedAt(meta, symbol, session);
  // A companion that says less than the page itself is not of this page.
  if (collected && collected.timestamp >= newest) {
    return { ...collected, previousClose: spot > 0 ? spot : null };
  }
  if (newest === close) return { timestamp: close, spot, previousClose: null };
  return { timestamp: newest, spot: Number.NaN, previousClose: null };
}

function collectedAt(meta: string, symbol: string, session: string): Omit<Shown, 'previousClose'> | null {
  let read: unknown;
  try {
    read = JSON.parse(meta);
  } catch {
    return null;
  }
  const tickers = isObject(read) && read.session === session && isObject(read.tickers) ? read.tickers : {};
  const ticker = tickers[symbol];
  if (!isObject(read) || !isObject(ticker)) return null;
  const timestamp = Date.parse(String(read.utc));
  const spot = Number(ticker.spot_live);
  return timestamp > 0 && spot > 0 ? { timestamp, spot } : null;
}
