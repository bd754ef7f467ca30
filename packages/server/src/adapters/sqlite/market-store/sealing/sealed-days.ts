import { basename } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { createSegmentCodec, MalformedBlobError, type Segment } from '@deltastream/contracts/codec';
import { isCorrupt } from '../../../../kit/files/sqlite-errors.ts';
import { dayFile, inodeOf } from '../files/files.ts';
import { DAY_SCHEMA } from '../files/schemas.ts';
import { DamageError, onFile, openStoreFileToRead, READ_CACHE } from '../files/store-file.ts';
import type { ChainKey } from '../messages.ts';

export interface SealedDaysSettings {
  readonly folder: string;
  readonly busyTimeoutMs: number;
  /** Files kept open, the least recently used closed first. */
  readonly maxOpenDays: number;
}

/** A snapshot in its segment. */
export interface SealedSnapshot {
  readonly segment: Segment;
  readonly index: number;
}

/** Snapshots of a chain in a sealed day, to be read before anything else is asked of the days. */
export interface SealedChain {
  /** Null where there is no such snapshot. Throws StoreFileError where its segment is damaged. */
  find(timestamp: number): SealedSnapshot | null;
}

/** Reads the sealed days of a folder, also while one of them is sealed again. */
export interface SealedDays {
  has(day: number): boolean;
  /** A chain of a day as its file is at this moment; null where the day is not sealed. Throws StoreFileError. */
  chain(day: number, key: ChainKey): SealedChain | null;
  /** Throws StoreFileError where the file of a day cannot be read as one. */
  check(day: number): void;
  /** Every segment of a day that comes after an id; `damaged` is told why one cannot be read. */
  segments(
    day: number,
    damaged: (reason: string) => void,
    after: number,
  ): Iterable<{ readonly id: number; readonly segment: Segment }>;
  /** Closes files that retention removed: the disk has their room once nobody has them open. */
  closeRemoved(): void;
  close(): void;
}

/** Segments kept decoded: what reads a chain in order takes one after the other, and a page of chains one of each. */
const KEPT_SEGMENTS = 4;

const FOUND_BY_INDEX = `SELECT count(*) AS count FROM seg AS stored NOT INDEXED WHERE EXISTS
  (SELECT 1 FROM seg AS listed WHERE listed.chain = stored.chain AND listed.first_ts = stored.first_ts
   AND listed.id = stored.id)`;

interface SegmentRow {
  readonly id: number;
  readonly first_ts: number;
  readonly last_ts: number;
}

interface OpenDay {
  readonly database: DatabaseSync;
  readonly inode: number | undefined;
  readonly chain: StatementSync;
  readonly select: StatementSync;
  readonly data: StatementSync;
}

export function createSealedDays({ folder, busyTimeoutMs, maxOpenDays }: SealedDaysSettings): SealedDays {
  const codec = createSegmentCodec();
  const open = new Map<number, OpenDay>();
  const kept = new Map<string, Segment>();

  const close = (day: number, { database }: OpenDay) => {
    database.close();
    open.delete(day);
    for (const key of kept.keys()) if (key.startsWith(`${day} `)) kept.delete(key);
  };

  const closeRemoved = (): void => {
    for (const [day, held] of open) if (inodeOf(dayFile(folder, day)) !== held.inode) close(day, held);
  };

  const opened = (day: number, file: string): OpenDay | null => {
    const inode = inodeOf(file);
    let held = open.get(day);
    open.delete(day);
    if (held !== undefined && held.inode !== inode) {
      // Sealed again, or removed by retention.
      close(day, held);
      held = undefined;
    }
    if (held === undefined) {
      const found = openStoreFileToRead(file, DAY_SCHEMA, busyTimeoutMs);
      if (found === null) return null;
      const { database } = found;
      database.exec(READ_CACHE);
      held = {
        database,
        inode,
        chain: database.prepare('SELECT id FROM chain WHERE product = ? AND expiry = ?'),
        select: database.prepare(
          'SELECT id, first_ts, last_ts FROM seg WHERE chain = ? AND first_ts <= ? ORDER BY first_ts DESC LIMIT 1',
        ),
        data: database.prepare('SELECT data FROM seg WHERE id = ?'),
      };
    }
    open.set(day, held);
    for (const [oldest, each] of open) {
      if (open.size <= maxOpenDays) break;
      close(oldest, each);
    }
    return held;
  };

  const segmentOf = (day: number, { data }: OpenDay, id: number): Segment => {
    const key = `${day} ${id}`;
    const segment = kept.get(key) ?? codec.open(data.get(id)?.data as Uint8Array);
    kept.delete(key);
    kept.set(key, segment);
    for (const oldest of kept.keys()) {
      if (kept.size <= KEPT_SEGMENTS) break;
      kept.get(oldest)?.release();
      kept.delete(oldest);
    }
    return segment;
  };

  return {
    closeRemoved,
    has: (day) => inodeOf(dayFile(folder, day)) !== undefined,
    chain(day, key) {
      const file = dayFile(folder, day);
      return onFile(file, () => {
        const held = opened(day, file);
        if (held === null) return null;
        const chain = held.chain.get(key.product, key.expiry)?.id as number | undefined;
        let row: SegmentRow | undefined;
        let segment: Segment | null = null;
        const isIn = (timestamp: number) =>
          row !== undefined && row.first_ts <= timestamp && row.last_ts >= timestamp;
        return {
          find: (timestamp) =>
            onFile(file, () => {
              if (chain === undefined) return null;
              if (!isIn(timestamp)) {
                row = held.select.get(chain, timestamp) as SegmentRow | undefined;
                segment = null;
              }
              if (row === undefined || !isIn(timestamp)) return null;
              try {
                segment ??= segmentOf(day, held, row.id);
                const index = segment.timestamps.indexOf(timestamp);
                return index < 0 ? null : { segment, index };
              } catch (error) {
                if (!(error instanceof MalformedBlobError || isCorrupt(error))) throw error;
                const what = `the segment of ${key.product} ${key.expiry} that ends at ${new Date(row.last_ts).toISOString()}`;
                throw new DamageError(`${what}: ${(error as Error).message}`, { cause: error });
              }
            }),
        };
      });
    },
    check(day) {
      const file = dayFile(folder, day);
      onFile(file, () => {
        const database = opened(day, file)?.database;
        const segments = database?.prepare('SELECT segments FROM manifest').get()?.segments;
        if (segments === undefined) throw new DamageError('it is empty');
        // Of the blobs nothing is read.
        const found = database?.prepare(FOUND_BY_INDEX).get()?.count;
        if (found !== segments)
          throw new DamageError(`${segments} segments were written, and ${found} are found`);
      });
    },
    *segments(day, damaged, after) {
      const file = dayFile(folder, day);
      const found = onFile(file, () => openStoreFileToRead(file, DAY_SCHEMA, busyTimeoutMs));
      if (found === null) return;
      try {
        const select = found.database.prepare('SELECT id FROM seg WHERE id > ? ORDER BY id');
        const ids = select.all(after) as { id: number }[];
        const data = found.database.prepare('SELECT data FROM seg WHERE id = ?');
        for (const { id } of ids) {
          try {
            yield { id, segment: codec.open(data.get(id)?.data as Uint8Array) };
          } catch (error) {
            if (!(error instanceof MalformedBlobError)) throw error;
            damaged(`${basename(file)}: segment ${id}: ${error.message}`);
          }
        }
      } finally {
        found.database.close();
      }
    },
    close() {
      for (const [day, each] of open) close(day, each);
    },
  };
}
