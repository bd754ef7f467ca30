/** Primary result codes of SQLite: a page that is not what was written, a file that is not a database, no room. */
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_NOTADB = 26;

/** The primary code of an error, or of what caused it; null when SQLite has no part in it. */
function codeOf(error: unknown): number | null {
  if (!(error instanceof Error)) return null;
  // The low byte is the primary code; the rest says more exactly what.
  return 'errcode' in error ? Number(error.errcode) & 0xff : codeOf(error.cause);
}

export const isCorrupt = (error: unknown): boolean => codeOf(error) === SQLITE_CORRUPT;
export const isNoDatabase = (error: unknown): boolean => codeOf(error) === SQLITE_NOTADB;
export const isDiskFull = (error: unknown): boolean => codeOf(error) === SQLITE_FULL;
