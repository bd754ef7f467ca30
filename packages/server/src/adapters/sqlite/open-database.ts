import { closeSync, fchmodSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { type FileSchema, ForeignFileError, fileVersion, isNewerSchema } from './file-schema.ts';
import { migrate } from './migrate.ts';

export interface DatabaseOptions {
  readonly file: string;
  readonly schema: FileSchema;
  /** FULL: a commit survives power loss. NORMAL: it survives a crash of the process. */
  readonly synchronous: 'FULL' | 'NORMAL';
  /** How long a statement waits for another process's lock. */
  readonly busyTimeoutMs: number;
  /** For the owner alone; a file keeps the mode that it has otherwise. */
  readonly isPrivate?: boolean;
  /** Of a file that is made now; SQLite's own otherwise. */
  readonly pageBytes?: number;
  /** Looks at a file that is there before it is written to; what it throws is thrown. */
  readonly examine?: (database: DatabaseSync) => void;
  /** Further settings of the connection, as SQL. */
  readonly pragmas?: string;
}

/**
 * Opens a SQLite file for writing (WAL), making it if need be, and brings its schema up to date; see `migrate`. A
 * file of something else, or of a newer release, is refused with every byte as it was. A private file gets its mode
 * before anything is written; SQLite gives the same mode to the -wal and -shm beside it. Throws plain Errors, so that
 * a worker thread can use this without loading the contracts.
 */
export function openDatabase(options: DatabaseOptions): DatabaseSync {
  const { file, schema, busyTimeoutMs } = options;
  const isNew = knownVersion(options) === 0;
  if (options.isPrivate) makePrivate(file);
  const database = new DatabaseSync(file, { timeout: busyTimeoutMs });
  try {
    if (isNew && options.pageBytes !== undefined) database.exec(`PRAGMA page_size = ${options.pageBytes}`);
    if (!isNew) options.examine?.(database);
    database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${options.synchronous}`);
    database.exec(options.pragmas ?? '');
    migrate(database, file, schema);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** What cannot be read without writing is left to the connection that writes: it mends what a crash left, or says why. */
function knownVersion({ file, schema, busyTimeoutMs }: DatabaseOptions): number | null {
  try {
    return fileVersion(file, schema, busyTimeoutMs);
  } catch (error) {
    if (isNewerSchema(error) || error instanceof ForeignFileError) throw error;
    return null;
  }
}

function makePrivate(file: string): void {
  const descriptor = openSync(file, 'a', 0o600);
  try {
    fchmodSync(descriptor, 0o600);
  } finally {
    closeSync(descriptor);
  }
}
