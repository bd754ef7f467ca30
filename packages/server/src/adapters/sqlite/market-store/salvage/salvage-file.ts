import { readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setAside } from '../../../../kit/files/set-aside.ts';
import { isRefused } from '../../../../kit/files/sqlite-errors.ts';
import type { FileSchema } from '../../file-schema.ts';
import { migrate } from '../../migrate.ts';
import { inodeOf, removeDatabase, removeStaleLog, syncPath } from '../files/files.ts';
import { onFile } from '../files/store-file.ts';
import { openPages, pageBytesOf } from './page-file.ts';
import { type PageRow, readableRows } from './page-rows.ts';

const PARTIAL = '.salvaging';
const COMPLETE = '.salvaged';

export interface Salvage<T> {
  /** The name that the damaged file has now. */
  readonly aside: string;
  readonly result: T;
}

interface SalvagedKind {
  readonly schema: FileSchema;
  /** Of the new file. */
  readonly pageBytes: number;
  /** With which files of the kind were made before. */
  readonly formerPageBytes?: number;
}

/**
 * Puts a new file in the place of a damaged one, which is kept under another name: `fill` is given every row of it that
 * can be read, and writes those that are what was written. Killed at any moment, the damaged file is there under one of
 * its names, and `completeSalvages` puts a new one that was complete in its place. Nobody else may have the file open for
 * writing.
 */
export function salvageFile<T>(
  file: string,
  { schema, pageBytes, formerPageBytes }: SalvagedKind,
  fill: (database: DatabaseSync, rows: () => Iterable<PageRow>) => T,
): Salvage<T> {
  return onFile(file, () => {
    const partial = file + PARTIAL;
    const given = pageBytesGiven(file, [pageBytes, formerPageBytes ?? pageBytes]);
    rmSync(partial, { force: true });
    const database = new DatabaseSync(partial);
    let result: T;
    try {
      // Nothing reads it before it has its name, so it needs no journal.
      database.exec(`PRAGMA page_size = ${pageBytes}; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF`);
      migrate(database, partial, schema);
      database.exec('BEGIN');
      result = fill(database, () => rowsOf(file, given));
      database.exec('COMMIT');
    } finally {
      database.close();
    }
    syncPath(partial);
    renameSync(partial, file + COMPLETE);
    const aside = setAside(file);
    renameSync(file + COMPLETE, file);
    syncPath(dirname(file));
    return { aside, result };
  });
}

/** Takes a row; one that the new file refuses, because it is damaged in what no checksum covers, is left out. */
export function unlessRefused(take: () => unknown): void {
  try {
    take();
  } catch (error) {
    if (!isRefused(error)) throw error;
  }
}

function* rowsOf(file: string, pageBytes: number): Generator<PageRow> {
  const pages = openPages(file, pageBytes);
  try {
    yield* readableRows(pages);
  } finally {
    pages.close();
  }
}

/** The size of the pages of a file: as its header says, and where that is damaged, the one with which more rows are read. */
function pageBytesGiven(file: string, sizes: readonly [number, number]): number {
  const said = pageBytesOf(file);
  if (said !== null) return said;
  const [now, before] = sizes;
  if (now === before) return now;
  const count = (pageBytes: number) => {
    let rows = 0;
    for (const _ of rowsOf(file, pageBytes)) rows++;
    return rows;
  };
  return count(before) > count(now) ? before : now;
}

/** Ends what a killed process had begun. Only while nobody has the folder open for writing. */
export function completeSalvages(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (name.endsWith(PARTIAL)) removeDatabase(join(folder, name));
    if (!name.endsWith(COMPLETE)) continue;
    const complete = join(folder, name);
    const file = complete.slice(0, -COMPLETE.length);
    // The damaged file still has its name: it is salvaged again.
    if (inodeOf(file) !== undefined) rmSync(complete);
    else {
      removeStaleLog(file);
      renameSync(complete, file);
    }
  }
}
