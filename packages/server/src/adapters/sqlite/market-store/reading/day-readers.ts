import { basename } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { dayFile, dayOf, hotFile, inodeOf } from '../files/files.ts';
import { HOT_SCHEMA } from '../files/schemas.ts';
import { DamageError, onFile, openStoreFileToRead } from '../files/store-file.ts';
import type { ChainKey, StoredSnapshot } from '../messages.ts';
import { createSealedDays, type SealedDaysSettings } from '../sealing/sealed-days.ts';

/** Reads snapshots, whichever file of their day they are in. */
export interface DayReaders {
  /**
   * A row of the hot file replaces a sealed one. Null when the day's files were removed: a summary outlives its snapshot.
   * Throws StoreFileError when a file is there and the snapshot is in none. Of a sealed one the first `columns` come.
   */
  snapshot(key: ChainKey, timestamp: number, columns: number): StoredSnapshot | null;
  close(): void;
}

export function createDayReaders(settings: SealedDaysSettings): DayReaders {
  const { folder } = settings;
  const hot = createHotReaders(settings);
  const sealed = createSealedDays(settings);

  return {
    snapshot(key, timestamp, columns) {
      const day = dayOf(timestamp);
      // The hot file first: it goes only after what takes its place is there.
      const file = hotFile(folder, day);
      const found = hot.blob(file, key, timestamp);
      if (found instanceof Uint8Array) return { timestamp, file: basename(file), content: found };
      const sealedFile = dayFile(folder, day);
      const held = sealed.find(day, key, timestamp);
      if (held !== null) {
        const content = onFile(
          sealedFile,
          () => held.segment.parts(held.index, columns) ?? held.segment.blob(held.index),
        );
        return { timestamp, file: basename(sealedFile), content };
      }
      const isSealed = sealed.has(day);
      if (found === 'no file' && !isSealed) return null;
      return onFile(isSealed ? sealedFile : file, () => {
        const at = new Date(timestamp).toISOString();
        throw new DamageError(`the snapshot of ${key.product} ${key.expiry} at ${at} is missing`);
      });
    },
    close() {
      hot.close();
      sealed.close();
    },
  };
}

interface OpenHotFile {
  readonly database: DatabaseSync;
  readonly select: StatementSync;
  readonly inode: number | undefined;
}

/** Hot files open for reading, the least recently used closed first. */
function createHotReaders({ busyTimeoutMs, maxOpenDays }: SealedDaysSettings) {
  const open = new Map<string, OpenHotFile>();

  const readerOf = (file: string): OpenHotFile | null => {
    const inode = inodeOf(file);
    let reader = open.get(file);
    open.delete(file);
    if (reader !== undefined && reader.inode !== inode) {
      // Sealed, removed by retention, restored, or renamed by the writer as damaged: another file may be in its place.
      reader.database.close();
      reader = undefined;
    }
    if (reader === undefined) {
      const opened = openStoreFileToRead(file, HOT_SCHEMA, busyTimeoutMs);
      if (opened === null) return null;
      const { database } = opened;
      const select = database.prepare(
        'SELECT data FROM snap WHERE chain = (SELECT id FROM chain WHERE product = ? AND expiry = ?) AND ts = ?',
      );
      reader = { database, select, inode };
    }
    open.set(file, reader);
    for (const [oldest, { database }] of open) {
      if (open.size <= maxOpenDays) break;
      database.close();
      open.delete(oldest);
    }
    return reader;
  };

  return {
    blob: (
      file: string,
      { product, expiry }: ChainKey,
      timestamp: number,
    ): Uint8Array | 'no file' | 'no row' =>
      onFile(file, () => {
        const reader = readerOf(file);
        if (reader === null) return 'no file';
        const row = reader.select.get(product, expiry, timestamp);
        return row === undefined ? 'no row' : (row.data as Uint8Array);
      }),
    close() {
      for (const { database } of open.values()) database.close();
      open.clear();
    },
  };
}
