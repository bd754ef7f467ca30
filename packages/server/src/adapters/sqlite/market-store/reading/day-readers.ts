import { basename } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { isCorrupt } from '../../../../kit/files/sqlite-errors.ts';
import { dayFile, dayOf, hotFile, inodeOf } from '../files/files.ts';
import { HOT_SCHEMA } from '../files/schemas.ts';
import { DamageError, onFile, openStoreFileToRead, READ_CACHE } from '../files/store-file.ts';
import type { ChainKey } from '../messages.ts';
import {
  createSealedDays,
  type SealedChain,
  type SealedDaysSettings,
  type SealedSnapshot,
} from '../sealing/sealed-days.ts';
import { createPageWriter, type PageWriter, PIECE_CELLS, type SnapshotPage } from './snapshot-page.ts';

/** What is wanted of snapshots: their first columns, of rows that lie together with one of the strikes; null: of all rows. */
export interface WantedCells {
  readonly columns: number;
  readonly strikes: readonly number[] | null;
}

/** Reads snapshots, whichever file of their day they are in. */
export interface DayReaders {
  /** A row of the hot file replaces a sealed one. Null and throws as `snapshots` leaves out and throws. */
  snapshot(key: ChainKey, timestamp: number): SnapshotPage | null;
  /**
   * Snapshots of a chain, one at a time; of sealed ones the cells that are wanted. Those whose day's files were removed
   * are left out: a summary outlives its snapshot. Throws StoreFileError when a file is there and the snapshot is in none.
   *
   * @param areDense between the first and the last of the ascending times lie at most as many others, so that they are read
   * together
   */
  snapshots(
    key: ChainKey,
    timestamps: readonly number[],
    wanted: WantedCells,
    areDense: boolean,
  ): SnapshotPage;
  close(): void;
}

export function createDayReaders(settings: SealedDaysSettings): DayReaders {
  const { folder } = settings;
  const sealed = createSealedDays(settings);
  const hot = createHotReaders(settings, sealed.closeRemoved);

  /**
   * Finds snapshots of a chain in the files of a day as they are at this moment; each is added to the page, or false is
   * returned. `alone`: the complete one, and no others of its segment. `dense` times are those that will be asked for.
   */
  const chainOfDay = (
    key: ChainKey,
    day: number,
    wanted: WantedCells | 'alone',
    page: PageWriter,
    dense: readonly number[] = [],
  ) => {
    // The hot file first: it goes only after what takes its place is there.
    const [file, sealedFile] = [hotFile(folder, day), dayFile(folder, day)];
    const [name, sealedName] = [basename(file), basename(sealedFile)];
    const ofHot = hot.chain(file, key, dense);
    let ofSealed: SealedChain | null | undefined;
    const addSealed = (timestamp: number, { segment, index }: SealedSnapshot) => {
      const parts =
        wanted === 'alone'
          ? segment.alone(index, page.memory)
          : segment.cells(index, wanted.columns, wanted.strikes ?? undefined, page.memory);
      if (parts === null) page.addBlob(timestamp, sealedName, segment.blob(index));
      else page.addParts(timestamp, sealedName, { segment, index }, parts);
    };
    return (timestamp: number): boolean => {
      const blob = ofHot?.(timestamp);
      if (blob !== undefined) {
        page.addBlob(timestamp, name, blob);
        return true;
      }
      ofSealed ??= sealed.chain(day, key);
      const held = ofSealed?.find(timestamp) ?? null;
      if (held !== null) {
        onFile(sealedFile, () => addSealed(timestamp, held));
        return true;
      }
      if (ofHot === null && ofSealed === null) return false;
      return onFile(ofSealed === null ? file : sealedFile, () => {
        const at = new Date(timestamp).toISOString();
        throw new DamageError(`the snapshot of ${key.product} ${key.expiry} at ${at} is missing`);
      });
    };
  };

  return {
    snapshot(key, timestamp) {
      const page = createPageWriter(0);
      return chainOfDay(key, dayOf(timestamp), 'alone', page)(timestamp) ? page.done() : null;
    },
    snapshots(key, timestamps, wanted, areDense) {
      const page = createPageWriter(PIECE_CELLS);
      let day = Number.NaN;
      let add: ReturnType<typeof chainOfDay> = () => false;
      for (const [i, timestamp] of timestamps.entries()) {
        if (dayOf(timestamp) !== day) {
          day = dayOf(timestamp);
          add = chainOfDay(key, day, wanted, page, areDense ? timestamps.slice(i) : []);
        }
        add(timestamp);
      }
      return page.done();
    },
    close() {
      hot.close();
      sealed.close();
    },
  };
}

