import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ForeignFileError } from '../../file-schema.ts';
import { dayFile, hotFile } from '../files/files.ts';
import { StoreFileError } from '../files/store-file.ts';

/** What is damaged in a folder, a line each, for an operator to read. */
export interface DamageNotes {
  /** Of a day, in the place of what was said of it before. */
  ofDay(day: number, reason: string): void;
  isDamaged(day: number): boolean;
  forgetDay(day: number): void;
  /** Of this start. */
  note(reason: string): void;
  list(): readonly string[];
}

/** Begins with what earlier starts put aside in the folder. */
export function createDamageNotes(folder: string): DamageNotes {
  const notes = readdirSync(folder)
    .filter((name) => /\.db\.damaged-/.test(name) && !/-(wal|shm)$/.test(name))
    .map(
      (name) =>
        `${join(folder, name)}: it was damaged, and what can be read of it is in ${name.replace(/\.damaged-.*/, '')}; ` +
        'restore that from a backup, or import the recordings of its time again, then remove this',
    );
  const days = new Map<number, string>();
  return {
    ofDay: (day, reason) => days.set(day, reason),
    isDamaged: (day) => days.has(day),
    forgetDay: (day) => days.delete(day),
    note: (reason) => notes.push(reason),
    list: () => [...notes, ...days.values()],
  };
}

/** True for a file that cannot be read, and that no waiting makes good. */
export const isDamaged = (error: unknown): error is StoreFileError =>
  error instanceof StoreFileError && (error.damaged || error.cause instanceof ForeignFileError);

/** What is said of a file that was replaced by what could be read of it. */
export const salvagedNote = (error: StoreFileError, what: string, aside: string): string =>
  `${error.message}. ${what} could be read and ${what.startsWith('1 ') ? 'is' : 'are'} served; the file is kept as ${basename(aside)}`;

/** Of files that are not there although others say that they were. */
export const missingMain = (file: string, days: number): string =>
  `${file} was missing: the figures of every snapshot of ${days} days are computed again from the day files; ticks and ` +
  'bars were nowhere else: stop, and restore it from a backup, or import the recordings again';

export const missingDay = (folder: string, day: number): string =>
  `${hotFile(folder, day)}: it is missing, and so is ${basename(dayFile(folder, day))}: restore it from a backup, or import ` +
  'the recordings of its time again; `deltastream verify` names what it held';
