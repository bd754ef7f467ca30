import { countLogs, getLogHistogram, getTrace, isoTime, listLogs } from '@deltastream/contracts';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsync } from 'fastify';
import { DeltaStreamError } from '../../../kit/errors.ts';
import type { LogGroup, LogStore } from '../../../ports/stores/logs/log-store.ts';
import type { LoggingSettings } from '../settings.ts';
import { criteriaOf, namesOf } from './criteria.ts';
import { logCounts, logPage, MAX_GROUPS, traceView } from './log-queries.ts';

const DEFAULT_STEP_SECONDS = 60;

export function logRoutes(
  logs: LogStore,
  { pageCharacters }: Pick<LoggingSettings, 'pageCharacters'>,
): FastifyPluginAsync {
  return async (plain) => {
    const app = plain.withTypeProvider<TypeBoxTypeProvider>();
    app.route({ ...listLogs, handler: (request) => logPage(logs, request.query, pageCharacters) });
    app.route({ ...countLogs, handler: (request) => logCounts(logs, request.query) });
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
        const { id } = request.params;
        const found = await traceView(logs, id, pageCharacters);
        if (found === null)
          throw new DeltaStreamError('no_data', `no line of trace ${id.toLowerCase()} is stored`);
        return found;
      },
    });
  };
}

const groupOf = ({ values, count }: LogGroup) => ({ values: [...values], count });
