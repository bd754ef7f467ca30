import { dirname } from 'node:path';

/**
 * Primary result codes of SQLite: reading or writing failed, a page that is not what was written, no room, a file that
 * cannot be opened or made, a row that the schema refuses (also one whose id is no integer), a file that is not a database.
 */
const SQLITE_IOERR = 10;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_CANTOPEN = 14;
const SQLITE_CONSTRAINT = 19;
const SQLITE_MISMATCH = 20;
const SQLITE_NOTADB = 26;

/** The primary code of an error, or of what caused it; null when SQLite has no part in it. */
function codeOf(error: unknown): number | null {
  if (!(error instanceof Error)) return null;
  // The low byte is the primary code; the rest says more exactly what.
  return 'errcode' in error ? Number(error.errcode) & 0xff : codeOf(error.cause);
}

export const isCorrupt = (error: unknown): boolean => codeOf(error) === SQLITE_CORRUPT;
/** A row that the schema does not take. */
export const isRefused = (error: unknown): boolean =>
  [SQLITE_CONSTRAINT, SQLITE_MISMATCH].includes(codeOf(error) ?? 0);
export const isNoDatabase = (error: unknown): boolean => codeOf(error) === SQLITE_NOTADB;
/** Nothing is known of the content: a file beside a database is made to read it, which a full disk refuses, too. */
export const isOutOfReach = (error: unknown): boolean =>
  [SQLITE_IOERR, SQLITE_CANTOPEN].includes(codeOf(error) ?? 0);
export const isDiskFull = (error: unknown): boolean => codeOf(error) === SQLITE_FULL;

/** What to do about a file that is out of reach. */
export const reachAdvice = (file: string): string =>
  `its content is not known: see that the disk of ${dirname(file)} has room and that files can be made there`;
