import type { DatabaseSync } from 'node:sqlite';
import { inTransaction } from '../sqlite/open-database.ts';
import { onFile } from './store-file.ts';

export const HOT_VERSION = 1;
/** Two or three snapshots a page. */
export const HOT_PAGE_BYTES = 16_384;

/**
 * Snapshots of one UTC day; the file says everything about itself. `id` rises with every write, also
 * when a snapshot is replaced, so that what was written after a given point can be found again. The key is
 * in the order of time, in which snapshots come, so that a commit touches the last page of its index only;
 * a chain's own order in time is that of its summaries in main.db.
 */
export const HOT_SCHEMA = `
  CREATE TABLE chain (
    id INTEGER PRIMARY KEY,
    product TEXT NOT NULL,
    expiry TEXT NOT NULL,
    UNIQUE (product, expiry)
  ) STRICT;
  CREATE TABLE snap (
    id INTEGER PRIMARY KEY,
    chain INTEGER NOT NULL,
    ts INTEGER NOT NULL,
    epoch TEXT NOT NULL,
    seq INTEGER NOT NULL,
    data BLOB NOT NULL,
    UNIQUE (ts, chain)
  ) STRICT;`;

export interface SnapshotRow {
  readonly product: string;
  readonly expiry: string;
  readonly timestamp: number;
  readonly epoch: string;
  readonly seq: number;
  readonly blob: Uint8Array;
}

export interface WrittenBlob {
  readonly id: number;
  readonly data: Uint8Array;
}

export interface HotFile {
  /** Writes all rows in one transaction; answers whether each was accepted by the [epoch, seq] rule. */
  put(rows: readonly SnapshotRow[]): boolean[];
  /** The id of the last write; 0 when there is none. */
  lastId(): number;
  /** At most `limit` snapshots written after an id, in the order in which they were. */
  since(id: number, limit: number): WrittenBlob[];
  /** Pages of the log that are not yet in the file. */
  logBacklog(): number;
  close(): void;
}

export function createHotFile(file: string, database: DatabaseSync): HotFile {
  const selectChain = database.prepare('SELECT id FROM chain WHERE product = ? AND expiry = ?');
  const insertChain = database.prepare('INSERT INTO chain (product, expiry) VALUES (?, ?)');
  const insert = database.prepare(
    `INSERT INTO snap (chain, ts, epoch, seq, data) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (chain, ts) DO UPDATE
     SET id = (SELECT max(id) + 1 FROM snap), epoch = excluded.epoch, seq = excluded.seq, data = excluded.data
     WHERE (excluded.epoch, excluded.seq) >= (snap.epoch, snap.seq)`,
  );
  const selectLastId = database.prepare('SELECT max(id) AS id FROM snap');
  const selectSince = database.prepare('SELECT id, data FROM snap WHERE id > ? ORDER BY id LIMIT ?');
  const checkpointState = database.prepare('PRAGMA wal_checkpoint(NOOP)');
  const chains = new Map<string, number>();

  const chainId = (product: string, expiry: string): number => {
    const key = `${product} ${expiry}`;
    const known = chains.get(key);
    if (known !== undefined) return known;
    const stored = selectChain.get(product, expiry)?.id ?? insertChain.run(product, expiry).lastInsertRowid;
    chains.set(key, Number(stored));
    return Number(stored);
  };

  return {
    put: (rows) =>
      onFile(file, () => {
        try {
          return inTransaction(database, () =>
            rows.map((row) => {
              const chain = chainId(row.product, row.expiry);
              return insert.run(chain, row.timestamp, row.epoch, row.seq, row.blob).changes === 1;
            }),
          );
        } catch (error) {
          // Ids given out in a transaction that was rolled back mean nothing.
          chains.clear();
          throw error;
        }
      }),
    lastId: () => onFile(file, () => Number(selectLastId.get()?.id ?? 0)),
    since: (id, limit) => onFile(file, () => selectSince.all(id, limit) as unknown as WrittenBlob[]),
    logBacklog: () => backlogOf(checkpointState.get()),
    close: () => database.close(),
  };
}

/** Reads the row that `PRAGMA wal_checkpoint` answers. */
export function backlogOf(row: Record<string, unknown> | undefined): number {
  return Math.max(0, Number(row?.log ?? 0) - Number(row?.checkpointed ?? 0));
}
