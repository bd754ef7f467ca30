import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { MalformedBlobError } from '@deltastream/contracts/malformed-blob';

/**
 * A file of the store that failed. `unusable`: it could not be opened, so the folder must be looked at.
 * `damaged`: its bytes are not what was written.
 */
export class StoreFileError extends Error {
  override readonly name = 'StoreFileError';
  readonly file: string;
  readonly reason: string;
  readonly unusable: boolean;
  readonly damaged: boolean;

  constructor(file: string, reason: string, unusable: boolean, cause?: unknown) {
    super(`${file}: ${reason}`, { cause });
    this.file = file;
    this.reason = reason;
    this.unusable = unusable;
    this.damaged = isDamage(cause);
  }
}

/** Thrown for stored bytes that are not what was written; `onFile` names the file. */
export class DamageError extends Error {
  override readonly name = 'DamageError';
}

/** SQLite's words for a page, or a file, that is not one of its own. */
const SQLITE_CORRUPT = 11;
const SQLITE_NOTADB = 26;

function isDamage(error: unknown): boolean {
  if (error instanceof StoreFileError) return error.damaged;
  if (error instanceof DamageError || error instanceof MalformedBlobError) return true;
  // The low byte is the primary code; the rest says more exactly what.
  const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : 0;
  return code === SQLITE_CORRUPT || code === SQLITE_NOTADB;
}

export interface StoreFileOptions {
  readonly file: string;
  /** Schema steps in order; step n leads to version n. A step that was released never changes. */
  readonly steps: readonly string[];
  /** What a file must have besides, which may be there already; done with the steps. */
  readonly complete?: (database: DatabaseSync) => void;
  readonly pageBytes: number;
  /** A file of at most so many bytes is checked before it is used, its indexes against its rows; 0: none is. */
  readonly checkBytes?: number;
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
      const version = tables === 0 ? 0 : knownVersion(database, options.steps.length);
      if (tables > 0 && statSync(options.file).size <= (options.checkBytes ?? 0)) requireIntegrity(database);
      database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${options.synchronous.toUpperCase()};
        PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = ${KEPT_LOG_BYTES};
        BEGIN IMMEDIATE; ${options.steps.slice(version).join('\n')};
        PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${options.steps.length}`);
      options.complete?.(database);
      database.exec('COMMIT');
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  });
}

export interface ReadableFile {
  readonly database: DatabaseSync;
  /** Its schema version: a writer of this release brings it up to date when it opens the folder. */
  readonly version: number;
}

/** Opens a file of the store for reading; null while it does not exist. Throws as `openStoreFile`. */
export function openStoreFileToRead(
  file: string,
  newestVersion: number,
  busyTimeoutMs: number,
): ReadableFile | null {
  if (!existsSync(file)) return null;
  return opening(file, () => {
    const database = new DatabaseSync(file, { readOnly: true, timeout: busyTimeoutMs });
    try {
      if (numberOf(database, 'SELECT count(*) AS value FROM sqlite_schema') === 0) {
        // Its writer has created it and not yet filled it.
        database.close();
        return null;
      }
      return { database, version: knownVersion(database, newestVersion) };
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
    throw new StoreFileError(error.file, error.reason, unusable, error.cause);
  }
}

/** SQLite's own word for a disk without room. */
const SQLITE_FULL = 13;

const REMEDY =
  'restore it from a backup, or import the recordings of its time again; `deltastream doctor` examines every file';

function withAdvice(file: string, error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error);
  const full = error instanceof Error && 'errcode' in error && error.errcode === SQLITE_FULL;
  if (full) return `${reason}; make room in ${dirname(file)}, and storing goes on by itself`;
  return isDamage(error) ? `${reason}; ${REMEDY}` : reason;
}

/** A key that is damaged makes a row that nobody finds, which no checksum of rows can tell. */
function requireIntegrity(database: DatabaseSync): void {
  const [found] = database.prepare('PRAGMA integrity_check(1)').all() as { integrity_check: string }[];
  if (found?.integrity_check !== 'ok') throw new DamageError(String(found?.integrity_check));
}

/** The schema version of a file of this store. Throws for a foreign one, and one of a newer release. */
function knownVersion(database: DatabaseSync, newest: number): number {
  if (numberOf(database, 'SELECT application_id AS value FROM pragma_application_id') !== APPLICATION_ID) {
    throw new ForeignFileError('it is a SQLite file of something else');
  }
  const found = numberOf(database, 'SELECT user_version AS value FROM pragma_user_version');
  if (found > newest) {
    throw new Error(`its schema version is ${found} and this release knows ${newest}; upgrade DeltaStream`);
  }
  return found;
}

/** Such a file is left as it is. */
export class ForeignFileError extends Error {
  override readonly name = 'ForeignFileError';
}

const numberOf = (database: DatabaseSync, sql: string): number => Number(database.prepare(sql).get()?.value);

/** Reads the row that `PRAGMA wal_checkpoint` answers. */
export function backlogOf(row: Record<string, unknown> | undefined): number {
  return Math.max(0, Number(row?.log ?? 0) - Number(row?.checkpointed ?? 0));
}
