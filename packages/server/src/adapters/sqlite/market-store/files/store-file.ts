import { existsSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { MalformedBlobError } from '@deltastream/contracts/malformed-blob';
import {
  isCorrupt,
  isDiskFull,
  isNoDatabase,
  isOutOfReach,
  reachAdvice,
} from '../../../../kit/files/sqlite-errors.ts';
import { type FileSchema, schemaVersion } from '../../file-schema.ts';
import type { Failure } from '../../handle-requests.ts';
import { openDatabase } from '../../open-database.ts';

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

function isDamage(error: unknown): boolean {
  if (error instanceof StoreFileError) return error.damaged;
  if (error instanceof DamageError || error instanceof MalformedBlobError) return true;
  return isCorrupt(error) || isNoDatabase(error);
}

export interface StoreFileOptions {
  readonly file: string;
  readonly schema: FileSchema;
  readonly pageBytes: number;
  /** Pages of the file kept in memory, at most; SQLite's 2 MB otherwise. */
  readonly cacheBytes?: number;
  /** A file of at most so many bytes is checked before it is used, its indexes against its rows; 0: none is. */
  readonly checkBytes?: number;
  /** full: a commit survives power loss. normal: it survives a crash of the process. */
  readonly synchronous: 'full' | 'normal';
  /** How long a statement waits for another connection's lock. */
  readonly busyTimeoutMs: number;
}

/** The log is cut back to this size when it starts again. */
const LOG_LIMIT_BYTES = 64 * 1024 * 1024;

/**
 * Opens a file of the store for writing, and creates it when absent. Checkpoints are left to another
 * connection, because they would hold up the commit they fall on. Throws StoreFileError, `unusable` for
 * a file that is foreign, damaged, of a newer release or not writable.
 */
export function openStoreFile(options: StoreFileOptions): DatabaseSync {
  const { file, schema, pageBytes, cacheBytes, checkBytes = 0, busyTimeoutMs } = options;
  const cache = cacheBytes === undefined ? '' : `; PRAGMA cache_size = -${cacheBytes / 1024}`;
  return opening(file, () =>
    openDatabase({
      file,
      schema,
      pageBytes,
      synchronous: options.synchronous === 'full' ? 'FULL' : 'NORMAL',
      busyTimeoutMs,
      examine(database) {
        if (statSync(file).size <= checkBytes) requireIntegrity(database);
      },
      pragmas: `PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = ${LOG_LIMIT_BYTES}${cache}`,
    }),
  );
}

/** Of a file of a day: its upper pages, and little else, because a snapshot is seldom read twice. */
export const READ_CACHE = 'PRAGMA cache_size = -512';

export interface ReadableFile {
  readonly database: DatabaseSync;
  /** Its schema version: a writer of this release brings it up to date when it opens the folder. */
  readonly version: number;
}

/** Opens a file of the store for reading; null while it does not exist. Throws as `openStoreFile`. */
export function openStoreFileToRead(
  file: string,
  schema: FileSchema,
  busyTimeoutMs: number,
): ReadableFile | null {
  if (!existsSync(file)) return null;
  return opening(file, () => {
    const database = new DatabaseSync(file, { readOnly: true, timeout: busyTimeoutMs });
    try {
      const version = schemaVersion(database, schema);
      if (version > 0) return { database, version };
      // Its writer has created it and not yet filled it.
      database.close();
      return null;
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

/** What an operator does about a damaged file. */
export const REMEDY =
  'restore it from a backup, or import the recordings of its time again; `deltastream doctor` examines every file';

function withAdvice(file: string, error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error);
  if (isDiskFull(error)) return `${reason}; make room in ${dirname(file)}, and storing goes on by itself`;
  if (isOutOfReach(error)) return `${reason}; ${reachAdvice(file)}`;
  return isDamage(error) ? `${reason}; ${REMEDY}` : reason;
}

/** A key that is damaged makes a row that nobody finds, which no checksum of rows can tell. */
export function requireIntegrity(database: DatabaseSync): void {
  const [found] = database.prepare('PRAGMA integrity_check(1)').all() as { integrity_check: string }[];
  if (found?.integrity_check === 'ok') return;
  // The first line names the database; what is wrong is in the next.
  throw new DamageError(String(found?.integrity_check).replace(/^\*{3}.*\*{3}\s*/, ''));
}

/** Reads the row that `PRAGMA wal_checkpoint` returns. */
export function backlogOf(row: Record<string, unknown> | undefined): number {
  return Math.max(0, Number(row?.log ?? 0) - Number(row?.checkpointed ?? 0));
}

/** What kind of failure an error of a thread of the store is, for the process's own log. */
export function writeFailure(error: unknown): Failure {
  if (!(error instanceof StoreFileError)) return { code: 'store_failed', reason: String(error) };
  if (error.damaged) return { code: 'stored_data_damaged', reason: error.message };
  return { code: error.unusable ? 'data_folder_unusable' : 'store_failed', reason: error.message };
}

/** The same of a read, which a caller of the API is told: the file's name, and not where the folder is. */
export function readFailure(error: unknown): Failure {
  const failure = writeFailure(error);
  if (!(error instanceof StoreFileError)) return failure;
  return { ...failure, reason: `${basename(error.file)}: ${error.reason}` };
}
