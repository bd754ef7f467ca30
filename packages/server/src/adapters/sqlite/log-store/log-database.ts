import { statSync } from 'node:fs';
import { basename } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { createOpenedFile } from '../../../kit/files/opened-file.ts';
import { setAside } from '../../../kit/files/set-aside.ts';
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
export function openLogDatabase(settings: WorkerSettings): LogDatabase {
  const { file, maxRows } = settings;
  const database = open(settings);
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
 * A damaged file is kept under another name, and a new one begun whose first entry says so: nothing else of the platform
 * needs what it said. A database of something else is left as it is. What it throws names the file.
 */
function open({ file, busyTimeoutMs, errorSeverity }: WorkerSettings): DatabaseSync {
  const begin = () =>
    openDatabase({ file, schema: LOGS_SCHEMA, synchronous: 'NORMAL', busyTimeoutMs, isPrivate: true });
  const enter = (database: DatabaseSync, message: string) => {
    const insert = 'INSERT INTO log (timestamp, severity, service, message, fields) VALUES (?, ?, ?, ?, ?)';
    database.prepare(insert).run(Date.now(), errorSeverity, 'logging', message, '{}');
  };
  const wasEmptied = statSync(file, { throwIfNoEntry: false })?.size === 0;
  try {
    const database = begin();
    if (wasEmptied)
      enter(database, `${basename(file)} was empty: entries before this one are lost, ${REMEDY}`);
    return database;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    if (!isCorrupt(cause) && !isNoDatabase(cause)) {
      throw new Error(`${file} cannot be opened: ${reason}`, { cause });
    }
    const aside = setAside(file);
    const database = begin();
    enter(
      database,
      `${basename(file)} was damaged (${reason}), and is kept as ${basename(aside)}: entries before this one are in it, ` +
        `of the audit, too; ${REMEDY}`,
    );
    return database;
  }
}

const REMEDY = 'or in a backup';
