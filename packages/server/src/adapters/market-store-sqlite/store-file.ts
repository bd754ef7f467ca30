import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** A file of the store that failed. `unusable`: it could not be opened, so the folder must be looked at. */
export class StoreFileError extends Error {
  override readonly name = 'StoreFileError';
  readonly file: string;
  readonly reason: string;
  readonly unusable: boolean;

  constructor(file: string, reason: string, unusable: boolean, cause?: unknown) {
    super(`${file}: ${reason}`, { cause });
    this.file = file;
    this.reason = reason;
    this.unusable = unusable;
  }
}

export interface StoreFileOptions {
  readonly file: string;
  /** Creates everything in an empty file; of this schema version. */
  readonly schema: string;
  readonly version: number;
  readonly pageBytes: number;
  /** full: a commit survives power loss. normal: it survives a crash of the process. */
  readonly synchronous: 'full' | 'normal';
  /** How long a statement waits for another connection's lock. */
  readonly busyTimeoutMs: number;
}

/** Marks the file as this store's ("DSms"), so that a foreign SQLite file is never written to. */
const APPLICATION_ID = 0x44_53_6d_73;
/** The log is cut back to this size when it starts again. */
const KEPT_LOG_BYTES = 64 * 1024 * 1024;

/**
 * Opens a file of the store for writing, and creates it when absent. Checkpoints are left to another
 * connection, because they would hold up the commit they fall on. Throws StoreFileError, `unusable` for
 * a file that is foreign, damaged, of a newer release or not writable.
 */
export function openStoreFile(options: StoreFileOptions): DatabaseSync {
  return opening(options.file, () => {
    const database = new DatabaseSync(options.file, { timeout: options.busyTimeoutMs });
    try {
      const tables = numberOf(database, 'SELECT count(*) AS value FROM sqlite_schema');
      if (tables === 0) database.exec(`PRAGMA page_size = ${options.pageBytes}`);
      else refuseForeign(database, options.version);
      database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${options.synchronous.toUpperCase()};
        PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = ${KEPT_LOG_BYTES};
        BEGIN IMMEDIATE; ${tables === 0 ? options.schema : ''};
        PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${options.version}; COMMIT`);
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  });
}

/** Opens a file of the store for reading; null while it does not exist. Throws as `openStoreFile`. */
export function openStoreFileToRead(
  file: string,
  version: number,
  busyTimeoutMs: number,
): DatabaseSync | null {
  if (!existsSync(file)) return null;
  return opening(file, () => {
    const database = new DatabaseSync(file, { readOnly: true, timeout: busyTimeoutMs });
    try {
      if (numberOf(database, 'SELECT count(*) AS value FROM sqlite_schema') === 0) {
        // Its writer has created it and not yet filled it.
        database.close();
        return null;
      }
      refuseForeign(database, version);
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  });
}

/** Opens a file that the writer has open, to move its log into it. */
export function openStoreFileToCheckpoint(file: string, busyTimeoutMs: number): DatabaseSync {
  return opening(file, () => new DatabaseSync(file, { timeout: busyTimeoutMs }));
}

/** Runs work on a file; whatever it throws names the file. */
export const onFile = <T>(file: string, work: () => T): T => naming(file, work, false);

/** As `onFile`, for work without which the store cannot be opened; also a failure of another file counts. */
export const opening = <T>(file: string, work: () => T): T => naming(file, work, true);

function naming<T>(file: string, work: () => T, unusable: boolean): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof StoreFileError)) {
      throw new StoreFileError(file, withAdvice(file, error), unusable, error);
    }
    if (error.unusable || !unusable) throw error;
    throw new StoreFileError(error.file, error.reason, unusable, error);
  }
}

/** SQLite's own word for a disk without room. */
const SQLITE_FULL = 13;

function withAdvice(file: string, error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error);
  const full = error instanceof Error && 'errcode' in error && error.errcode === SQLITE_FULL;
  return full ? `${reason}; make room in ${dirname(file)}, and storing goes on by itself` : reason;
}

function refuseForeign(database: DatabaseSync, version: number): void {
  if (numberOf(database, 'SELECT application_id AS value FROM pragma_application_id') !== APPLICATION_ID) {
    throw new Error('it is a SQLite file of something else');
  }
  const found = numberOf(database, 'SELECT user_version AS value FROM pragma_user_version');
  if (found !== version) {
    throw new Error(`its schema version is ${found} and this release knows ${version}`);
  }
}

const numberOf = (database: DatabaseSync, sql: string): number => Number(database.prepare(sql).get()?.value);
