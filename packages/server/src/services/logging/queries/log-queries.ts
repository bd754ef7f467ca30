import { type countLogs, type getTrace, isoTime, type listLogs } from '@deltastream/contracts';
import type { Static } from 'typebox';
import type { LogStore, StoredLogEntry } from '../../../ports/stores/logs/log-store.ts';
import { type CriteriaQuery, criteriaOf, idOf, namesOf } from './criteria.ts';
import { SPAN_EVENT, traceTree } from './trace-tree.ts';

export type LogPage = Static<(typeof listLogs.schema.response)[200]>;
export type LogCounts = Static<(typeof countLogs.schema.response)[200]>;
export type TraceView = Static<(typeof getTrace.schema.response)[200]>;
export type LogReader = Pick<LogStore, 'page' | 'count'>;

const DEFAULT_LIMIT = 500;
/** Of a count, over all its steps: more than a page can show. */
export const MAX_GROUPS = 10_000;
/** Lines of one trace: some hundred requests of this platform. */
const MAX_TRACE_LINES = 10_000;

/** A page of entries, newest first, ended early where it would have more characters. Rejects with `invalid_request` for a cursor that no page gave. */
export async function logPage(
  logs: LogReader,
  { cursor, limit = DEFAULT_LIMIT, ...query }: CriteriaQuery & { cursor?: string; limit?: number },
  maxCharacters: number,
): Promise<LogPage> {
  const beforeId = cursor === undefined ? undefined : idOf(cursor);
  const filter = { ...criteriaOf(query), beforeId, limit: limit + 1 };
  const { entries, isCut } = await logs.page(filter, maxCharacters);
  const page = entries.slice(0, limit);
  return {
    count: page.length,
    logs: page.map(viewOf),
    next_cursor: isCut || entries.length > limit ? String(page[limit - 1].id) : null,
  };
}

/** Numbers of entries by the values of names, the largest first. */
export async function logCounts(logs: LogReader, query: CriteriaQuery & { by?: string }): Promise<LogCounts> {
  const by = namesOf(query.by ?? 'service');
  const groups = await logs.count(criteriaOf(query), { by, stepMs: null, maxGroups: MAX_GROUPS });
  return { by, groups: groups.map(({ values, count }) => ({ values: [...values], count })) };
}

/** Spans of a trace as a tree, and its other entries; null where no line of it is stored. */
export async function traceView(
  logs: LogReader,
  id: string,
  maxCharacters: number,
): Promise<TraceView | null> {
  const traceId = id.toLowerCase();
  const filter = { traceId, order: 'oldest', limit: MAX_TRACE_LINES + 1 } as const;
  const { entries: found, isCut } = await logs.page(filter, maxCharacters);
  if (found.length === 0) return null;
  const lines = found.slice(0, MAX_TRACE_LINES);
  const { spans, durationMs } = traceTree(lines.filter(({ event }) => event === SPAN_EVENT));
  return {
    trace_id: traceId,
    duration_ms: durationMs,
    services: [...new Set(lines.map(({ service }) => service))],
    spans,
    logs: lines.filter(({ event }) => event !== SPAN_EVENT).map(viewOf),
    complete: !isCut && found.length <= MAX_TRACE_LINES,
  };
}

const viewOf = ({ id: _id, timestamp, ...entry }: StoredLogEntry) => ({
  timestamp: isoTime(timestamp),
  ...entry,
});
