import { existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ForeignFileError } from '../../file-schema.ts';
import { createOpenMark } from '../../open-mark.ts';
import { inodeOf, mainFile, oldestStoredDay, syncPath } from '../files/files.ts';
import { MAIN_SCHEMA } from '../files/schemas.ts';
import { openStoreFile, REMEDY, StoreFileError } from '../files/store-file.ts';
import { createMainFile, type MainFile } from '../main/main-file.ts';
import { MAIN_CACHE_BYTES, MAIN_PAGE_BYTES } from '../main/main-schema.ts';
import { type SalvagedMain, salvageMain } from '../salvage/salvage-main.ts';
import { isDamaged, salvagedNote } from './damage-notes.ts';
import type { WriterSettings } from './writer-settings.ts';

export interface OpenedMain {
  readonly main: MainFile;
  readonly inode: number | undefined;
  /** Rows may be missing that the files of the days can be asked for. */
  readonly isIncomplete: boolean;
  /** To be called once it is stored of which days rows may be missing. */
  begun(): void;
  /** What an operator should know. */
  readonly notes: readonly string[];
  close(): void;
}

/**
 * Opens main.db. One that is damaged is kept under another name, and a new one has every row of it that can be read.
 * Throws StoreFileError where it cannot be opened for another reason, or is no file of this store.
 */
export function openMain(settings: WriterSettings): OpenedMain {
  const path = mainFile(settings.folder);
  const mark = createOpenMark(path);
  // An empty file, as a crash of the machine can leave, holds as little as none.
  const wasThere = (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0;
  const notes = mark.logWasLost
    ? [
        `${path}: its write-ahead log is missing, and with it ticks, bars and figures of products that were stored last: ` +
          'restore it with its log from a backup, or import the recordings of the last hours again',
      ]
    : [];
  const incomplete = createIncompleteMark(path);
  const wasIncomplete = incomplete.isSet();
  if (wasIncomplete) notes.push(`${path}: ${ENDED_EARLY}`);
  if (!wasThere && (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0) {
    const reason = `it is missing, and what its write-ahead log holds is all that is left of it; ${REMEDY}`;
    return replaceMain(settings, new StoreFileError(path, reason, false));
  }
  try {
    if (!wasThere && oldestStoredDay(settings.folder) !== null) incomplete.set();
    return opened(settings, path, wasIncomplete || !wasThere, notes);
  } catch (error) {
    if (!isDamaged(error) || !isOurs(error, path)) throw error;
    return replaceMain(settings, error);
  }
}

/** Replaces a main.db that was found damaged, and that nobody has open for writing, by what can be read of it. */
export function replaceMain(settings: WriterSettings, error: StoreFileError): OpenedMain {
  const path = mainFile(settings.folder);
  createIncompleteMark(path).set();
  const { aside, result } = salvageMain(path);
  const { lostHours } = result;
  const lost =
    lostHours === 0 ? '' : `; ${lostHours} hours of roll-ups, of whose rows none are kept, are lost`;
  return opened(settings, path, true, [salvagedNote(error, listed(result), aside) + lost]);
}

function opened(
  { checkBytes, synchronous, busyTimeoutMs }: WriterSettings,
  path: string,
  isIncomplete: boolean,
  notes: readonly string[],
): OpenedMain {
  const mark = createOpenMark(path);
  const pages = { pageBytes: MAIN_PAGE_BYTES, cacheBytes: MAIN_CACHE_BYTES };
  const options = { file: path, schema: MAIN_SCHEMA, checkBytes, synchronous, busyTimeoutMs };
  const main = createMainFile(path, openStoreFile({ ...options, ...pages }));
  mark.set();
  return {
    main,
    inode: inodeOf(path),
    isIncomplete,
    begun: createIncompleteMark(path).clear,
    notes,
    close() {
      // A kill between the two leaves the log, which SQLite takes in; the other way round it would seem to be missing.
      mark.clear();
      main.close();
    },
  };
}

const ENDED_EARLY =
  'it was lost or damaged, and the process ended before it was noted of which days figures are missing: those of every ' +
  'snapshot that is kept are computed again; ticks and bars were nowhere else: restore it from a backup, or import the ' +
  'recordings again';

/**
 * `main.db.incomplete` is there from before a main.db is made or made anew until it is stored in it of which days rows may be
 * missing, so that a process killed in between leaves a word of it.
 */
function createIncompleteMark(path: string) {
  const mark = `${path}.incomplete`;
  return {
    isSet: () => existsSync(mark),
    set() {
      writeFileSync(mark, '', { mode: 0o600 });
      syncPath(dirname(path));
    },
    clear: () => rmSync(mark, { force: true }),
  };
}

const listed = ({ summaries, bars, ticks, productFigures }: SalvagedMain): string =>
  `${summaries} summaries, ${bars} bars, ${ticks} ticks and ${productFigures} figures of products`;

/** Whether a SQLite file that is marked as something else has the tables of a main.db: then the mark is damaged. */
function isOurs(error: StoreFileError, path: string): boolean {
  if (!(error.cause instanceof ForeignFileError)) return true;
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const tables = database.prepare('SELECT name FROM sqlite_schema').all();
    return ['summary', 'tick_block', 'total'].every((table) => tables.some(({ name }) => name === table));
  } finally {
    database.close();
  }
}
