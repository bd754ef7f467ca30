import { readdirSync } from 'node:fs';
import type { Bar } from '@deltastream/contracts';
import { type ChainHead, createChainHeadCodec } from '@deltastream/contracts/codec';
import type { StoredTick } from '../../ports/market-store.ts';
import { dayOf, dayOfHotFile, hotFile, mainFile } from './files.ts';
import { createHotFile, HOT_PAGE_BYTES, HOT_SCHEMA, HOT_VERSION, type HotFile } from './hot-file.ts';
import { createMainFile, MAIN_PAGE_BYTES, MAIN_SCHEMA, MAIN_VERSION } from './main-file.ts';
import { onFile, opening, openStoreFile } from './store-file.ts';

export interface WriterSettings {
  readonly folder: string;
  readonly synchronous: 'full' | 'normal';
  readonly busyTimeoutMs: number;
  /** Hot files kept open for writing; late rows open their own day's file. */
  readonly maxOpenDays: number;
  /** Bytes of a log beyond which its file is named to be checkpointed. */
  readonly checkpointBytes: number;
}

export interface Batch {
  readonly blobs: readonly Uint8Array[];
  readonly ticks: readonly StoredTick[];
  readonly bars: readonly Bar[];
}

export interface Writer {
  /**
   * Makes a batch durable, all of it or nothing that a reader can see; answers the files whose log has
   * grown long. Throws StoreFileError.
   */
  commit(batch: Batch): string[];
  close(): void;
}

/**
 * The one writer of a folder.
 *
 * A batch commits in its hot files first, then in main.db, and is acknowledged after both. Readers find
 * snapshots through the summaries of main.db, so that second commit is the moment at which the whole
 * batch appears. A crash between the two leaves snapshots without a summary: nobody was told that they
 * are stored and nobody sees them, and `main.hot.last_id` says which they are; they are given their
 * summaries at the next open, or at the next commit after a failed one. A summary without its snapshot
 * cannot come about, because its snapshot was durable first. So what was refused may still appear later,
 * as with any store whose answer was lost on the way; putting it again changes nothing.
 */
export function openWriter(settings: WriterSettings): Writer {
  const { folder, synchronous, busyTimeoutMs } = settings;
  const heads = createChainHeadCodec();
  const mainPath = mainFile(folder);
  const main = createMainFile(
    mainPath,
    openStoreFile({
      file: mainPath,
      schema: MAIN_SCHEMA,
      version: MAIN_VERSION,
      pageBytes: MAIN_PAGE_BYTES,
      synchronous,
      busyTimeoutMs,
    }),
  );
  /** Least recently used first. */
  const open = new Map<number, HotFile>();
  /** Days whose hot file may be ahead of main.db. */
  const ahead = new Set<number>();

  const hotOf = (day: number): HotFile => {
    let hot = open.get(day);
    open.delete(day);
    if (!hot) {
      const file = hotFile(folder, day);
      const database = openStoreFile({
        file,
        schema: HOT_SCHEMA,
        version: HOT_VERSION,
        pageBytes: HOT_PAGE_BYTES,
        synchronous,
        busyTimeoutMs,
      });
      hot = createHotFile(file, database);
    }
    open.set(day, hot);
    closeOldest(open, settings.maxOpenDays);
    return hot;
  };

  /** Gives summaries to what a day's hot file has beyond main.db; all of it, should main.db be lost. */
  const catchUpDay = (day: number): void => {
    const hot = hotOf(day);
    for (;;) {
      const page = hot.since(main.lastId(day), CATCH_UP_PAGE);
      const last = page.at(-1);
      if (last === undefined) return;
      const late = onFile(hotFile(folder, day), () => page.map(({ data }) => heads.decode(data)));
      main.commit({ heads: late, lastIds: new Map([[day, last.id]]), ticks: [], bars: [] });
    }
  };

  const catchUp = (): void => {
    for (const day of ahead) {
      catchUpDay(day);
      ahead.delete(day);
    }
  };

  const writeHot = (day: number, group: readonly Snapshot[]): { heads: ChainHead[]; lastId: number } => {
    const hot = hotOf(day);
    ahead.add(day);
    const accepted = hot.put(
      group.map(({ blob, head: { chain } }) => ({
        product: chain.product,
        expiry: chain.expiry,
        timestamp: chain.timestamp,
        epoch: chain.epoch,
        seq: chain.seq,
        blob,
      })),
    );
    return { heads: group.filter((_, i) => accepted[i]).map(({ head }) => head), lastId: hot.lastId() };
  };

  try {
    opening(mainPath, () => {
      for (const name of readdirSync(folder)) {
        const day = dayOfHotFile(name);
        if (day !== null) ahead.add(day);
      }
      catchUp();
    });
  } catch (error) {
    closeAll(open, main);
    throw error;
  }

  return {
    commit({ blobs, ticks, bars }) {
      catchUp();
      const snapshots = blobs.map((blob) => ({ blob, head: heads.decode(blob) }));
      const byDay = Map.groupBy(snapshots, ({ head }) => dayOf(head.chain.timestamp));
      const accepted: ChainHead[] = [];
      const lastIds = new Map<number, number>();
      for (const [day, group] of byDay) {
        const written = writeHot(day, group);
        accepted.push(...written.heads);
        lastIds.set(day, written.lastId);
      }
      main.commit({ heads: accepted, lastIds, ticks, bars });
      ahead.clear();
      return longLogs();
    },
    close: () => closeAll(open, main),
  };

  function longLogs(): string[] {
    const long = [...open]
      .filter(([, hot]) => hot.logBacklog() * HOT_PAGE_BYTES > settings.checkpointBytes)
      .map(([day]) => hotFile(folder, day));
    if (main.logBacklog() * MAIN_PAGE_BYTES > settings.checkpointBytes) long.push(mainPath);
    return long;
  }
}

/** Snapshots given their summaries in one transaction when catching up. */
const CATCH_UP_PAGE = 500;

interface Snapshot {
  readonly blob: Uint8Array;
  readonly head: ChainHead;
}

function closeOldest(open: Map<number, HotFile>, keep: number): void {
  for (const [day, hot] of open) {
    if (open.size <= keep) return;
    hot.close();
    open.delete(day);
  }
}

function closeAll(open: Map<number, HotFile>, main: { close(): void }): void {
  for (const hot of open.values()) hot.close();
  open.clear();
  main.close();
}
