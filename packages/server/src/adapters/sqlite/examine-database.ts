import { basename } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { reasonOf } from '../../kit/errors.ts';
import { isOutOfReach, reachAdvice } from '../../kit/files/sqlite-errors.ts';
import type { Finding } from '../../kit/health/finding.ts';
import { type FileSchema, isNewerSchema, schemaVersion } from './file-schema.ts';

/** What fits the failure: a backup over a file that only could not be looked at would lose what is in it. */
function remedyOf(file: string, error: unknown): string {
  if (isNewerSchema(error)) return '';
  if (isOutOfReach(error)) return `; ${reachAdvice(file)}`;
  return '; restore it from a backup';
}

/** Whether a SQLite file is of a version that this release knows, and sound, as SQLite's own check says. */
export function examineDatabase(file: string, schema: FileSchema): Finding {
  const finding = { part: 'data folder', check: basename(file) };
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(file, { readOnly: true });
    schemaVersion(database, schema);
    const [found] = database.prepare('PRAGMA integrity_check(1)').all() as { integrity_check: string }[];
    const ok = found?.integrity_check === 'ok';
    return { ...finding, ok, detail: ok ? 'sound' : `${found?.integrity_check}; restore it from a backup` };
  } catch (error) {
    return { ...finding, ok: false, detail: `${reasonOf(error)}${remedyOf(file, error)}` };
  } finally {
    database?.close();
  }
}
