import { isoTime, listLogs } from '@deltastream/contracts';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsync } from 'fastify';
import { DeltaStreamError } from '../../kit/errors.ts';
import type { LogStore, StoredLogEntry } from '../../ports/stores/log-store.ts';

const DEFAULT_LIMIT = 500;
const CURSOR = /^[1-9]\d{0,14}$/;

export function logRoutes(logs: LogStore): FastifyPluginAsync {
  return async (plain) => {
    const app = plain.withTypeProvider<TypeBoxTypeProvider>();
    app.route({
      ...listLogs,
      handler: async (request) => {
        const { level, service, from, to, cursor, limit = DEFAULT_LIMIT } = request.query;
        const found = await logs.query({
          minLevel: level,
          service,
          fromMs: instant('from', from),
          toMs: instant('to', to),
          beforeId: cursor === undefined ? undefined : idOf(cursor),
          limit: limit + 1,
        });
        const page = found.slice(0, limit);
        return {
          count: page.length,
          logs: page.map(viewOf),
          next_cursor: found.length > limit ? String(page[limit - 1].id) : null,
        };
      },
    });
  };
}

const viewOf = ({ id: _id, timestamp, ...entry }: StoredLogEntry) => ({
  timestamp: isoTime(timestamp),
  ...entry,
});

function instant(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const epochMs = Date.parse(text);
  if (Number.isNaN(epochMs)) throw invalid(`querystring.${name}: is not an instant`);
  return epochMs;
}

function idOf(cursor: string): number {
  if (!CURSOR.test(cursor)) throw invalid('querystring.cursor: is not from an earlier response');
  return Number(cursor);
}

const invalid = (message: string) => new DeltaStreamError('invalid_request', message);