/** A page on the way to a row may be damaged, and others not. */
function snapshotRow(
  select: StatementSync,
  chain: number,
  { product, expiry }: ChainKey,
  timestamp: number,
): { readonly data?: unknown } | undefined {
  try {
    return select.get(chain, timestamp);
  } catch (cause) {
    if (!isCorrupt(cause)) throw cause;
    const what = `the snapshot of ${product} ${expiry} at ${new Date(timestamp).toISOString()}`;
    throw new DamageError(`${what}: ${(cause as Error).message}`, { cause });
  }
}

/**
 * Blobs of a chain by time, of dense times: one question takes a third of what as many take. Empty where one of them cannot
 * be read, so that each is asked for by itself.
 */
function snapshotsBetween(
  between: StatementSync,
  chain: number,
  timestamps: readonly number[],
): ReadonlyMap<number, Uint8Array> {
  const [first, last] = [timestamps[0], timestamps.at(-1)];
  if (first === undefined || last === undefined || first === last) return new Map();
  try {
    return new Map(
      between.all(chain, first, last, 2 * timestamps.length) as unknown as [number, Uint8Array][],
    );
  } catch (cause) {
    if (!isCorrupt(cause)) throw cause;
    return new Map();
  }
}

interface OpenHotFile {
  readonly database: DatabaseSync;
  readonly chain: StatementSync;
  readonly select: StatementSync;
  readonly between: StatementSync;
  readonly inode: number | undefined;
}

/** Hot files open for reading, the least recently used closed first. */
function createHotReaders({ busyTimeoutMs, maxOpenDays }: SealedDaysSettings, beforeOpening: () => void) {
  const open = new Map<string, OpenHotFile>();
  const closeRemoved = (): void => {
    for (const [file, { database, inode }] of open) {
      if (inodeOf(file) === inode) continue;
      database.close();
      open.delete(file);
    }
  };

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
      closeRemoved();
      beforeOpening();
      const opened = openStoreFileToRead(file, HOT_SCHEMA, busyTimeoutMs);
      if (opened === null) return null;
      const { database } = opened;
      database.exec(READ_CACHE);
      const between = database.prepare(
        'SELECT ts, data FROM snap WHERE chain = ? AND ts BETWEEN ? AND ? LIMIT ?',
      );
      between.setReturnArrays(true);
      reader = {
        database,
        chain: database.prepare('SELECT id FROM chain WHERE product = ? AND expiry = ?'),
        select: database.prepare('SELECT data FROM snap WHERE chain = ? AND ts = ?'),
        between,
        inode,
      };
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
    /** Gives the blobs of a chain in a file, sooner those of dense times; null where there is no file. */
    chain: (
      file: string,
      { product, expiry }: ChainKey,
      dense: readonly number[],
    ): ((timestamp: number) => Uint8Array | undefined) | null =>
      onFile(file, () => {
        const reader = readerOf(file);
        if (reader === null) return null;
        const chain = reader.chain.get(product, expiry)?.id as number | undefined;
        if (chain === undefined) return () => undefined;
        const known = snapshotsBetween(reader.between, chain, dense);
        return (timestamp: number) =>
          known.get(timestamp) ??
          onFile(
            file,
            () =>
              snapshotRow(reader.select, chain, { product, expiry }, timestamp)?.data as
                | Uint8Array
                | undefined,
          );
      }),
    close() {
      for (const { database } of open.values()) database.close();
      open.clear();
    },
  };
}
