import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DeltaStreamError, reasonOf } from '../errors.ts';
import { createOpenedFile, type OpenedFile } from './opened-file.ts';
import { isCorrupt, isNoDatabase } from './sqlite-errors.ts';

/** Holds a data folder for this process. */
export interface FolderLock {
  /** Why the folder may not be this process's alone; null while it is. */
  problem(): string | null;
  release(): void;
}

export interface FolderLockOptions {
  /** How often it is checked that the lock file is still the one that is held: so long may two write at most; 100 ms. */
  readonly checkMs?: number;
  /** Also a folder into which a restore was interrupted, to complete that. */
  readonly restoring?: boolean;
  /** Called once, when another process holds the folder: this one must write to it no more. */
  readonly onLost?: (reason: string) => void;
}

/** A folder that holds it is a backup, whose files others may share. */
export const BACKUP_MANIFEST = 'manifest.json';

/** In a folder while a restore has begun to change it: what is to come, by what is being done. */
export const RESTORE_STEPS = ['.restore-clearing', '.restore-placing'] as const;

interface Held {
  readonly database: DatabaseSync;
  readonly opened: OpenedFile;
}

/**
 * Locks a folder against a second process, making it if need be. The lock is SQLite's own on a small
 * file, which the operating system lets go even after kill -9, so it can never be left behind.
 * A lock file that is not a database is replaced if nobody holds it. One that was removed or replaced while
 * it was held is taken again, unless another process was faster: then the lock is lost, for good.
 * Throws `data_folder_in_use`, or `data_folder_unusable`: also for a backup, and while a restore into the folder is not
 * complete.
 */
export function lockFolder(
  folder: string,
  { checkMs = 100, restoring = false, onLost }: FolderLockOptions = {},
): FolderLock {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (cause) {
    throw unusable(folder, cause);
  }
  if (existsSync(join(folder, BACKUP_MANIFEST))) {
    const advice = 'put it into a data folder with `deltastream restore`';
    throw new DeltaStreamError(
      'data_folder_unusable',
      `${folder} is a backup, which nothing may change: ${advice}`,
    );
  }
  const half = RESTORE_STEPS.find((name) => existsSync(join(folder, name)));
  if (half !== undefined && !restoring) {
    const advice = 'run `deltastream restore` again with the same backup, which completes it';
    throw new DeltaStreamError('data_folder_unusable', `a restore into ${folder} was interrupted: ${advice}`);
  }
  let held = take(folder);
  let problem: string | null = null;
  const check = () => {
    problem = held.opened.problem();
    if (problem === null) return;
    try {
      const again = take(folder);
      held.database.close();
      held = again;
      problem = null;
    } catch (error) {
      problem = `the lock of the data folder: ${problem}`;
      if (!(error instanceof DeltaStreamError) || error.code !== 'data_folder_in_use') return;
      clearInterval(timer);
      problem =
        `another process uses ${folder}: its lock.db was removed or replaced, and the other took it; ` +
        'nothing more is stored by this one: stop one of the two, and start this one again if it shall go on';
      onLost?.(problem);
    }
  };
  const timer = setInterval(check, checkMs).unref();
  return {
    problem: () => problem,
    release() {
      clearInterval(timer);
      if (held.database.isOpen) held.database.close();
    },
  };
}

function take(folder: string): Held {
  try {
    return open(join(folder, 'lock.db'));
  } catch (cause) {
    if (!isGarbage(cause)) throw refusal(folder, cause);
  }
  try {
    rmSync(join(folder, 'lock.db'));
    return open(join(folder, 'lock.db'));
  } catch (cause) {
    throw refusal(folder, cause);
  }
}

function open(file: string): Held {
  const database = new DatabaseSync(file);
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; PRAGMA user_version = 1; COMMIT;');
    return { database, opened: createOpenedFile(file) };
  } catch (error) {
    database.close();
    throw error;
  }
}

/** A file that is not a database says so only to who may read it, so nobody holds it. */
const isGarbage = (error: unknown): boolean => isNoDatabase(error) || isCorrupt(error);

function refusal(folder: string, cause: unknown): DeltaStreamError {
  if (!/locked|busy/i.test(reasonOf(cause))) return unusable(folder, cause);
  return new DeltaStreamError('data_folder_in_use', `another process uses ${folder}`, { cause });
}

function unusable(folder: string, cause: unknown): DeltaStreamError {
  return new DeltaStreamError('data_folder_unusable', `cannot write to ${folder}: ${reasonOf(cause)}`, {
    cause,
  });
}
