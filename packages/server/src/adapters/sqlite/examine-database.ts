import { basename } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { reasonOf } from '../../kit/errors.ts';
import type { Finding } from '../../kit/health/finding.ts';
import { type FileSchema, isNewerSchema, schemaVersion } from './file-schema.ts';

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
    const remedy = isNewerSchema(error) ? '' : '; restore it from a backup';
    return { ...finding, ok: false, detail: reasonOf(error) + remedy };
  } finally {
    database?.close();
  }
}
