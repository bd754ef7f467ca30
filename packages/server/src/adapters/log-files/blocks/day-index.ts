import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type FileSchema, schemaVersion } from '../../sqlite/file-schema.ts';
import { openDatabase } from '../../sqlite/open-database.ts';
import { inTransaction } from '../../sqlite/transaction.ts';
import { type AnalysedBlock, packColumns, packGrams } from './block.ts';
import type { BlockPlace } from './segment.ts';
import { BUCKETS, blocksWith, bucketOf, bucketsOf, packTerms, RUN_BLOCKS, unpackTerms } from './term-runs.ts';

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
    {
      // A row for each term was most of what a line cost. All blocks are indexed again.
      what: 'terms of many blocks in a row',
      sql: `
        DELETE FROM block;
        DROP TABLE term;
        CREATE TABLE waiting_terms (block INTEGER PRIMARY KEY, terms BLOB NOT NULL) STRICT;
        CREATE TABLE run (id INTEGER PRIMARY KEY, blocks TEXT NOT NULL) STRICT;
        CREATE TABLE bucket (id INTEGER PRIMARY KEY, entries BLOB NOT NULL) STRICT;`,
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
  const addTerms = database.prepare('INSERT OR REPLACE INTO waiting_terms VALUES (?, ?)');
  const countWaiting = database.prepare('SELECT count(*) AS count FROM waiting_terms');
  const oldest = database.prepare('SELECT block, terms FROM waiting_terms ORDER BY block LIMIT ?');
  const addRun = database.prepare('INSERT INTO run (blocks) VALUES (?)');
  const addBucket = database.prepare('INSERT INTO bucket VALUES (?, ?)');
  const removeTerms = database.prepare('DELETE FROM waiting_terms WHERE block <= ?');
  /** Makes runs of the terms that wait, where they are of enough blocks. */
  const merge = () => {
    for (let left = Number(countWaiting.get()?.count); left >= RUN_BLOCKS; left -= RUN_BLOCKS) {
      const rows = oldest.all(RUN_BLOCKS);
      const run = Number(addRun.run(JSON.stringify(rows.map(({ block }) => block))).lastInsertRowid);
      const buckets = bucketsOf(rows.map(({ terms }) => unpackTerms(terms as Uint8Array)));
      for (const [bucket, entries] of buckets.entries()) {
        if (entries.length > 0) addBucket.run(run * BUCKETS + bucket, packTerms(entries));
      }
      removeTerms.run(rows[RUN_BLOCKS - 1].block);
    }
  };
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
          if (terms.length > 0) addTerms.run(firstId, packTerms(terms));
        }
        merge();
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
  /** Blocks with a line in the range, before the id, by rising ids; of terms, where any are given, with the first. */
  blocks(range: { fromMs: number; toMs: number; beforeId: number }, terms: readonly number[]): KnownBlock[];
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
  const one = database.prepare(`${inRange} AND id = ?`);
  const blocksOfTerm = hasRuns(database) ? termReader(database) : null;
  const last = database.prepare('SELECT id + lines AS end_id FROM block ORDER BY id DESC LIMIT 1');
  return {
    endId: () => Number(last.get()?.end_id ?? 0),
    blocks({ fromMs, toMs, beforeId }, terms) {
      const rows =
        terms.length === 0 || blocksOfTerm === null
          ? all.all(fromMs, toMs, beforeId)
          : blocksOfTerm(terms[0]).flatMap((id) => one.all(fromMs, toMs, beforeId, id));
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

/** Whether an index is of this release. In one of an earlier release, which no writer has opened since, every block may have a term. */
const hasRuns = (database: DatabaseSync): boolean =>
  schemaVersion(database, INDEX_SCHEMA) === INDEX_SCHEMA.steps.length;

/** Ids of blocks that have a term, rising. */
function termReader(database: DatabaseSync): (term: number) => number[] {
  const waiting = database.prepare('SELECT block, terms FROM waiting_terms');
  const runs = database.prepare(
    `SELECT blocks, entries FROM run JOIN bucket ON bucket.id = run.id * ${BUCKETS} + ?`,
  );
  return (term) => {
    const found = new Set<number>();
    // First: terms that go from here to a run meanwhile are found there, and not missed.
    for (const { block, terms } of waiting.iterate()) {
      if (unpackTerms(terms as Uint8Array).includes(term)) found.add(Number(block));
    }
    for (const { blocks, entries } of runs.iterate(bucketOf(term))) {
      const places = blocksWith(unpackTerms(entries as Uint8Array), term);
      if (places.length === 0) continue;
      const ids = JSON.parse(String(blocks)) as number[];
      for (const place of places) found.add(ids[place]);
    }
    return [...found].sort((a, b) => a - b);
  };
}
