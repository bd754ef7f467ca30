import { mkdirSync } from 'node:fs';
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
 * Throws `data_folder_in_use` or `data_folder_unusable`.
 */
export function lockFolder(folder: string): FolderLock {
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
