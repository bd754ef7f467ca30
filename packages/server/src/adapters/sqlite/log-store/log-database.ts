import { existsSync, renameSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { createOpenedFile } from '../../../kit/files/opened-file.ts';
import { isCorrupt, isNoDatabase } from '../../../kit/files/sqlite-errors.ts';
import { openDatabase } from '../open-database.ts';
import { inTransaction } from '../transaction.ts';
import type { LogRow, RowFilter, StoredRow, WorkerSettings } from './messages.ts';
import { LOGS_SCHEMA } from './schema.ts';

export interface LogDatabase {
  append(rows: readonly LogRow[]): void;
  query(filter: RowFilter): StoredRow[];
  close(): void;
}

/**
 * The log table. Ids have no gaps, because only the lowest are ever removed; so the bound on rows is one
 * range delete by key. Filters scan down the ids: the table is bounded, and this is off the event loop.
 */
export function openLogDatabase({ file, maxRows, busyTimeoutMs }: WorkerSettings): LogDatabase {
  const database = open(file, busyTimeoutMs);
  const opened = createOpenedFile(file);
  const insert = database.prepare(
    'INSERT INTO log (timestamp, severity, service, message, fields) VALUES (?, ?, ?, ?, ?)',
  );
  const trim = database.prepare('DELETE FROM log WHERE id <= (SELECT max(id) FROM log) - ?');
  const select = database.prepare(
    `SELECT id, timestamp, severity, service, message, fields FROM log
     WHERE id < :beforeId AND severity >= :minSeverity AND timestamp >= :fromMs AND timestamp < :toMs
       AND (:service IS NULL OR service = :service)
     ORDER BY id DESC LIMIT :limit`,
  );
  select.setReturnArrays(true);

  return {
    append(rows) {
      const gone = opened.problem();
      if (gone !== null) throw new Error(gone);
      inTransaction(database, () => {
        for (const row of rows) insert.run(...row);
        trim.run(maxRows);
      });
    },
    query: (filter) => select.all({ ...filter }) as unknown as StoredRow[],
    close: () => database.close(),
  };
}

/**
 * A damaged file is kept under another name, and a new one begun: nothing else of the platform needs what it said.
 * A database of something else is left as it is. What it throws names the file.
 */
function open(file: string, busyTimeoutMs: number): DatabaseSync {
  const begin = () =>
    openDatabase({ file, schema: LOGS_SCHEMA, synchronous: 'NORMAL', busyTimeoutMs, isPrivate: true });
  try {
    return begin();
  } catch (cause) {
    if (isCorrupt(cause) || isNoDatabase(cause)) {
      setAside(file);
      return begin();
    }
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${file} cannot be opened: ${reason}`, { cause });
  }
}

function setAside(file: string): void {
  const name = `${file}.damaged-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`;
  for (const part of ['', '-wal', '-shm']) if (existsSync(file + part)) renameSync(file + part, name + part);
}
