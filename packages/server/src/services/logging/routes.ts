import { countLogs, getLogHistogram, getTrace, isoTime, listLogs } from '@deltastream/contracts';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsync } from 'fastify';
import { DeltaStreamError } from '../../kit/errors.ts';
import type { LogGroup, LogStore, StoredLogEntry } from '../../ports/stores/log-store.ts';
import { criteriaOf, idOf, namesOf } from './criteria.ts';
import type { LoggingSettings } from './settings.ts';
import { SPAN_EVENT, traceTree } from './trace-tree.ts';

const DEFAULT_LIMIT = 500;
/** Of a count, over all its steps: more than a page can show. */
const MAX_GROUPS = 10_000;
/** Lines of one trace: some hundred requests of this platform. */
const MAX_TRACE_LINES = 10_000;
const DEFAULT_STEP_SECONDS = 60;

export function logRoutes(
  logs: LogStore,
  { pageCharacters }: Pick<LoggingSettings, 'pageCharacters'>,
): FastifyPluginAsync {
  return async (plain) => {
    const app = plain.withTypeProvider<TypeBoxTypeProvider>();
    app.route({
      ...listLogs,
      handler: async (request) => {
        const { cursor, limit = DEFAULT_LIMIT, ...query } = request.query;
        const beforeId = cursor === undefined ? undefined : idOf(cursor);
        const { entries, isCut } = await logs.page(
          { ...criteriaOf(query), beforeId, limit: limit + 1 },
          pageCharacters,
        );
        const page = entries.slice(0, limit);
        return {
          count: page.length,
          logs: page.map(viewOf),
          next_cursor: isCut || entries.length > limit ? String(page[limit - 1].id) : null,
        };
      },
    });
    app.route({
      ...countLogs,
      handler: async (request) => {
        const by = namesOf(request.query.by ?? 'service');
        const grouping = { by, stepMs: null, maxGroups: MAX_GROUPS };
        return { by, groups: (await logs.count(criteriaOf(request.query), grouping)).map(groupOf) };
      },
    });
    app.route({
      ...getLogHistogram,
      handler: async (request) => {
        const { step = DEFAULT_STEP_SECONDS, by: names = 'level', ...query } = request.query;
        const by = namesOf(names);
        const grouping = { by, stepMs: step * 1_000, maxGroups: MAX_GROUPS };
        const steps = Map.groupBy(await logs.count(criteriaOf(query), grouping), ({ fromMs }) => fromMs ?? 0);
        return {
          by,
          step,
          steps: Array.from(steps, ([fromMs, groups]) => ({
            from: isoTime(fromMs),
            groups: groups.map(groupOf),
          })),
        };
      },
    });
    app.route({
      ...getTrace,
      handler: async (request) => {
        const traceId = request.params.id.toLowerCase();
        const filter = { traceId, order: 'oldest', limit: MAX_TRACE_LINES + 1 } as const;
        const { entries: found, isCut } = await logs.page(filter, pageCharacters);
        if (found.length === 0)
          throw new DeltaStreamError('no_data', `no line of trace ${traceId} is stored`);
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
      },
    });
  };
}

const viewOf = ({ id: _id, timestamp, ...entry }: StoredLogEntry) => ({
  timestamp: isoTime(timestamp),
  ...entry,
});

const groupOf = ({ values, count }: LogGroup) => ({ values: [...values], count });
