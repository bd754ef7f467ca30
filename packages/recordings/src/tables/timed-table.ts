import type { Side } from '@deltastream/contracts';
import { exchangeDate, type Listing } from '@deltastream/reference';
import { type ChainBuilder, createChainBuilder, type Quote } from '../chains/chain-builder.ts';
import { chainReading } from '../chains/chain-reading.ts';
import type { Lot } from '../chains/lots.ts';
import { type Reading, rejected, spotTick } from '../chains/reading.ts';
import type { Stream } from '../pages/stream-format.ts';
import type { Where } from '../source.ts';
import { type Bounds, beyondLimit } from '../transport/recording-limits.ts';
import { BadCell, quoteInstant } from './cells.ts';
import { csvColumns, csvRowOf, firstInstant } from './csv-row.ts';
import { brokenOff, textLines } from './text-lines.ts';

/** A CSV with one row per contract and instant, in time order. */
export interface Table {
  /** The columns that are read. */
  readonly columns: readonly string[];
  /** What a row says; `cell` gives a column's text. Throws BadCell. */
  row(cell: (column: string) => string): TableRow;
}

export interface TableRow {
  readonly listing: Listing;
  readonly timestamp: number;
  readonly expiry: string;
  readonly strike: number;
  readonly side: Side;
  readonly spot: number;
  readonly lot: Lot;
  readonly quote: Quote;
}

interface ExpirySnapshot {
  readonly first: TableRow;
  readonly builder: ChainBuilder;
}

/** A table as it comes, one snapshot in memory. */
export function tableStream(table: Table): Stream {
  return {
    timeOf: (head) => {
      const { at, width } = csvColumns(head, table.columns);
      return firstInstant(head, (cells) =>
        cells.length < width ? Number.NaN : quoteInstant(table.row((column) => cells[at[column]]).timestamp),
      );
    },
    read: (chunks, where, limits) => readTable(chunks, where, table, limits),
  };
}

/**
 * A snapshot is the run of rows with one timestamp; its spot is that of the first row of each product. One that has
 * more rows than a page may have is cut there.
 */
async function* readTable(
  chunks: AsyncIterable<Uint8Array>,
  source: Where,
  table: Table,
  limits: Bounds,
): AsyncGenerator<Reading> {
  let header: ReturnType<typeof csvColumns> | null = null;
  let timestamp = Number.NEGATIVE_INFINITY;
  let snapshot = new Map<string, ExpirySnapshot>();
  let rows = 0;

  function* flush(): Generator<Reading> {
    const shown = new Set<string>();
    for (const { first } of snapshot.values()) {
      if (shown.has(first.listing.symbol)) continue;
      shown.add(first.listing.symbol);
      const tick = spotTick(first.listing, timestamp, first.spot);
      if (tick) yield tick;
    }
    for (const { first, builder } of snapshot.values()) {
      const { listing, expiry, spot, lot } = first;
      yield chainReading({ listing, expiry, timestamp, spot, lot, columns: builder.build() });
    }
    snapshot = new Map();
    rows = 0;
  }

  function* line(text: string, { at, width }: ReturnType<typeof csvColumns>, where: Where) {
    try {
      const cells = csvRowOf(width, text);
      const row = table.row((column) => cells[at[column]]);
      quoteInstant(row.timestamp);
      if (row.timestamp < timestamp) {
        throw new BadCell(
          'out_of_order',
          `${instant(row.timestamp)} is before ${instant(timestamp)}, already passed`,
        );
      }
      const date = exchangeDate(row.listing.exchange, row.timestamp);
      if (row.expiry < date) {
        throw new BadCell('expired', `expiry ${row.expiry} is before the row's date ${date}`);
      }
      if (row.timestamp > timestamp) {
        yield* flush();
        timestamp = row.timestamp;
      }
      rows += 1;
      if (rows > limits.maxPageItems) {
        throw new BadCell('too_large', beyondLimit(limits, 'maxPageItems', `${rows} rows of one instant`));
      }
      const key = `${row.listing.symbol} ${row.expiry}`;
      let chain = snapshot.get(key);
      if (!chain) {
        chain = { first: row, builder: createChainBuilder() };
        snapshot.set(key, chain);
      }
      chain.builder.add(row.strike, row.side, row.quote);
    } catch (error) {
      yield rejected(error, where);
    }
  }

  for await (const batch of textLines(chunks)) {
    if (batch.kind === 'broken_off') {
      yield* flush();
      yield brokenOff(batch, source);
      return;
    }
    for (let i = 0; i < batch.lines.length; i++) {
      const text = batch.lines[i];
      if (!header) header = csvColumns(text, table.columns);
      else if (text !== '') yield* line(text, header, { ...source, line: batch.first + i });
    }
  }
  yield* flush();
}

const instant = (epochMs: number): string => new Date(epochMs).toISOString();
