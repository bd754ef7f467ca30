import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { LOG_LEVELS } from '@deltastream/contracts';
import { splitContext } from '../../../ports/stores/log-store.ts';
import type { FormerLogs } from './import-former.ts';

/** The table of `logs.db`, in which earlier releases kept entries. It is only read. */
export function formerSqliteLogs(file: string, busyTimeoutMs: number): FormerLogs {
  let database: DatabaseSync | null = null;
  const open = () => {
    database ??= new DatabaseSync(file, { timeout: busyTimeoutMs });
    return database;
  };
  return {
    place: 'logs.db',
    exist: async () =>
      existsSync(file) &&
      open().prepare("SELECT 1 FROM sqlite_schema WHERE name = 'log'").get() !== undefined,
    after: async (id, limit) =>
      open()
        .prepare(
          'SELECT id, timestamp, severity, service, message, fields FROM log WHERE id > ? ORDER BY id LIMIT ?',
        )
        .all(id, limit)
        .map((row) => ({
          id: Number(row.id),
          timestamp: Number(row.timestamp),
          level: LOG_LEVELS[Number(row.severity)],
          service: String(row.service),
          message: String(row.message),
          ...splitContext(JSON.parse(String(row.fields))),
        })),
    async close() {
      database?.close();
    },
  };
}
