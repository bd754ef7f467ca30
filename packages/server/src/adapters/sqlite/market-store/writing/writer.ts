import { readdirSync, rmSync, statSync } from 'node:fs';
import type { Bar } from '@deltastream/contracts';
import { type ChainHead, createChainHeadCodec } from '@deltastream/contracts/codec';
import type { StoredProductFigures, StoredTick } from '../../../../ports/stores/market/market-store.ts';
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
} from '../files/files.ts';
import { opening, StoreFileError } from '../files/store-file.ts';
import type { MainBatch } from '../main/main-file.ts';
import { MAIN_PAGE_BYTES } from '../main/main-schema.ts';
import type { ReleaseRequest, RolledUp, RollUpRequest, WriterState } from '../messages.ts';
import { salvageSealed } from '../salvage/salvage-day.ts';
import { completeSalvages } from '../salvage/salvage-file.ts';
import { createSealedDays } from '../sealing/sealed-days.ts';
import { createCatchUp } from './catch-up.ts';
import { createDamageNotes, isDamaged, missingDay, missingMain, salvagedNote } from './damage-notes.ts';
import { createHotDays } from './hot-days.ts';
import { openMain, replaceMain } from './open-main.ts';
import { createRebuild } from './rebuild.ts';
import type { WriterSettings } from './writer-settings.ts';

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
   * Makes a batch durable, all of it or nothing that a reader can see; resolves with the files whose log has grown long.
   * Nothing else is asked meanwhile. Rejects with StoreFileError.
   */
  commit(batch: Batch): Promise<string[]>;
  /** Rolls figures up for about as long as the request says. Throws StoreFileError. */
  rollUp(request: Omit<RollUpRequest, 'kind'>): RolledUp;
  /** Throws StoreFileError when the folder was removed or replaced. */
  state(): WriterState;
  /** Computes some of what main.db lost again; whether there is more. */
  rebuild(): boolean;
  close(): void;
}

/**
 * The one writer of a folder.
 *
 * A batch commits in its hot files first, then in main.db, and is acknowledged after both. The disk syncs the former while
 * rows are written to the latter, which commits once that is done. Readers find snapshots through the summaries of main.db, so that second commit is the moment at which all of the
 * batch appears. A crash between the two leaves snapshots without a summary: nobody was told that they
 * are stored and nobody sees them, and `main.hot.last_id` says which they are; they are given their
 * summaries at the next open, or at the next commit after a failed one. A summary without its snapshot
 * cannot come about, because its snapshot was durable first. So what was refused may still appear later,
 * as with any store whose reply was lost on the way; putting it again changes nothing.
 *
 * A file that is damaged does not keep the others from being served. It is named by `state` and kept under another name;
 * what can be read of it is in a new file under its own. What main.db lost is computed again from the quotes by `rebuild`.
 */
