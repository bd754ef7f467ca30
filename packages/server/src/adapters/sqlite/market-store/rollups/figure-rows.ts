import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { ListRange } from '../../../../ports/stores/market/market-store.ts';
import type { Cells } from '../../../rollups/merge-figures.ts';
import { DamageError } from '../files/store-file.ts';
import {
  createFigureChecksum,
  type FigureTable,
  figureColumns,
  PRODUCT_FIGURES_TABLE,
  SUMMARY_TABLE,
} from '../main/figure-columns.ts';

/** Told of a damaged row that is passed over. */
export type OnDamage = (error: DamageError) => void;

/** The rows of figures of one series as they were put, each compared with its checksum: reads throw DamageError. */
export interface SeriesRows {
  /** The place of the time in a row; the figures of the kind of the series follow. */
  readonly timeAt: number;
  /** With `onDamage` the last sound one. */
  lastWithin(fromMs: number, endMs: number, onDamage?: OnDamage): Cells | null;
  /** Ascending, whichever end of the range was taken. */
  list(range: ListRange): readonly Cells[];
  /** Time of the first row at or after an instant. */
  firstFrom(fromMs: number): number | null;
}

/** One list read from either end; the rows of `last` descend. */
type ListStatement = Readonly<Record<'first' | 'last', StatementSync>>;

/**
 * Rows of the table of summaries, or of figures of products.
 *
 * @param version the schema version of the file
 */
export function createFigureRows(database: DatabaseSync, version: number) {
  const summaries = statements(database, SUMMARY_TABLE, {
    series: 'chain',
    // What step 2 added; before it rows have no checksums.
    lead: [version >= 2 ? 'crc' : 'NULL AS crc', 'quotes'],
    key: [],
  });
  const products =
    version < 3
      ? null
      : statements(database, PRODUCT_FIGURES_TABLE, {
          series: 'product',
          lead: ['crc'],
          key: ['as_of', 'progress'],
        });
  const summaryChecksum = createFigureChecksum([...summaries.unknown, ...SUMMARY_TABLE.figures]);
  const productChecksum = createFigureChecksum([
    ...(products?.unknown ?? []),
    ...PRODUCT_FIGURES_TABLE.figures,
  ]);

  return {
    /** Of the expiry that has this id in the file. */
    chain(name: string, id: number): SeriesRows {
      const { unknown, timeAt } = summaries;
      return rowsOf(summaries, id, (row) => {
        const [crc, quotes, ...rest] = row;
        if (crc === null) return;
        const key = [id, Number(row[timeAt]), Number(quotes)];
        if (crc === summaryChecksum('', key, rest.toSpliced(unknown.length, 1))) return;
        throw new DamageError(`the summary of ${name} at ${shownTime(row[timeAt])} is damaged`);
      });
    },
    /** Null for a file that has none yet. */
    product(product: string): SeriesRows | null {
      if (products === null) return null;
      const { unknown, timeAt } = products;
      return rowsOf(products, product, ([crc, ...row]) => {
        const key = row.slice(unknown.length, unknown.length + 3);
        if (crc === productChecksum(`${product} `, key, row.toSpliced(unknown.length, 3))) return;
        throw new DamageError(`the figures of ${product} at ${shownTime(row[timeAt - 1])} are damaged`);
      });
    },
  };
}

export type FigureRows = ReturnType<typeof createFigureRows>;

/** Rows are what leads, figures that only a newer release knows, the time, what else is of the key, and the figures. */
function statements(
  database: DatabaseSync,
  table: FigureTable,
  { series, lead, key }: { series: string; lead: readonly string[]; key: readonly string[] },
) {
  const { sql, unknown } = figureColumns(database, table);
  const columns = [...lead, ...unknown, 'ts', ...key, sql].join(', ');
  const within = `FROM ${table.name} WHERE ${series} = ? AND ts >= ?`;
  const asArrays = (text: string) => {
    const statement = database.prepare(text);
    statement.setReturnArrays(true);
    return statement;
  };
  const list: ListStatement = {
    first: asArrays(`SELECT ${columns} ${within} AND ts < ? ORDER BY ts LIMIT ?`),
    last: asArrays(`SELECT ${columns} ${within} AND ts < ? ORDER BY ts DESC LIMIT ?`),
  };
  return {
    unknown,
    timeAt: lead.length + unknown.length,
    list,
    // SQLite plans a statement again whenever a LIMIT that is a parameter is bound, which takes ten times as long as
    // the seek.
    lastWithin: asArrays(`SELECT ${columns} ${within} AND ts < ? ORDER BY ts DESC LIMIT 1`),
    firstFrom: database.prepare(`SELECT ts ${within} ORDER BY ts LIMIT 1`),
  };
}

function rowsOf(
  { timeAt, list, lastWithin, firstFrom }: ReturnType<typeof statements>,
  key: number | string,
  requireSound: (row: Cells) => void,
): SeriesRows {
  return {
    timeAt,
    lastWithin(fromMs, endMs, onDamage) {
      for (let beforeMs = endMs; ; ) {
        const [row] = lastWithin.all(key, fromMs, beforeMs) as unknown as Cells[];
        if (row === undefined) return null;
        try {
          requireSound(row);
          return row;
        } catch (error) {
          if (onDamage === undefined || !(error instanceof DamageError)) throw error;
          onDamage(error);
          beforeMs = Number(row[timeAt]);
        }
      }
    },
    list({ fromMs, toMs, limit, take = 'first' }) {
      const rows = list[take].all(key, fromMs, toMs, limit) as unknown as Cells[];
      for (const row of rows) requireSound(row);
      return take === 'last' ? rows.reverse() : rows;
    },
    firstFrom(fromMs) {
      const row = firstFrom.get(key, fromMs);
      return row === undefined ? null : Number(row.ts);
    },
  };
}

/** A time that may be damaged, too. */
export function shownTime(epochMs: number | null): string {
  const date = new Date(epochMs ?? Number.NaN);
  return Number.isNaN(date.getTime()) ? String(epochMs) : date.toISOString();
}
