import { closeSync, fsyncSync, openSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { DAY_FILE, HOT_FILE } from './schemas.ts';

const DAY_MS = 86_400_000;

/** UTC day of an instant, in days since the Unix epoch: the window of the hot file that it goes to. */
export const dayOf = (epochMs: number): number => Math.floor(epochMs / DAY_MS);

export const mainFile = (folder: string): string => join(folder, 'main.db');

/** When a UTC day ends. */
export const endOfDay = (day: number): number => (day + 1) * DAY_MS;

/** `hot-YYYYMMDD.db`: snapshots of one UTC day as they come. */
export const hotFile = (folder: string, day: number): string => join(folder, `hot-${dateOf(day)}.db`);
/** `day-YYYYMMDD.db`: the sealed snapshots of one UTC day. */
export const dayFile = (folder: string, day: number): string => join(folder, `day-${dateOf(day)}.db`);
/** A sealed day that is being written, and has not taken its name. */
export const partialFile = (folder: string, day: number): string => `${dayFile(folder, day)}.partial`;

const dateOf = (day: number): string =>
  new Date(day * DAY_MS).toISOString().slice(0, -14).replaceAll('-', '');

/** The day of a hot file's name; null for any other name. */
export const dayOfHotFile = (name: string): number | null => dayIn(HOT_FILE.exec(name));
/** The day of a sealed file's name; null for any other name. */
export const dayOfDayFile = (name: string): number | null => dayIn(DAY_FILE.exec(name));

function dayIn(found: RegExpExecArray | null): number | null {
  return found === null ? null : dayOf(Date.UTC(Number(found[1]), Number(found[2]) - 1, Number(found[3])));
}

/**
 * Removes a SQLite file with its log. The file goes first: a log that a crash leaves behind is of no file, and is removed
 * by `removeStaleLog` before another file takes the name.
 */
export function removeDatabase(file: string): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true });
}

/** When a UTC day begins. */
export const startOfDay = (day: number): number => day * DAY_MS;

/** The first UTC day of which a folder has snapshots; null where it has none. */
export function oldestStoredDay(folder: string): number | null {
  const names = readdirSync(folder);
  const days = [...names.map(dayOfHotFile), ...names.map(dayOfDayFile)].filter((day) => day !== null);
  return days.length === 0 ? null : days.reduce((oldest, day) => Math.min(oldest, day));
}

/** Removes the log of a file that is not there, which would be taken for that of a new one. */
export function removeStaleLog(file: string): void {
  if (inodeOf(file) !== undefined) return;
  for (const suffix of ['-wal', '-shm']) rmSync(file + suffix, { force: true });
}

/** Removes the days that were being sealed when a process was killed. Only while nothing is sealed. */
export function removePartialFiles(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (/^day-\d{8}\.db\.partial$/.test(name)) rmSync(join(folder, name), { force: true });
  }
}

/** Makes the content of a file, or the names in a folder, durable. */
export function syncPath(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Tells whether a name still leads to the file that was opened under it; undefined when there is none. */
export const inodeOf = (file: string): number | undefined => statSync(file, { throwIfNoEntry: false })?.ino;