export function openWriter(settings: WriterSettings): Writer {
  const { folder } = settings;
  completeSalvages(folder);
  const notes = createDamageNotes(folder);
  const heads = createChainHeadCodec();
  const mainPath = mainFile(folder);
  let opened = openMain(settings);
  const main = () => opened.main;
  const sealedDays = createSealedDays(settings);
  const hotDays = createHotDays(settings, sealedDays, main, notes);
  const rebuild = createRebuild(folder, hotDays, sealedDays, main, notes);

  const requireFolder = (): void => {
    if (inodeOf(mainPath) === opened.inode) return;
    throw new StoreFileError(
      mainPath,
      'it was removed or replaced while it was open, and nothing more is stored: bring the data folder back, ' +
        'or start again to begin with an empty one',
      false,
    );
  };

  const writeHot = (
    day: number,
    group: readonly Snapshot[],
  ): { heads: MainBatch['heads']; lastId: number } => {
    catchUp.add(day);
    const outcomes = hotDays.put(day, group);
    const heads = group.flatMap(({ head }, i) => {
      const outcome = outcomes[i];
      return outcome === 'older' || outcome === 'again' ? [] : [{ head, outcome }];
    });
    return { heads, lastId: hotDays.of(day).lastId() };
  };

  /** Days that are stored in a file of either kind. */
  const storedDays = () => {
    const names = readdirSync(folder);
    const days = (dayIn: (name: string) => number | null) => names.map(dayIn).filter((day) => day !== null);
    return { hot: days(dayOfHotFile), sealed: days(dayOfDayFile) };
  };

  const checkSealed = (day: number): void => {
    try {
      sealedDays.check(day);
    } catch (error) {
      if (!isDamaged(error)) throw error;
      sealedDays.close();
      const { aside, result } = salvageSealed(dayFile(folder, day));
      notes.ofDay(day, salvagedNote(error, `${result} snapshots of it`, aside));
      // Its segments have other ids now.
      if (main().rebuild.has(day)) main().rebuild.begin([day]);
    }
  };

  /** Opens every hot file, the newest first, whose pages that lead to a row may be damaged where the row is not. */
  const lookIntoHot = (days: readonly number[]): void => {
    let bytes = settings.checkDayBytes;
    for (const day of days.toSorted((a, b) => b - a)) {
      bytes -= statSync(hotFile(folder, day)).size;
      if (bytes >= 0) hotDays.check(day);
      catchUp.add(day);
      // What main.db does not know may be what a sync failed on before the process ended.
      hotDays.distrust(day, true);
      catchUp.run();
      hotDays.distrust(day, false);
    }
  };

  /** Of main.db nothing is known of some snapshots: all that are kept are looked at again, in the background. */
  const beginRebuild = (days: readonly number[]): void => {
    for (const day of days) {
      const isHot = inodeOf(hotFile(folder, day)) !== undefined;
      // A batch that is under way may be in it, and not durable yet.
      if (isHot) hotDays.syncNow(day);
      main().coverDay(day, isHot ? hotDays.of(day).lastId() : 0);
    }
    main().rebuild.begin(days);
    opened.begun();
  };

  /** Takes main.db, which turned out to be damaged, out of use. */
  const replaceDamagedMain = (error: StoreFileError): void => {
    opened.close();
    try {
      opened = replaceMain(settings, error);
    } catch (failure) {
      opened = { ...opened, close: () => undefined };
      // Without a main.db nothing can be done: the thread ends after its reply, and the next one tries it again.
      setImmediate(() => {
        throw failure;
      });
      throw failure;
    }
    for (const note of opened.notes) notes.note(note);
    const { hot, sealed } = storedDays();
    beginRebuild([...new Set([...hot, ...sealed])]);
  };

  const replaceIfDamaged = (error: unknown) => {
    if (!isDamaged(error) || error.file !== mainPath) throw error;
    replaceDamagedMain(error);
  };
  /** Runs work, again where main.db turned out to be damaged and was replaced. */
  const onSoundMain = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      replaceIfDamaged(error);
      return work();
    }
  };
  const catchUp = createCatchUp(folder, hotDays, main, onSoundMain, notes);
  const commitMain = async (batch: MainBatch, durable: Promise<unknown>): Promise<void> => {
    // It is met when it is awaited, unless something else fails before.
    durable.catch(() => undefined);
    try {
      await main().commitAfter(batch, durable);
    } catch (error) {
      replaceIfDamaged(error);
      await main().commitAfter(batch, durable);
    }
  };

  const lookAround = (): void => {
    const { hot, sealed } = storedDays();
    const stored = new Set([...hot, ...sealed]);
    for (const day of sealed) checkSealed(day);
    for (const note of opened.notes) notes.note(note);
    if (opened.isIncomplete) {
      if (stored.size > 0 && opened.notes.length === 0) notes.note(missingMain(mainPath, stored.size));
      beginRebuild([...stored]);
    }
    for (const day of main().keptDays()) {
      if (!stored.has(day)) notes.ofDay(day, missingDay(folder, day));
    }
    lookIntoHot(hot);
  };

  const close = (): void => {
    hotDays.close();
    sealedDays.close();
    opened.close();
  };

  try {
    opening(mainPath, lookAround);
  } catch (error) {
    close();
    throw error;
  }

  return {
    async commit({ blobs, ticks, bars, figures }) {
      requireFolder();
      catchUp.run();
      const snapshots = blobs.map((blob) => ({ blob, head: heads.decode(blob) }));
      const byDay = Map.groupBy(snapshots, ({ head }) => dayOf(head.chain.timestamp));
      const accepted: MainBatch['heads'][number][] = [];
      const lastIds = new Map<number, number>();
      const syncs: Promise<void>[] = [];
      try {
        for (const [day, group] of byDay) {
          const written = onSoundMain(() => writeHot(day, group));
          accepted.push(...written.heads);
          lastIds.set(day, written.lastId);
          syncs.push(hotDays.sync(day));
        }
        await commitMain({ heads: accepted, lastIds, ticks, bars, figures }, Promise.all(syncs));
      } finally {
        // Nothing is under way when the next request comes.
        await Promise.allSettled(syncs);
      }
      catchUp.clear();
      const long = hotDays.longLogs(settings.checkpointBytes);
      if (main().logBacklog() * MAIN_PAGE_BYTES > settings.checkpointBytes) long.push(mainPath);
      return long;
    },
    release({ day, lastId, inode }) {
      requireFolder();
      catchUp.run();
      const file = hotFile(folder, day);
      if (notes.isDamaged(day)) {
        // Not "written to since", after which the day would be sealed again and again.
        const reason =
          'it is damaged, and stays beside what of it is sealed; `deltastream verify` names what is missing';
        throw new StoreFileError(file, reason, false);
      }
      if (inode === undefined || inodeOf(file) !== inode || rebuild.isPending(day)) return false;
      if (hotDays.of(day).lastId() !== lastId) return false;
      // The file goes before what main.db says of it: the other way round, its rows would be given summaries again.
      hotDays.remove(day);
      main().forgetDay(day);
      return true;
    },
    remove(day) {
      requireFolder();
      catchUp.run();
      hotDays.remove(day);
      main().dropDays(day);
      main().rebuild.remove(day);
      removeDatabase(dayFile(folder, day));
      // Of a thread that ended while it sealed the day.
      rmSync(partialFile(folder, day), { force: true });
      notes.forgetDay(day);
    },
    rebuild() {
      requireFolder();
      return onSoundMain(rebuild.step);
    },
    rollUp(request) {
      requireFolder();
      return onSoundMain(() => main().rollUp(request));
    },
    state() {
      requireFolder();
      hotDays.openTomorrow();
      return { storeId: main().storeId(), damaged: notes.list(), rebuilding: rebuild.progress() };
    },
    close,
  };
}

interface Snapshot {
  readonly blob: Uint8Array;
  readonly head: ChainHead;
}
