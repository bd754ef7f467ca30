import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { FileSchema } from '../../sqlite/file-schema.ts';
import { openDatabase } from '../../sqlite/open-database.ts';
import { inTransaction } from '../../sqlite/transaction.ts';
import { type AnalysedBlock, packColumns, packGrams } from './block.ts';
import type { BlockPlace } from './segment.ts';

/** Of one UTC day: all of it can be made again from the segments. */
const INDEX_SCHEMA: FileSchema = {
  keepsCopy: false,
  steps: [
    {
      what: 'an index of log lines',
      sql: `
        CREATE TABLE block (
          id INTEGER PRIMARY KEY,
          segment INTEGER NOT NULL,
          place INTEGER NOT NULL,
          bytes INTEGER NOT NULL,
          lines INTEGER NOT NULL,
          min_ms REAL NOT NULL,
          max_ms REAL NOT NULL,
          columns BLOB NOT NULL,
          grams BLOB NOT NULL
        ) STRICT;
        CREATE TABLE term (hash INTEGER NOT NULL, block INTEGER NOT NULL, PRIMARY KEY (hash, block))
          STRICT, WITHOUT ROWID;`,
    },
  ],
};

const NAME = /^index-(\d{8})\.db$/;

export const indexFile = (folder: string, day: string): string => join(folder, `index-${day}.db`);

/** Days that have an index, ascending. */
export const indexedDays = (folder: string): string[] =>
  readdirSync(folder)
    .sort()
    .flatMap((name) => NAME.exec(name)?.[1] ?? []);

export interface IndexedBlock {
  readonly segment: number;
  readonly place: BlockPlace;
  readonly analysed: AnalysedBlock;
}

export interface DayIndex {
  readonly day: string;
  /** Ids of the first lines of the blocks that it has. */
  blocks(): Set<number>;
  /** Adds blocks, all or none. */
  add(blocks: readonly IndexedBlock[]): void;
  /** Forgets the blocks of a segment. Terms of theirs lead nowhere from then on. */
  forget(segment: number): void;
  close(): void;
}

export function openDayIndex(folder: string, day: string, busyTimeoutMs: number): DayIndex {
  const database = openDatabase({
    file: indexFile(folder, day),
    schema: INDEX_SCHEMA,
    synchronous: 'NORMAL',
    busyTimeoutMs,
    isPrivate: true,
  });
  const addBlock = database.prepare('INSERT OR REPLACE INTO block VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)');
  const addTerm = database.prepare('INSERT OR IGNORE INTO term VALUES (?, ?)');
  return {
    day,
    blocks: () =>
      new Set(
        database
          .prepare('SELECT id FROM block')
          .all()
          .map(({ id }) => Number(id)),
      ),
    add(blocks) {
      inTransaction(database, () => {
        for (const { segment, place, analysed } of blocks) {
          const { firstId, offset, bytes, lines } = place;
          const { minMs, maxMs, columns, grams, terms } = analysed;
          const packed = [packColumns(columns), packGrams(grams)] as const;
          addBlock.run(firstId, segment, offset, bytes, lines, minMs, maxMs, ...packed);
          for (const term of BigInt64Array.from(terms).sort()) addTerm.run(term, firstId);
        }
      });
    },
    forget: (segment) => void database.prepare('DELETE FROM block WHERE segment = ?').run(segment),
    close: () => database.close(),
  };
}

/** A block as a reader finds it. */
export interface KnownBlock {
  readonly id: number;
  readonly segment: number;
  readonly place: BlockPlace;
  readonly minMs: number;
  readonly maxMs: number;
}

export interface DayReader {
  /** Blocks with a line in the range, before the id, by rising ids; with the terms, where any are given. */
  blocks(range: { fromMs: number; toMs: number; beforeId: number }, terms: readonly bigint[]): KnownBlock[];
  /** Id behind the last line that is in a block; 0: there is none. */
  endId(): number;
  columns(id: number): Uint8Array;
  grams(id: number): Uint8Array;
  close(): void;
}

export function openDayReader(folder: string, day: string, busyTimeoutMs: number): DayReader {
  const database = new DatabaseSync(indexFile(folder, day), { readOnly: true, timeout: busyTimeoutMs });
  const blob = (column: 'columns' | 'grams') => {
    const statement = database.prepare(`SELECT ${column} AS bytes FROM block WHERE id = ?`);
    return (id: number) => statement.get(id)?.bytes as Uint8Array;
  };
  const inRange = `SELECT id, segment, place, bytes, lines, min_ms, max_ms FROM block
    WHERE max_ms >= ? AND min_ms < ? AND id < ?`;
  const all = database.prepare(`${inRange} ORDER BY id`);
  const some = database.prepare(`${inRange} AND id IN (SELECT block FROM term WHERE hash = ?) ORDER BY id`);
  const last = database.prepare('SELECT id + lines AS end_id FROM block ORDER BY id DESC LIMIT 1');
  return {
    endId: () => Number(last.get()?.end_id ?? 0),
    blocks({ fromMs, toMs, beforeId }, terms) {
      const rows =
        terms.length === 0 ? all.all(fromMs, toMs, beforeId) : some.all(fromMs, toMs, beforeId, terms[0]);
      return rows.map((row) => ({
        id: Number(row.id),
        segment: Number(row.segment),
        place: {
          firstId: Number(row.id),
          lines: Number(row.lines),
          offset: Number(row.place),
          bytes: Number(row.bytes),
        },
        minMs: Number(row.min_ms),
        maxMs: Number(row.max_ms),
      }));
    },
    columns: blob('columns'),
    grams: blob('grams'),
    close: () => database.close(),
  };
}
