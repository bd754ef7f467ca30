import { LOG_LEVELS } from '@deltastream/contracts';
import { withDefaults } from '../../../kit/settings-fragment.ts';
import {
  joinContext,
  type LogEntry,
  type LogFilter,
  type LogStore,
  type StoredLogEntry,
  splitContext,
} from '../../../ports/stores/log-store.ts';
import { LOG_STORE, type LogStoreSettings, type ThreadSettings } from '../settings.ts';
import { type SpawnThread, startThread } from '../supervised-thread.ts';
import type { LogRow, Request, RowFilter, StoredRow, WorkerSettings } from './messages.ts';

export interface SqliteLogStoreOptions extends Partial<LogStoreSettings> {
  readonly file: string;
  readonly threads?: Partial<ThreadSettings>;
  /** Starts the thread; `new Worker`. */
  readonly spawn?: SpawnThread;
}

/**
 * Log entries in one SQLite file behind a worker thread: neither a write, nor a checkpoint, nor a scan
 * for a rare entry holds up the event loop. An append is one transaction, kept when the process crashes;
 * the last ones may be lost with the power (synchronous NORMAL).
 *
 * Rejects with `data_folder_unusable` when the file cannot be opened.
 */
export async function createSqliteLogStore(options: SqliteLogStoreOptions): Promise<LogStore> {
  const settings = withDefaults(LOG_STORE.defaults, options);
  const { file, maxRows, busyTimeoutMs, closeTimeoutMs, maxWaiting, youngGenerationMb } = settings;
  const thread = await startThread({
    ...options.threads,
    script: new URL('./log-worker.ts', import.meta.url),
    name: `the log store, ${file}`,
    settings: {
      file,
      maxRows,
      busyTimeoutMs,
      errorSeverity: LOG_LEVELS.indexOf('error'),
    } satisfies WorkerSettings,
    maxWaiting,
    youngGenerationMb,
    spawn: options.spawn,
  });
  const ask = (request: Request) => thread.ask(request) as Promise<readonly StoredRow[]>;
  return {
    async append(entries) {
      if (entries.length > 0) await ask({ kind: 'append', rows: entries.map(toRow) });
    },
    query: async (filter) => (await ask({ kind: 'query', filter: toRowFilter(filter) })).map(toEntry),
    problem: thread.problem,
    close: () => thread.close(closeTimeoutMs),
  };
}

function toRow(entry: LogEntry): LogRow {
  const { timestamp, level, service, message } = entry;
  const fields = JSON.stringify(joinContext(entry));
  return [Math.trunc(timestamp), LOG_LEVELS.indexOf(level), service, message, fields];
}

function toEntry([id, timestamp, severity, service, message, fields]: StoredRow): StoredLogEntry {
  const level = LOG_LEVELS[severity];
  return { id, timestamp, level, service, message, ...splitContext(JSON.parse(fields)) };
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
