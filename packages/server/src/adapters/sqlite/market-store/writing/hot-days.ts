import { MalformedBlobError } from '@deltastream/contracts/codec';
import { dayOf, hotFile, inodeOf, removeDatabase, removeStaleLog } from '../files/files.ts';
import {
  createHotFile,
  HOT_PAGE_BYTES,
  type HotFile,
  type PutOutcome,
  type SealedBlob,
  type SnapshotRow,
  type SyncData,
} from '../files/hot-file.ts';
import { HOT_SCHEMA } from '../files/schemas.ts';
import { openStoreFile, type StoreFileError } from '../files/store-file.ts';
import type { MainFile } from '../main/main-file.ts';
import { salvageHot } from '../salvage/salvage-day.ts';
import type { SealedDays } from '../sealing/sealed-days.ts';
import { type DamageNotes, isDamaged, salvagedNote } from './damage-notes.ts';
import type { WriterSettings } from './writer-settings.ts';

/** The hot files that are open for writing. A damaged one is kept under another name; a new one has what can be read of it. */
export interface HotDays {
  /** Throws StoreFileError. */
  of(day: number): HotFile;
  put(day: number, rows: readonly SnapshotRow[]): PutOutcome[];
  /** Begins to make what was put durable, as far as the setting goes; rejects with StoreFileError. */
  sync(day: number): Promise<void>;
  /** The same at once. */
  syncNow(day: number): void;
  /**
   * Whether what is in the log of a day may be there in memory alone, since a sync failed, maybe before a crash: the next one
   * says of the same bytes that they are durable. They are written anew instead.
   */
  distrust(day: number, inDoubt: boolean): void;
  /** Looks at the structure of a file. */
  check(day: number): void;
  /** Closes and removes the file of a day. */
  remove(day: number): void;
  /** Makes the next day's file while there is time: to make one takes a commit ten times as long. */
  openTomorrow(): void;
  /** Files whose log has more bytes. */
  longLogs(bytes: number): string[];
  close(): void;
}

interface OpenDay {
  readonly hot: HotFile;
  readonly inode: number | undefined;
}

/** A file is opened so long before its day begins. */
const OPEN_AHEAD_MS = 60_000;

const SHORTER =
  'it ends before what main.db knows of it, because it was cut off, its write-ahead log is missing or it is an older ' +
  'copy: what was written last is missing; restore it with its log from a backup, or import its recordings again; ' +
  '`deltastream verify` names what is missing';

export function createHotDays(
  settings: WriterSettings,
  sealedDays: SealedDays,
  main: () => MainFile,
  notes: DamageNotes,
  syncData?: SyncData,
): HotDays {
  const { folder, synchronous, busyTimeoutMs } = settings;
  /** Least recently used first. */
  const open = new Map<number, OpenDay>();
  const doubted = new Set<number>();

  const sealedBlob =
    (day: number): SealedBlob =>
    (key, timestamp) => {
      try {
        const found = sealedDays.chain(day, key)?.find(timestamp) ?? null;
        return found === null ? null : found.segment.blob(found.index);
      } catch (error) {
        if (isDamaged(error) || error instanceof MalformedBlobError) return 'damaged';
        throw error;
      }
    };

  const openFile = (day: number): HotFile => {
    const file = hotFile(folder, day);
    removeStaleLog(file);
    // Its commits are synced by `sync`, while main.db is written to.
    const synced = { synchronous: 'normal' as const, busyTimeoutMs };
    const options = { file, schema: HOT_SCHEMA, pageBytes: HOT_PAGE_BYTES, ...synced };
    const sealed = sealedBlob(day);
    return createHotFile(file, openStoreFile(options), () => (sealedDays.has(day) ? sealed : null), syncData);
  };

  const openDay = (day: number): OpenDay => {
    const file = hotFile(folder, day);
    const wasThere = inodeOf(file) !== undefined;
    let hot: HotFile;
    try {
      hot = openFile(day);
      // The last page is what comes next to be written.
      hot.lastId();
    } catch (error) {
      if (!isDamaged(error)) throw error;
      hot = salvaged(day, error);
    }
    // Another file than the one that the summaries are of, as after a removal: it begins at its first id.
    if (hot.lastId() < main().lastId(day)) {
      if (wasThere) notes.ofDay(day, `${file}: ${SHORTER}`);
      main().forgetDay(day);
    }
    return { hot, inode: inodeOf(file) };
  };

  /** Rows keep their ids, so that main.db covers those that it covered. */
  const salvaged = (day: number, error: StoreFileError): HotFile => {
    const { aside, result } = salvageHot(hotFile(folder, day));
    notes.ofDay(day, salvagedNote(error, `${result} snapshots of it`, aside));
    const hot = openFile(day);
    main().coverDay(day, Math.min(main().lastId(day), hot.lastId()));
    return hot;
  };

  const close = (day: number): void => {
    open.get(day)?.hot.close();
    open.delete(day);
  };

  const of = (day: number): HotFile => {
    // Retention removes files of past days; nothing is written to one that is no longer there.
    if (open.get(day)?.inode !== inodeOf(hotFile(folder, day))) close(day);
    const opened = open.get(day) ?? openDay(day);
    open.delete(day);
    open.set(day, opened);
    for (const oldest of open.keys()) {
      if (open.size <= settings.maxOpenDays) break;
      close(oldest);
    }
    return opened.hot;
  };

  const onSound = <T>(day: number, work: (hot: HotFile) => T): T => {
    try {
      return work(of(day));
    } catch (error) {
      // It may be main.db, which was asked how far the file goes.
      if (!isDamaged(error) || error.file !== hotFile(folder, day)) throw error;
      close(day);
      const hot = salvaged(day, error);
      open.set(day, { hot, inode: inodeOf(hotFile(folder, day)) });
      return work(hot);
    }
  };

  const moveLog = (day: number): void => {
    of(day).moveLog();
    doubted.delete(day);
  };

  return {
    of,
    // A page may be met that the look at the start did not reach.
    put: (day, rows) => onSound(day, (hot) => hot.put(rows)),
    async sync(day) {
      if (synchronous !== 'full') return;
      if (doubted.has(day)) return moveLog(day);
      try {
        await of(day).sync();
      } catch (error) {
        doubted.add(day);
        throw error;
      }
    },
    syncNow(day) {
      if (synchronous !== 'full') return;
      if (doubted.has(day)) return moveLog(day);
      doubted.add(day);
      of(day).syncNow();
      doubted.delete(day);
    },
    distrust(day, inDoubt) {
      if (inDoubt) doubted.add(day);
      else doubted.delete(day);
    },
    check: (day) => onSound(day, (hot) => hot.check()),
    remove(day) {
      close(day);
      doubted.delete(day);
      removeDatabase(hotFile(folder, day));
    },
    openTomorrow() {
      const today = dayOf(Date.now());
      if (open.has(today) && !open.has(today + 1) && dayOf(Date.now() + OPEN_AHEAD_MS) > today) of(today + 1);
    },
    longLogs: (bytes) =>
      [...open]
        .filter(([, { hot }]) => hot.logBacklog() * HOT_PAGE_BYTES > bytes)
        .map(([day]) => hotFile(folder, day)),
    close() {
      for (const day of [...open.keys()]) close(day);
    },
  };
}
