import { statSync } from 'node:fs';
import { join } from 'node:path';

import { HOT_FILE } from './schemas.ts';

const DAY_MS = 86_400_000;

/** UTC day of an instant, in days since the Unix epoch: the window of the hot file that it goes to. */
export const dayOf = (epochMs: number): number => Math.floor(epochMs / DAY_MS);

export const mainFile = (folder: string): string => join(folder, 'main.db');

/** `hot-YYYYMMDD.db`: the snapshots of one UTC day. */
export function hotFile(folder: string, day: number): string {
  const date = new Date(day * DAY_MS).toISOString().slice(0, -14).replaceAll('-', '');
  return join(folder, `hot-${date}.db`);
}

/** The day of a hot file's name; null for any other name. */
export function dayOfHotFile(name: string): number | null {
  const [, year, month, day] = HOT_FILE.exec(name) ?? [];
  return year === undefined ? null : dayOf(Date.UTC(Number(year), Number(month) - 1, Number(day)));
}

/** Tells whether a name still leads to the file that was opened under it; undefined when there is none. */
export const inodeOf = (file: string): number | undefined => statSync(file, { throwIfNoEntry: false })?.ino;
