import { LOG_LEVELS } from '@deltastream/contracts';
import type { LogEntry, LogFilter, LogStore, StoredLogEntry } from '../../ports/log-store.ts';
import type { LogRow, RowFilter, StoredRow } from './messages.ts';
import { startWorker } from './worker-client.ts';

export interface SqliteLogStoreOptions {
  readonly file: string;
  /** Entries kept; at least 1. */
  readonly maxRows?: number;
  /** How long a statement waits for another process's lock. */
  readonly busyTimeoutMs?: number;
  /** How long `close` waits for what was asked before. */
  readonly closeTimeoutMs?: number;
}

const LOG_STORE_DEFAULTS = { maxRows: 200_000, busyTimeoutMs: 2000, closeTimeoutMs: 5000 } as const;

/**
 * Log entries in one SQLite file behind a worker thread: neither a write, nor a checkpoint, nor a scan
 * for a rare entry holds up the event loop. An append is one transaction, kept when the process crashes;
 * the last ones may be lost with the power (synchronous NORMAL).
 *
 * Rejects with `data_folder_unusable` when the file cannot be opened.
 */
export async function createSqliteLogStore(options: SqliteLogStoreOptions): Promise<LogStore> {
  const { file, maxRows, busyTimeoutMs, closeTimeoutMs } = { ...LOG_STORE_DEFAULTS, ...options };
  const worker = await startWorker({ file, maxRows, busyTimeoutMs });
  return {
    async append(entries) {
      if (entries.length > 0) await worker.ask({ kind: 'append', rows: entries.map(toRow) });
    },
    async query(filter) {
      return (await worker.ask({ kind: 'query', filter: toRowFilter(filter) })).map(toEntry);
    },
    close: () => worker.end(closeTimeoutMs),
  };
}

function toRow({ timestamp, level, service, message, fields }: LogEntry): LogRow {
  return [Math.trunc(timestamp), LOG_LEVELS.indexOf(level), service, message, JSON.stringify(fields)];
}

function toEntry([id, timestamp, severity, service, message, fields]: StoredRow): StoredLogEntry {
  return { id, timestamp, level: LOG_LEVELS[severity], service, message, fields: JSON.parse(fields) };
}

function toRowFilter({ minLevel, service, fromMs, toMs, beforeId, limit }: LogFilter): RowFilter {
  return {
    minSeverity: minLevel === undefined ? 0 : LOG_LEVELS.indexOf(minLevel),
    service: service ?? null,
    fromMs: fromMs ?? 0,
    toMs: toMs ?? Number.MAX_SAFE_INTEGER,
    beforeId: beforeId ?? Number.MAX_SAFE_INTEGER,
    limit,
  };
}
