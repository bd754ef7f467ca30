import { mkdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DeltaStreamError, reasonOf } from './errors.ts';

/** Holds a data folder for this process. */
export interface FolderLock {
  release(): void;
}

/**
 * Locks a folder against a second process, making it if need be. The lock is SQLite's own on a small
 * file, which the operating system lets go even after kill -9, so it can never be left behind.
 * A lock file that is no database holds nothing and nobody, and makes way for a new one.
 * Throws `data_folder_in_use` or `data_folder_unusable`.
 */
export function lockFolder(folder: string): FolderLock {
  replaceGarbage(join(folder, 'lock.db'));
  let database: DatabaseSync;
  try {
    mkdirSync(folder, { recursive: true });
    database = new DatabaseSync(join(folder, 'lock.db'));
  } catch (cause) {
    throw new DeltaStreamError('data_folder_unusable', `cannot write to ${folder}: ${reasonOf(cause)}`, {
      cause,
    });
  }
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; PRAGMA user_version = 1; COMMIT;');
  } catch (cause) {
    database.close();
    if (/locked|busy/i.test(reasonOf(cause))) {
      throw new DeltaStreamError('data_folder_in_use', `another process uses ${folder}`, { cause });
    }
    throw new DeltaStreamError('data_folder_unusable', `cannot write to ${folder}: ${reasonOf(cause)}`, {
      cause,
    });
  }
  return { release: () => database.isOpen && database.close() };
}

const SQLITE_MAGIC = 'SQLite format 3\0';

function replaceGarbage(file: string): void {
  try {
    if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true || isDatabase(file)) return;
    // Another process may have replaced it meanwhile, and hold what it made: then that one is put back.
    const aside = `${file}.damaged-${process.pid}`;
    renameSync(file, aside);
    if (isDatabase(aside)) renameSync(aside, file);
    else rmSync(aside);
  } catch {
    // What cannot be replaced cannot be locked, which the caller says.
  }
}

/** An empty file is one that SQLite has not written to yet. */
function isDatabase(file: string): boolean {
  const head = readFileSync(file).subarray(0, SQLITE_MAGIC.length).toString('latin1');
  return head === '' || head === SQLITE_MAGIC;
}
