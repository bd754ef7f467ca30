import { basename } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { reasonOf } from '../../kit/errors.ts';
import type { Finding } from '../../kit/health/finding.ts';

/** Whether a SQLite file is sound, as SQLite's own check says. */
export function examineDatabase(file: string): Finding {
  const finding = { part: 'data folder', check: basename(file) };
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(file, { readOnly: true });
    const [found] = database.prepare('PRAGMA integrity_check(1)').all() as { integrity_check: string }[];
    const ok = found?.integrity_check === 'ok';
    return { ...finding, ok, detail: ok ? 'sound' : `${found?.integrity_check}; restore it from a backup` };
  } catch (error) {
    return { ...finding, ok: false, detail: `${reasonOf(error)}; restore it from a backup` };
  } finally {
    database?.close();
  }
}
