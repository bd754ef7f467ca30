import { readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import type { Bar } from '@deltastream/contracts';
import {
  type ChainHead,
  createChainHeadCodec,
  MalformedBlobError,
  verifyBlob,
} from '@deltastream/contracts/codec';
import type { StoredProductFigures, StoredTick } from '../../../../ports/stores/market-store.ts';
import { ForeignFileError } from '../../file-schema.ts';
import {
  dayFile,
  dayOf,
  dayOfDayFile,
  dayOfHotFile,
  hotFile,
  inodeOf,
  mainFile,
  partialFile,
  removeDatabase,
  removeStaleLog,
} from '../files/files.ts';
import { createHotFile, HOT_PAGE_BYTES, type HotFile, type SealedBlob } from '../files/hot-file.ts';
import { HOT_SCHEMA, MAIN_SCHEMA } from '../files/schemas.ts';
import { opening, openStoreFile, StoreFileError } from '../files/store-file.ts';
import { createMainFile, type MainBatch } from '../main/main-file.ts';
import { MAIN_PAGE_BYTES } from '../main/main-schema.ts';
import type { ReleaseRequest, WriterState } from '../messages.ts';
import { createSealedDays } from '../sealing/sealed-days.ts';

export interface WriterSettings {
  readonly folder: string;
  readonly synchronous: 'full' | 'normal';
  readonly busyTimeoutMs: number;
  /** Hot files kept open for writing; late rows open their own day's file. */
  readonly maxOpenDays: number;
  /** Bytes of a log beyond which its file is named to be checkpointed. */
  readonly checkpointBytes: number;
  /** main.db is checked at the start when it has at most so many bytes. */
  readonly checkBytes: number;
}

export interface Batch {
  readonly blobs: readonly Uint8Array[];
  readonly ticks: readonly StoredTick[];
  readonly bars: readonly Bar[];
  readonly figures: readonly StoredProductFigures[];
}

export interface Writer {
  /**
   * Removes the hot file of a day that was sealed from it, unless it was written to since; whether it did. Throws
   * StoreFileError for one that is damaged, which stays.
   */
  release(sealed: Omit<ReleaseRequest, 'kind'>): boolean;
  /** Removes every snapshot of the oldest day; their summaries stay. */
  remove(day: number): void;
  /**
   * Makes a batch durable, all of it or nothing that a reader can see; returns the files whose log has
   * grown long. Throws StoreFileError.
   */
  commit(batch: Batch): string[];
  /** Throws StoreFileError when the folder was removed or replaced. */
  state(): WriterState;
  close(): void;
}

/**
 * The one writer of a folder.
 *
 * A batch commits in its hot files first, then in main.db, and is acknowledged after both. Readers find
 * snapshots through the summaries of main.db, so that second commit is the moment at which all of the
 * batch appears. A crash between the two leaves snapshots without a summary: nobody was told that they
 * are stored and nobody sees them, and `main.hot.last_id` says which they are; they are given their
 * summaries at the next open, or at the next commit after a failed one. A summary without its snapshot
 * cannot come about, because its snapshot was durable first. So what was refused may still appear later,
 * as with any store whose reply was lost on the way; putting it again changes nothing.
 *
 * A day's file that is damaged does not keep the others from being served: it is named by `state`, and set
 * aside under another name when its day is written to again, so that nothing of it is lost.
 */
export function openWriter(settings: WriterSettings): Writer {
  const { folder, synchronous, busyTimeoutMs } = settings;
  const heads = createChainHeadCodec();
  const mainPath = mainFile(folder);
  // An empty file, as a crash of the machine can leave, holds as little as none.
  const mainWasThere = (statSync(mainPath, { throwIfNoEntry: false })?.size ?? 0) > 0;
  const main = createMainFile(
    mainPath,
    openStoreFile({
      file: mainPath,
      schema: MAIN_SCHEMA,
      checkBytes: settings.checkBytes,
      pageBytes: MAIN_PAGE_BYTES,
      synchronous,
      busyTimeoutMs,
    }),
  );
  const mainInode = inodeOf(mainPath);
  /** Least recently used first. */
  const open = new Map<number, OpenDay>();
  /** Why a day's file cannot be read. */
  const damaged = new Map<number, string>();
  /** What else an operator should know of this start. */
  const notes: string[] = [];
  /** Days whose hot file may be ahead of main.db. */
  const ahead = new Set<number>();

  const sealedDays = createSealedDays(settings);
  const sealedBlob =
    (day: number): SealedBlob =>
    (key, timestamp) => {
      if (!sealedDays.has(day)) return null;
      try {
        const found = sealedDays.chain(day, key)?.find(timestamp) ?? null;
        return found === null ? null : found.segment.blob(found.index);
      } catch (error) {
        if (isDamaged(error) || error instanceof MalformedBlobError) return 'damaged';
        throw error;
      }
    };

  const openDay = (day: number): OpenDay => {
    const file = hotFile(folder, day);
    removeStaleLog(file);
    const options = { file, schema: HOT_SCHEMA, pageBytes: HOT_PAGE_BYTES, synchronous, busyTimeoutMs };
    const wasThere = (statSync(file, { throwIfNoEntry: false })?.size ?? 0) > 0;
    const hot = createHotFile(file, openStoreFile(options), sealedBlob(day));
    // Another file than the one that the summaries are of, as after a removal: it begins at its first id.
    if (hot.lastId() < main.lastId(day)) {
      if (wasThere) damaged.set(day, `${file}: ${SHORTER}`);
      main.forgetDay(day);
    }
    return { hot, inode: inodeOf(file) };
  };

  const hotOf = (day: number): HotFile => {
    let opened = open.get(day);
    open.delete(day);
    if (opened !== undefined && opened.inode !== inodeOf(hotFile(folder, day))) {
      // Retention removes files of past days; nothing is written to one that is no longer there.
      opened.hot.close();
      opened = undefined;
    }
    opened ??= openDay(day);
    open.set(day, opened);
    closeOldest(open, settings.maxOpenDays);
    return opened.hot;
  };

  /** As `hotOf`, to write to: a damaged file makes way for a new one. */
  const writableHotOf = (day: number): HotFile => {
    try {
      return hotOf(day);
    } catch (error) {
      if (!isDamaged(error)) throw error;
      setAside(hotFile(folder, day));
      main.forgetDay(day);
      return hotOf(day);
    }
  };

  const requireFolder = (): void => {
    if (inodeOf(mainPath) === mainInode) return;
    throw new StoreFileError(
      mainPath,
      'it was removed or replaced while it was open, and nothing more is stored: bring the data folder back, ' +
        'or start again to begin with an empty one',
      false,
    );
  };

  /** Gives summaries to what a day's hot file has beyond main.db; all of it, should main.db be lost. */
  const catchUpDay = (day: number): void => {
    const hot = hotOf(day);
    for (;;) {
      const page = hot.since(main.lastId(day), CATCH_UP_PAGE);
      const last = page.at(-1);
      if (last === undefined) return;
      const late: MainBatch['heads'] = page.flatMap(({ id, data }) => {
        try {
          verifyBlob(data);
          return [{ head: heads.decode(data), outcome: null }];
        } catch (error) {
          const file = hotFile(folder, day);
          damaged.set(
            day,
            new StoreFileError(file, `snapshot ${id}: ${String(error)}`, false, error).message,
          );
          return [];
        }
      });
      main.commit({ heads: late, lastIds: new Map([[day, last.id]]), ticks: [], bars: [], figures: [] });
    }
  };

  /** Gives summaries to what is sealed of a day, should main.db be lost. */
  const catchUpSealed = (day: number): void => {
    const none = { lastIds: new Map([[day, 0]]), ticks: [], bars: [], figures: [] };
    for (const { timestamps, parts, blob } of sealedDays.segments(day, (reason) =>
      damaged.set(day, reason),
    )) {
      const late = timestamps.map((_, i) => ({
        head: heads.decode(parts(i, 0)?.head ?? blob(i)),
        outcome: null,
      }));
      main.commit({ heads: late, ...none });
    }
  };

  const catchUp = (): void => {
    for (const day of ahead) {
      try {
        catchUpDay(day);
      } catch (error) {
        if (!isDamaged(error)) throw error;
        damaged.set(day, error.message);
      }
      ahead.delete(day);
    }
  };

  const writeHot = (
    day: number,
    group: readonly Snapshot[],
  ): { heads: MainBatch['heads']; lastId: number } => {
    const hot = writableHotOf(day);
    ahead.add(day);
    const outcomes = hot.put(group);
    const heads = group.flatMap(({ head }, i) => {
      const outcome = outcomes[i];
      return outcome === 'older' || outcome === 'again' ? [] : [{ head, outcome }];
    });
    return { heads, lastId: hot.lastId() };
  };

  try {
    opening(mainPath, () => {
      const names = readdirSync(folder);
      for (const name of names) {
        const day = dayOfHotFile(name);
        if (day !== null) ahead.add(day);
      }
      const sealed = names.map(dayOfDayFile).filter((day) => day !== null);
      const stored = new Set([...sealed, ...ahead]);
      if (!mainWasThere && stored.size > 0) {
        // Before the hot files, whose rows replace sealed ones.
        for (const day of sealed) catchUpSealed(day);
        notes.push(
          `${mainPath} was missing: the figures of every snapshot of ${stored.size} days were computed from the ` +
            'day files; ticks and bars were nowhere else: stop, and restore it from a backup, or import the ' +
            'recordings again',
        );
      }
      catchUp();
    });
  } catch (error) {
    closeAll(open, main);
    throw error;
  }

  return {
    commit({ blobs, ticks, bars, figures }) {
      requireFolder();
      catchUp();
      const snapshots = blobs.map((blob) => ({ blob, head: heads.decode(blob) }));
      const byDay = Map.groupBy(snapshots, ({ head }) => dayOf(head.chain.timestamp));
      const accepted: MainBatch['heads'][number][] = [];
      const lastIds = new Map<number, number>();
      for (const [day, group] of byDay) {
        const written = writeHot(day, group);
        accepted.push(...written.heads);
        lastIds.set(day, written.lastId);
      }
      main.commit({ heads: accepted, lastIds, ticks, bars, figures });
      ahead.clear();
      return longLogs();
    },
    release({ day, lastId, inode }) {
      requireFolder();
      catchUp();
      const file = hotFile(folder, day);
      if (damaged.has(day)) {
        // Not "written to since", after which the day would be sealed again and again.
        const reason =
          'it is damaged, and stays beside what of it is sealed; `deltastream verify` names what is missing';
        throw new StoreFileError(file, reason, false);
      }
      if (inode === undefined || inodeOf(file) !== inode) return false;
      if (hotOf(day).lastId() !== lastId) return false;
      removeHot(day);
      main.forgetDay(day);
      return true;
    },
    remove(day) {
      requireFolder();
      catchUp();
      removeHot(day);
      main.dropDays(day);
      removeDatabase(dayFile(folder, day));
      // Of a thread that ended while it sealed the day.
      rmSync(partialFile(folder, day), { force: true });
      damaged.delete(day);
    },
    state() {
      requireFolder();
      openTomorrow();
      return { storeId: main.storeId(), damaged: [...notes, ...damaged.values()] };
    },
    close: () => {
      sealedDays.close();
      closeAll(open, main);
    },
  };

  /** The file goes before what main.db says of it: the other way round, its rows would be given summaries again. */
  function removeHot(day: number): void {
    open.get(day)?.hot.close();
    open.delete(day);
    removeDatabase(hotFile(folder, day));
  }

  /** Makes the next day's file while there is time: to make one takes a commit ten times as long. */
  function openTomorrow(): void {
    const today = dayOf(Date.now());
    if (open.has(today) && !open.has(today + 1) && dayOf(Date.now() + OPEN_AHEAD_MS) > today)
      hotOf(today + 1);
  }

  function longLogs(): string[] {
    const long = [...open]
      .filter(([, { hot }]) => hot.logBacklog() * HOT_PAGE_BYTES > settings.checkpointBytes)
      .map(([day]) => hotFile(folder, day));
    if (main.logBacklog() * MAIN_PAGE_BYTES > settings.checkpointBytes) long.push(mainPath);
    return long;
  }
}

/** A file is opened so long before its day begins. */
const OPEN_AHEAD_MS = 60_000;

const SHORTER =
  'it ends before what main.db knows of it, because its write-ahead log is missing or it is an older copy: what was ' +
  'written last is missing; restore it with its log from a backup, or import its recordings again; ' +
  '`deltastream verify` names what is missing';

/** Snapshots given their summaries in one transaction when catching up. */
const CATCH_UP_PAGE = 500;

interface Snapshot {
  readonly blob: Uint8Array;
  readonly head: ChainHead;
}

interface OpenDay {
  readonly hot: HotFile;
  readonly inode: number | undefined;
}

/** True for a day's file that cannot be read, and that nobody but an operator can make good. */
const isDamaged = (error: unknown): error is StoreFileError =>
  error instanceof StoreFileError && (error.damaged || isForeign(error));

function isForeign(error: StoreFileError): boolean {
  return error.cause instanceof ForeignFileError;
}

/** Gives a file and its log another name, under which nothing reads it. */
function setAside(file: string): void {
  const name = `${file}.damaged-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`;
  for (const suffix of ['', '-wal', '-shm']) {
    if (statSync(file + suffix, { throwIfNoEntry: false })) renameSync(file + suffix, name + suffix);
  }
}

function closeOldest(open: Map<number, OpenDay>, keep: number): void {
  for (const [day, { hot }] of open) {
    if (open.size <= keep) return;
    hot.close();
    open.delete(day);
  }
}

function closeAll(open: Map<number, OpenDay>, main: { close(): void }): void {
  for (const { hot } of open.values()) hot.close();
  open.clear();
  main.close();
}
