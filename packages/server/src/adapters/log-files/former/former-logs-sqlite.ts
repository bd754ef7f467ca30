import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { LOG_LEVELS, type LogEvent } from '@deltastream/contracts';
import { isCorrupt, isNoDatabase } from '../../../kit/files/sqlite-errors.ts';
import { NO_CONTEXT, splitContext } from '../../../ports/stores/logs/log-store.ts';
import type { FormerLogs } from './import-former.ts';

/** Behind every entry of a table: what is said of one that cannot be read to its end. */
const DAMAGED_ID = Number.MAX_SAFE_INTEGER;

/**
 * The table of `logs.db`, in which earlier releases kept entries. It is only read. Of a damaged one what comes before the
 * damage is taken over, and an entry says so: nothing else of the platform needs what it said.
 */
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
      orDamaged(
        () => open().prepare("SELECT 1 FROM sqlite_schema WHERE name = 'log'").get() !== undefined,
        () => true,
      ),
    async after(id, limit) {
      if (id === DAMAGED_ID) return [];
      return orDamaged(
        () =>
          open()
            .prepare(
              'SELECT id, timestamp, severity, service, message, fields FROM log WHERE id > ? ORDER BY id LIMIT ?',
            )
            .all(id, limit)
            .map((row) => ({
              id: Number(row.id),
              timestamp: Number(row.timestamp),
              level: LOG_LEVELS[Number(row.severity)] ?? 'info',
              service: String(row.service),
              message: String(row.message),
              ...splitContext(fieldsOf(String(row.fields))),
            })),
        (reason) => [damaged(reason)],
      );
    },
    async close() {
      database?.close();
    },
  };
}

function orDamaged<Result>(read: () => Result, otherwise: (reason: string) => Result): Result {
  try {
    return read();
  } catch (error) {
    if (!isCorrupt(error) && !isNoDatabase(error)) throw error;
    return otherwise((error as Error).message);
  }
}

function fieldsOf(text: string): Record<string, unknown> {
  try {
    return { ...JSON.parse(text) };
  } catch {
    return { damaged_fields: text };
  }
}

const damaged = (reason: string) => ({
  id: DAMAGED_ID,
  timestamp: Date.now(),
  level: 'error' as const,
  service: 'logging',
  message: `logs.db is damaged (${reason}): entries before this one are missing, and may be in it or in a backup`,
  ...NO_CONTEXT,
  event: 'log_store_mended' satisfies LogEvent,
  fields: {},
});
