import { closeSync, fchmodSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

export interface DatabaseOptions {
  readonly file: string;
  /** Schema steps in order; step n leads to `user_version` n. A step that was released never changes. */
  readonly steps: readonly string[];
  /** FULL: a commit survives power loss. NORMAL: it survives a crash of the process. */
  readonly synchronous: 'FULL' | 'NORMAL';
  /** How long a statement waits for another process's lock. */
  readonly busyTimeoutMs: number;
}

/**
 * Opens a SQLite file (WAL, mode 0600) and brings its schema up to date in one transaction.
 * The file gets its mode before anything is written; SQLite gives the same mode to the -wal and -shm
 * beside it. Throws a plain Error, so that a worker thread can use this without loading the contracts.
 */
export function openDatabase(options: DatabaseOptions): DatabaseSync {
  const descriptor = openSync(options.file, 'a', 0o600);
  try {
    fchmodSync(descriptor, 0o600);
  } finally {
    closeSync(descriptor);
  }
  const database = new DatabaseSync(options.file, { timeout: options.busyTimeoutMs });
  try {
    database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${options.synchronous}`);
    upgrade(database, options.steps);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function upgrade(database: DatabaseSync, steps: readonly string[]): void {
  inTransaction(database, () => {
    const version = Number(database.prepare('PRAGMA user_version').get()?.user_version);
    if (version > steps.length) {
      throw new Error(
        `its schema version ${version} is of a newer release (this one knows ${steps.length}); upgrade DeltaStream`,
      );
    }
    for (const step of steps.slice(version)) database.exec(step);
    database.exec(`PRAGMA user_version = ${steps.length}`);
  });
}

/** Runs `work` in one write transaction: all of it is kept, or nothing when it throws. */
export function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}
