import { LOG_EVENTS, LOG_LEVELS, type LogEvent } from '@deltastream/contracts';
import { DeltaStreamError } from '../../kit/errors.ts';
import { withDefaults } from '../../kit/settings-fragment.ts';
import { countLines, objectOfLine } from '../../ports/stores/logs/log-line.ts';
import {
  type LineBatch,
  type LogCriteria,
  type LogEntry,
  type LogFilter,
  type LoggedLines,
  type LogStore,
  NO_CONTEXT,
  type StoredLogEntry,
} from '../../ports/stores/logs/log-store.ts';
import { createLateThread } from '../sqlite/late-thread.ts';
import type { ThreadSettings } from '../sqlite/settings.ts';
import { type SpawnThread, type SupervisedThread, startThread } from '../sqlite/supervised-thread.ts';
import { parseStored, storedLine } from './blocks/line.ts';
import { type FormerLogs, importFormer } from './former/import-former.ts';
import type {
  FoundLine,
  FoundLines,
  Group,
  LineFilter,
  ReaderRequest,
  ReaderSettings,
  Refused,
  WriterRequest,
  WriterSettings,
  WriterState,
} from './messages.ts';
import { LOG_STORE, type LogStoreSettings } from './settings.ts';

export interface FileLogStoreOptions extends Partial<LogStoreSettings> {
  readonly folder: string;
  /** Where an earlier release kept its entries, which are taken over once. */
  readonly former?: FormerLogs;
  readonly threads?: Partial<ThreadSettings>;
  /** Starts a thread; `new Worker`. */
  readonly spawn?: SpawnThread;
}

/**
 * Log entries as lines of JSON in compressed segments, found through one SQLite index a day that can be made again from
 * them. Both are in threads of their own: neither writing, nor compressing, nor a search holds up the event loop. An
 * append is in its file when it resolves: it survives a crash of the process; the last ones may be lost with the power.
 *
 * Rejects with `data_folder_unusable` when the folder cannot be written to.
 */
export async function createFileLogStore(options: FileLogStoreOptions): Promise<LogStore> {
  const settings = withDefaults(LOG_STORE.defaults, options);
  const { folder, maxWaiting, youngGenerationMb, busyTimeoutMs, closeTimeoutMs } = settings;
  const { blockBytes, segmentBytes, keepDays, keepBytes } = settings;
  const start = () =>
    startThread({
      ...options.threads,
      ...{ maxWaiting, youngGenerationMb, spawn: options.spawn },
      settings: {
        ...{ folder, blockBytes, segmentBytes, keepDays, keepBytes, busyTimeoutMs, levels: LOG_LEVELS },
      } satisfies WriterSettings,
      script: new URL('./writing/log-writer-worker.ts', import.meta.url),
      name: `the log store, ${folder}`,
    });
  let state: WriterState = { fault: null, unindexed: 0, notices: [], clockAheadDays: null };
  let closing: Promise<void> | null = null;

  const appendTo = async (writer: SupervisedThread, entries: readonly LogEntry[]): Promise<void> => {
    if (entries.length === 0) return;
    const bytes = utf8.encode(entries.map(storedLine).join(''));
    await write(writer, { bytes, count: entries.length, rules: null });
  };
  const write = async (writer: SupervisedThread, request: WriterRequest): Promise<void> => {
    state = (await writer.ask(request, [request.bytes.buffer])) as WriterState;
    const { notices, clockAheadDays } = state;
    const told = clockAheadDays === null ? [] : [clockNotice(clockAheadDays)];
    if (notices.length + told.length > 0) await appendTo(writer, [...notices.map(noticeOf), ...told]);
  };
  if (options.former) {
    const { former } = options;
    await importFormer(folder, former, async (entriesOf) => {
      const writer = await start();
      try {
        await entriesOf((entries) => appendTo(writer, entries));
      } finally {
        await writer.close(closeTimeoutMs);
      }
    });
  }
  const writer = await start();
  const reader = openFileLogReader(options);

  return {
    append: (entries) => appendTo(writer, entries),
    async appendLines(lines, rules) {
      if (lines.length > 0) await write(writer, { ...inOneBatch(lines), rules });
    },
    query: reader.query,
    page: reader.page,
    count: reader.count,
    problem() {
      if (state.fault !== null) return `log lines cannot be compressed or indexed: ${state.fault}`;
      return writer.problem();
    },
    close() {
      closing ??= Promise.all([writer.close(closeTimeoutMs), reader.close()]).then(() => undefined);
      return closing;
    },
  };
}

type LogReader = Pick<LogStore, 'query' | 'page' | 'count' | 'close'>;

/**
 * Searches a folder that this or another process writes, or that is at rest: nothing in it is changed. Its thread is
 * started by the first search: most processes are never asked for their log.
 */
