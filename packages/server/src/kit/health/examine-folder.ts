import { existsSync, mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DeltaStreamError, reasonOf } from '../errors.ts';
import { lockFolder } from '../files/folder-lock.ts';
import type { Finding } from './finding.ts';

const PART = 'data folder';
const MIN_FREE_BYTES = 1024 ** 3; // Room to act before the disk is full.

/** Examines the folder of the embedded stores: writable, room, in use, version of SQLite. */
export function examineFolder(folder: string, minFreeBytes = MIN_FREE_BYTES): Finding[] {
  const finding = (check: string, ok: boolean, detail: string): Finding => ({
    part: PART,
    check,
    ok,
    detail,
  });
  const trial = join(folder, '.doctor');
  try {
    const existed = existsSync(folder);
    mkdirSync(folder, { recursive: true });
    writeFileSync(trial, '');
    rmSync(trial);
    const free = statfsSync(folder);
    const freeBytes = free.bavail * free.bsize;
    const gibibytes = (bytes: number) => `${(bytes / 1024 ** 3).toFixed(1)} GiB`;
    return [
      finding('writable', true, existed ? folder : `${folder}, made now`),
      finding(
        'room',
        freeBytes >= minFreeBytes,
        `${gibibytes(freeBytes)} free; at least ${gibibytes(minFreeBytes)}`,
      ),
      finding('in use', true, usedByAnother(folder) ? 'by another process of DeltaStream' : 'by nobody'),
      finding('version', true, `SQLite ${sqliteVersion()}`),
    ];
  } catch (error) {
    return [finding('writable', false, `${folder}: ${reasonOf(error)}; choose another with --data`)];
  }
}

function usedByAnother(folder: string): boolean {
  try {
    lockFolder(folder).release();
    return false;
  } catch (error) {
    if (error instanceof DeltaStreamError && error.code === 'data_folder_in_use') return true;
    throw error;
  }
}

function sqliteVersion(): string {
  const database = new DatabaseSync(':memory:');
  const version = String(database.prepare('SELECT sqlite_version() AS version').get()?.version);
  database.close();
  return version;
}
