import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Side } from '@deltastream/contracts';
import { rejected } from '../../chains/reading.ts';
import type { Series } from '../../chains/series-cursor.ts';
import { createPageStructure } from '../../pages/page-structure.ts';
import { RecordingError } from '../../recording-error.ts';
import type { RejectedItem } from '../../source.ts';
import { amountCell, BadCell, priceCell, shown } from '../../tables/cells.ts';
import type { RecordingAccess } from '../../transport/recording-access.ts';
import { type Bounds, tooLarge } from '../../transport/recording-limits.ts';
import { type ZipMember, zipMembers } from '../../transport/zip-members.ts';

/** What a minute bar is called in Lean's files, and what is read of it. */
export type LeanKind = 'quote' | 'trade' | 'openinterest';

const MEMBER =
  /^(\d{8})_([a-z0-9.]+)_minute_(quote|trade|openinterest)_(?:american|european)_(call|put)_(\d+)_(\d{8})\.csv$/;

/** Lean writes prices of shares and options, and strikes, times this; prices of indices as they are. */
const PRICE_SCALE = 10_000;
const MINUTE_MS = 60_000;

/** What the files of one day may unpack to; parsed, it is held in memory in about as many bytes. */
const MAX_DAY_BYTES = 256 * 1024 * 1024;

export interface LeanContract {
  readonly date: string;
  readonly symbol: string;
  readonly kind: LeanKind;
  readonly expiry: string;
  readonly strike: number;
  readonly side: Side;
}

/** What a member's name says; null when it is not a minute file of an option. */
export function leanContract(path: string): LeanContract | null {
  const parts = MEMBER.exec(path);
  if (!parts) return null;
  const [, date, symbol, kind, side, strike, expiry] = parts;
  return {
    date: isoDate(date),
    symbol: symbol.toUpperCase(),
    kind: kind as LeanKind,
    expiry: isoDate(expiry),
    strike: Number(strike) / PRICE_SCALE,
    side: side as Side,
  };
}

const KEPT_BESIDE: Readonly<Record<Exclude<LeanKind, 'quote'>, string>> = {
  trade: 'trades',
  openinterest: 'open interest',
};
const UNDERLYING = /^\d{8}_[a-z0-9.]+_minute_(?:quote|trade)\.csv$/;

/** What a member holds that is no recording by itself, and what to do; null of others. */
export function keptBesideQuotes(path: string): string | null {
  const kind = leanContract(path)?.kind;
  if (kind === 'quote' || (kind === undefined && !UNDERLYING.test(path))) return null;
  const what = kind === undefined ? 'prices of an underlying' : KEPT_BESIDE[kind];
  return `holds Lean's ${what}, read with the quotes of the same folder: import DATE_quote_STYLE.zip`;
}

/** The files of one day that lie beside the one with its quotes; null where there is none. */
export function leanFiles(quotes: string): {
  trade: string | null;
  openInterest: string | null;
  underlying: string | null;
} {
  const folder = dirname(quotes);
  const file = basename(quotes);
  const [date] = file.split('_', 1);
  const found = (...names: string[]) => {
    const paths = names.flatMap((name) => [join(folder, name), join(folder, `${name}.zip`)]);
    return paths.find((path) => existsSync(path)) ?? null;
  };
  return {
    trade: found(file.replace('_quote_', '_trade_')),
    openInterest: found(file.replace('_quote_', '_openinterest_')),
    underlying: found(`underlying_${date}_trade.zip`, join('..', 'index', `${date}_trade.zip`)),
  };
}

/**
 * Reads the members of the files of one day, counting what they unpack to.
 * Rejects with `unreadable_source` beyond `MAX_DAY_BYTES`.
 */
export function createLeanReader(access: RecordingAccess): (path: string) => AsyncGenerator<ZipMember> {
  let bytes = 0;
  return async function* (path) {
    for await (const member of zipMembers(path, access)) {
      bytes += member.size;
      if (bytes > MAX_DAY_BYTES) {
        throw new RecordingError(
          'unreadable_source',
          `${basename(path)}: the files of its day unpack to more than ${MAX_DAY_BYTES} bytes`,
        );
      }
      yield member;
    }
  };
}

