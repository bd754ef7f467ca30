import { amount, BadCell, isObject, type Json, number, price, shown } from '@deltastream/recordings/cells';
import { isAdjusted, type OccContract, occContract } from '@deltastream/recordings/us';
import { localInstant } from '@deltastream/reference';
import { createPageSplitter } from './page-splitter.ts';

/** A contract of a page: prices per unit, amounts in contracts, NaN where there is none. A bid of 0 is "nobody bids". */
export interface PageRow {
  readonly symbol: string;
  readonly contract: OccContract;
  readonly bid: number;
  readonly ask: number;
  readonly last: number;
  readonly bidSize: number;
  readonly askSize: number;
  readonly volume: number;
  /** Of the close of the session before. */
  readonly openInterest: number;
  readonly previousClose: number;
}

export interface CboePage {
  /** Epoch ms at which the file was made. */
  readonly madeAt: number;
  /** Epoch ms of its quotes, some 15 minutes earlier. */
  readonly quotedAt: number;
  /** The same in two files: nothing has changed between them. */
  readonly version: string;
  readonly spot: number;
  readonly previousClose: number;
  readonly rows: readonly PageRow[];
  /** Contracts that were not understood, or belong to an adjusted class, by reason. */
  readonly rejected: ReadonlyMap<string, number>;
}

/** Adjusted classes are counted apart: they are left out and no fault. */
const ADJUSTED = 'adjusted_class';

/** A page as it comes. */
export interface PageReader {
  /** Throws BadCell. */
  push(text: string): void;
  /** Throws BadCell where the page is cut off or says nothing of its time. */
  end(): CboePage;
}

export function createPageReader(): PageReader {
  const rows: PageRow[] = [];
  const rejected = new Map<string, number>();
  const count = (reason: string) => void rejected.set(reason, (rejected.get(reason) ?? 0) + 1);

  const splitter = createPageSplitter((row) => {
    try {
      const read = readRow(row);
      if (read === null) count(ADJUSTED);
      else rows.push(read);
    } catch (error) {
      if (!(error instanceof BadCell)) throw error;
      count(error.rejection);
    }
  });

  return {
    push: splitter.push,
    end: () => {
      const header = splitter.end();
      const { data } = header;
      if (!isObject(data)) throw new BadCell('unreadable_member', 'the page has no data');
      const madeAt = utcInstant(header.timestamp);
      const quotedAt = newYorkInstant(data.last_trade_time);
      if (quotedAt > madeAt) {
        throw new BadCell('bad_timestamp', `its quotes are of ${iso(quotedAt)}, made at ${iso(madeAt)}`);
      }
      const previousClose = price(data, 'prev_day_close');
      const spots = [price(data, 'current_price'), price(data, 'close'), previousClose];
      return {
        madeAt,
        quotedAt,
        version: `${number(data, 'seqno')} ${String(data.last_trade_time)}`,
        spot: spots.find((spot) => spot > 0) ?? Number.NaN,
        previousClose,
        rows,
        rejected,
      };
    },
  };
}

/** Null for a contract of an adjusted class. Throws BadCell. */
function readRow(row: Json): PageRow | null {
  const symbol = String(row.option);
  const contract = occContract(symbol, 'option');
  if (isAdjusted(contract.root)) return null;
  return {
    symbol,
    contract,
    bid: amount(row, 'bid'),
    ask: price(row, 'ask'),
    last: price(row, 'last_trade_price'),
    bidSize: amount(row, 'bid_size'),
    askSize: amount(row, 'ask_size'),
    volume: amount(row, 'volume'),
    openInterest: amount(row, 'open_interest'),
    previousClose: price(row, 'prev_day_close'),
  };
}

const WRITTEN = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}):(\d{2}):(\d{2})/;

/** `2026-07-15 19:50:05`, which is UTC although nothing says so. */
function utcInstant(text: unknown): number {
  const [, date, ...time] = partsOf(text, 'timestamp');
  return instantOf(Date.parse(`${date}T${time.join(':')}Z`), text, 'timestamp');
}

/** `2026-07-15T15:34:38`, the time in New York. */
function newYorkInstant(text: unknown): number {
  const [, date, hours, minutes, seconds] = partsOf(text, 'last_trade_time');
  const instant = localInstant('US', date, Number(hours) * 60 + Number(minutes));
  return instantOf(instant + Number(seconds) * 1000, text, 'last_trade_time');
}

function partsOf(text: unknown, name: string): string[] {
  const parts = typeof text === 'string' ? WRITTEN.exec(text) : null;
  if (parts) return parts;
  throw new BadCell('bad_timestamp', `${name} is ${shown(String(text))}, expected a date and a time`);
}

function instantOf(instant: number, text: unknown, name: string): number {
  if (!Number.isNaN(instant)) return instant;
  throw new BadCell('bad_timestamp', `${name} is ${shown(String(text))}, which is not a valid time`);
}

const iso = (instant: number): string => new Date(instant).toISOString();