export function openFileLogReader(options: FileLogStoreOptions): LogReader {
  const settings = withDefaults(LOG_STORE.defaults, options);
  const { folder, maxWaiting, youngGenerationMb, busyTimeoutMs, closeTimeoutMs, cacheBytes, queryTimeoutMs } =
    settings;
  const thread = createLateThread(() =>
    startThread({
      ...options.threads,
      ...{ maxWaiting, youngGenerationMb, spawn: options.spawn },
      settings: {
        ...{ folder, busyTimeoutMs, levels: LOG_LEVELS, cacheBytes, queryTimeoutMs },
      } satisfies ReaderSettings,
      script: new URL('./reading/log-reader-worker.ts', import.meta.url),
      name: `the search of the log store, ${folder}`,
    }),
  );
  const ask = async (request: ReaderRequest): Promise<unknown> => {
    const answer = await thread.ask(request);
    const { refused } = answer as Partial<Refused>;
    if (refused !== undefined) throw new DeltaStreamError('invalid_request', refused);
    return answer;
  };

  const find = async ({ limit, order = 'id', ...criteria }: LogFilter, maxCharacters: number | null) => {
    const found = await ask({ kind: 'query', filter: filterOf(criteria), order, limit, maxCharacters });
    const { lines, isCut } = found as FoundLines;
    return { entries: lines.map(entryOf), isCut };
  };
  return {
    query: async (filter) => (await find(filter, null)).entries,
    page: find,
    async count(criteria, { by, stepMs, maxGroups }) {
      const groups = await ask({ kind: 'count', filter: filterOf(criteria), by, stepMs, maxGroups });
      return (groups as Group[]).map(([fromMs, values, count]) => ({
        fromMs: stepMs === null ? null : fromMs,
        values,
        count,
      }));
    },
    close: () => thread.close(closeTimeoutMs),
  };
}

const utf8 = new TextEncoder();

/** All lines, in memory of its own, which may be handed over: the lines themselves are kept until they are stored. */
function inOneBatch(lines: readonly LoggedLines[]): LineBatch & { readonly bytes: Uint8Array<ArrayBuffer> } {
  const parts: Uint8Array<ArrayBufferLike>[] = [];
  for (let i = 0; i < lines.length; ) {
    let text = '';
    for (let line = lines[i]; typeof line === 'string'; line = lines[++i]) text += inOneLine(line);
    if (text !== '') parts.push(utf8.encode(text));
    for (let batch = lines[i]; typeof batch === 'object'; batch = lines[++i]) parts.push(batch.bytes);
  }
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let length = 0;
  for (const part of parts) {
    bytes.set(part, length);
    length += part.length;
  }
  return { bytes, count: countLines(lines) };
}

/** What a library prints may have line breaks within. */
function inOneLine(line: string): string {
  const end = line.indexOf('\n');
  if (end === -1) return `${line}\n`;
  return end === line.length - 1 ? line : `${JSON.stringify(objectOfLine(line))}\n`;
}

function entryOf([id, text]: FoundLine): StoredLogEntry {
  const { timestamp, level, service, message, fields, ...context } = parseStored(text);
  return {
    ...{ id, timestamp, level: level as StoredLogEntry['level'], service, message },
    ...NO_CONTEXT,
    ...context,
    fields,
  };
}

/** Of a store that says something of itself. */
const noticeOf = (message: string): LogEntry => ({
  ...{ timestamp: Date.now(), level: 'error', service: 'logging', message },
  ...NO_CONTEXT,
  event: 'log_store_mended' satisfies LogEvent,
  fields: {},
});

function filterOf(criteria: LogCriteria): LineFilter {
  const { minLevel, levels, service, event, product, userId, requestId, traceId } = criteria;
  const least = minLevel === undefined ? 0 : LOG_LEVELS.indexOf(minLevel);
  const wanted = LOG_LEVELS.map((_name, index) => index).filter(
    (index) => index >= least && (levels?.includes(LOG_LEVELS[index]) ?? true),
  );
  const columns = { service, event, product, user_id: userId };
  const keys = { trace_id: traceId, request_id: requestId };
  return {
    levels: wanted.length === LOG_LEVELS.length ? null : wanted,
    columns: given(columns),
    keys: given(keys),
    texts: criteria.texts ?? [],
    fields: criteria.fields ?? [],
    fromMs: criteria.fromMs ?? 0,
    toMs: criteria.toMs ?? Number.MAX_SAFE_INTEGER,
    beforeId: criteria.beforeId ?? Number.MAX_SAFE_INTEGER,
  };
}

const given = <Names extends string>(values: Record<Names, string | undefined>) =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<
    Record<Names, string>
  >;

const clockNotice = (aheadDays: number): LogEntry => ({
  ...{ timestamp: Date.now(), level: 'warn', service: 'logging' },
  ...NO_CONTEXT,
  message: LOG_EVENTS.retention_clock_ahead.meaning,
  event: 'retention_clock_ahead' satisfies LogEvent,
  fields: { ahead_days: aheadDays, of: 'logs' },
});