/** Cells of the rows of a kind, and what is kept of them: time, then numbers. Bars are known when they end. */
const ROWS: Readonly<
  Record<LeanKind | 'underlying', { readonly cells: number; of(cells: string[], scale: number): number[] }>
> = {
  quote: {
    cells: 11,
    of: (cells, scale) => [
      Number(cells[0]) + MINUTE_MS,
      scaledPrice(cells[4], 'bid close', scale),
      scaledPrice(cells[9], 'ask close', scale),
      amountCell(cells[5], 'bid size'),
      amountCell(cells[10], 'ask size'),
    ],
  },
  trade: {
    cells: 6,
    of: (cells, scale) => [
      Number(cells[0]) + MINUTE_MS,
      scaledPrice(cells[4], 'close', scale),
      amountCell(cells[5], 'volume'),
    ],
  },
  openinterest: {
    cells: 2,
    of: (cells) => [Number(cells[0]), amountCell(cells[1], 'open interest')],
  },
  underlying: {
    cells: 6,
    of: (cells, scale) => [Number(cells[0]) + MINUTE_MS, scaledPrice(cells[4], 'close', scale)],
  },
};

/** A price of a share or its option has no decimals where it is written times the scale. Throws BadCell. */
function scaledPrice(text: string, column: string, scale: number): number {
  if (scale !== 1 && text.includes('.')) {
    throw new BadCell('bad_value', `${column} is ${shown(text)}, expected a price times ${PRICE_SCALE}`);
  }
  return priceCell(text, column) / scale;
}

/**
 * The first price in the beginning of a member of quotes that is not written times 10,000: Lean writes those of
 * future options as they are, by the time of UTC. Null when there is none.
 */
export function unscaledPrice(head: string): { readonly line: number; readonly text: string } | null {
  const lines = head.split(/\r?\n/);
  for (let i = 0; i < lines.length; i++) {
    const cells = lines[i].split(',');
    const text = cells.length === ROWS.quote.cells ? cells.slice(1).find((cell) => cell.includes('.')) : null;
    if (text) return { line: i + 1, text };
  }
  return null;
}

/** Returns the rows of one member, by milliseconds after midnight, New York; yields those that are none. */
export async function* leanSeries(
  member: ZipMember,
  kind: LeanKind | 'underlying',
  file: string,
  limits: Bounds,
  isIndex = false,
): AsyncGenerator<RejectedItem, Series> {
  const rows = ROWS[kind];
  const values: number[] = [];
  let width = 1;
  let latest = Number.NEGATIVE_INFINITY;
  const content = await member.content();
  const beyond = createPageStructure(limits).take(content);
  if (beyond !== null) throw tooLarge(`${file}: member ${member.path}: ${beyond}`);
  const lines = new TextDecoder().decode(content).split(/\r?\n/);
  for (let i = 0; i < lines.length; i++) {
    if (lines[i] === '') continue;
    try {
      const cells = lines[i].split(',');
      if (cells.length !== rows.cells) {
        throw new BadCell('wrong_column_count', `${cells.length} columns, expected ${rows.cells}`);
      }
      if (!/^\d{1,8}$/.test(cells[0]))
        throw new BadCell('bad_timestamp', `time is ${JSON.stringify(cells[0].slice(0, 40))}`);
      const row = rows.of(cells, isIndex ? 1 : PRICE_SCALE);
      if (row[0] <= latest)
        throw new BadCell('out_of_order', `time ${cells[0]} is not after the row before it`);
      latest = row[0];
      width = row.length;
      values.push(...row);
    } catch (error) {
      yield rejected(error, { file, member: member.path, line: i + 1 });
    }
  }
  return { width, values };
}

const isoDate = (digits: string): string => `${digits.slice(0, 4)}-${digits.slice(4, 6)}-${digits.slice(6)}`;
