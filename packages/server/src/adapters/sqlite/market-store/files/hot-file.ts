import { closeSync, fdatasync, fdatasyncSync, openSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import type { ChainHead } from '@deltastream/contracts/codec';
import { createSnapshotComparison } from '../../../../codec/same-content.ts';
import { compareVersions } from '../../../../ports/stores/version-order.ts';
import { inTransaction } from '../../transaction.ts';
import { backlogOf, onFile, requireIntegrity } from './store-file.ts';

/** Two or three snapshots a page. */
export const HOT_PAGE_BYTES = 16_384;

export interface SnapshotRow {
  readonly head: ChainHead;
  readonly blob: Uint8Array;
}

/**
 * What became of a row. new: its key was free. replaced: it took the place of an older version, or of one that
 * is damaged. same: likewise, and says the same. again: this very version is there. revised: this very version took its
 * own place and says something else, as when its figures are computed again. older: a newer one is.
 */
export type PutOutcome = 'new' | 'replaced' | 'same' | 'again' | 'revised' | 'older';

export interface WrittenBlob {
  readonly id: number;
  readonly data: Uint8Array;
}

/** Makes what was written to an open file durable. */
export type SyncData = (descriptor: number) => Promise<void>;

export interface HotFile {
  /**
   * Writes all rows in one transaction by the order of their versions; returns what became of each. It survives a crash of
   * the process, and once `sync` is done power loss.
   */
  put(rows: readonly SnapshotRow[]): PutOutcome[];
  /** Begins to make what was put durable, which the disk does while the thread goes on. */
  sync(): Promise<void>;
  /** The same at once. */
  syncNow(): void;
  /** Makes all durable by writing it anew, from the log into the file. Throws while somebody reads what was there before. */
  moveLog(): void;
  holds(key: { readonly product: string; readonly expiry: string }, timestamp: number): boolean;
  /** The id of the last write; 0 when there is none. */
  lastId(): number;
  /** At most `limit` snapshots written after an id, in the order in which they were. */
  since(id: number, limit: number): WrittenBlob[];
  /** Throws StoreFileError where its structure is not sound. */
  check(): void;
  /** Pages of the log that are not yet in the file. */
  logBacklog(): number;
  close(): void;
}

/** The sealed snapshot of a key, null where there is none, or `damaged`. */
export type SealedBlob = (
  key: { readonly product: string; readonly expiry: string },
  timestamp: number,
) => Uint8Array | 'damaged' | null;

/**
 * `sealed` is asked at each put what is sealed of the same day, which rows of this file replace; null while nothing is. What
 * is sealed meanwhile comes from this file, whose rows stay until the writer releases them.
 */
export function createHotFile(
  file: string,
  database: DatabaseSync,
  sealed: () => SealedBlob | null = () => null,
  syncData: SyncData = promisify(fdatasync),
): HotFile {
  const selectChain = database.prepare('SELECT id FROM chain WHERE product = ? AND expiry = ?');
  const insertChain = database.prepare('INSERT INTO chain (product, expiry) VALUES (?, ?)');
  const insert = database.prepare(
    'INSERT INTO snap (chain, ts, epoch, seq, data) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
  );
  const selectHeld = database.prepare('SELECT id, data FROM snap WHERE ts = ? AND chain = ?');
  const selectKey = database.prepare(
    'SELECT 1 FROM snap WHERE ts = ? AND chain = (SELECT id FROM chain WHERE product = ? AND expiry = ?)',
  );
  const replace = database.prepare(
    `UPDATE snap SET id = (SELECT max(id) + 1 FROM snap), epoch = ?, seq = ?, data = ? WHERE id = ?`,
  );
  const remove = database.prepare('DELETE FROM snap WHERE ts = ? AND chain = ?');
  const comparison = createSnapshotComparison();
  const selectLastId = database.prepare('SELECT max(id) AS id FROM snap');
  const selectSince = database.prepare('SELECT id, data FROM snap WHERE id > ? ORDER BY id LIMIT ?');
  const moveLog = database.prepare('PRAGMA wal_checkpoint(FULL)');
  const checkpointState = database.prepare('PRAGMA wal_checkpoint(NOOP)');
  const chains = new Map<string, number>();
  /** A row is looked for first where the one before it was there, as when figures are computed again. */
  let isExpected = false;
  /** Of the log, which is there while the file is open to be written to. */
  let log: number | null = null;
  let syncing = 0;
  let closed = false;
  const descriptor = (): number => {
    // Windows syncs only what is open for writing.
    log ??= openSync(`${file}-wal`, 'r+');
    return log;
  };
  const closeLog = (): void => {
    if (log !== null && syncing === 0) closeSync(log);
    if (syncing === 0) log = null;
  };

  const chainId = (product: string, expiry: string): number => {
    const key = `${product} ${expiry}`;
    const known = chains.get(key);
    if (known !== undefined) return known;
    const stored = selectChain.get(product, expiry)?.id ?? insertChain.run(product, expiry).lastInsertRowid;
    chains.set(key, Number(stored));
    return Number(stored);
  };

  /** What a put does to the snapshot that lies at its key. */
  const outcomeOf = (held: Uint8Array, head: ChainHead, blob: Uint8Array): Exclude<PutOutcome, 'new'> => {
    const heldHead = comparison.headOf(held);
    if (heldHead === null) return 'replaced';
    const order = compareVersions(head.chain, heldHead.chain);
    if (order < 0) return 'older';
    const same = comparison.saySame(heldHead, held, head, blob);
    if (order === 0) return same ? 'again' : 'revised';
    return same ? 'same' : 'replaced';
  };

  const putRow = ({ head, blob }: SnapshotRow, sealedBlob: SealedBlob | null): PutOutcome => {
    const { product, expiry, timestamp, epoch, seq } = head.chain;
    const chain = chainId(product, expiry);
    const select = () => selectHeld.get(timestamp, chain) as WrittenBlob | undefined;
    let held = isExpected ? select() : undefined;
    if (held === undefined && insert.run(chain, timestamp, epoch, seq, blob).changes === 1) {
      isExpected = false;
      const outcome = sealedBlob === null ? 'new' : against(sealedBlob, head, blob);
      if (outcome === 'older' || outcome === 'again') remove.run(timestamp, chain);
      return outcome;
    }
    isExpected = true;
    held ??= select() as WrittenBlob;
    const outcome = outcomeOf(held.data, head, blob);
    if (outcome !== 'again' && outcome !== 'older') replace.run(epoch, seq, blob, held.id);
    return outcome;
  };

  const against = (sealedBlob: SealedBlob, head: ChainHead, blob: Uint8Array): PutOutcome => {
    const held = sealedBlob(head.chain, head.chain.timestamp);
    if (held === null) return 'new';
    return held === 'damaged' ? 'replaced' : outcomeOf(held, head, blob);
  };

  return {
    put: (rows) =>
      onFile(file, () => {
        try {
          const sealedBlob = sealed();
          return inTransaction(database, () => rows.map((row) => putRow(row, sealedBlob)));
        } catch (error) {
          // Ids given out in a transaction that was rolled back mean nothing.
          chains.clear();
          throw error;
        }
      }),
    async sync() {
      const opened = onFile(file, descriptor);
      syncing++;
      try {
        await syncData(opened);
      } catch (error) {
        onFile(file, () => {
          throw error;
        });
      } finally {
        syncing--;
        if (closed) closeLog();
      }
    },
    syncNow: () => onFile(file, () => fdatasyncSync(descriptor())),
    moveLog: () =>
      onFile(file, () => {
        if (moveLog.get()?.busy !== 0)
          throw new Error('it is being read, so that its log cannot be moved into it yet');
      }),
    holds: ({ product, expiry }, timestamp) =>
      onFile(file, () => selectKey.get(timestamp, product, expiry) !== undefined),
    lastId: () => onFile(file, () => Number(selectLastId.get()?.id ?? 0)),
    since: (id, limit) => onFile(file, () => selectSince.all(id, limit) as unknown as WrittenBlob[]),
    check: () => onFile(file, () => requireIntegrity(database)),
    logBacklog: () => backlogOf(checkpointState.get()),
    close() {
      closed = true;
      closeLog();
      database.close();
    },
  };
}
