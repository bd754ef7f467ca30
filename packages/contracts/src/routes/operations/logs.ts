import Type, { type Static } from 'typebox';
import { IsoTime } from '../../market/views.ts';
import { NextCursor, pageQuery, routesOf } from '../route.ts';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;

const OrNull = (description: string) => Type.Union([Type.String(), Type.Null()], { description });

const LogEntryView = Type.Object({
  timestamp: IsoTime,
  level: Type.Enum([...LOG_LEVELS]),
  service: Type.String(),
  message: Type.String(),
  event: OrNull('What happened, in snake_case'),
  request_id: OrNull('The request it belongs to, over all services'),
  trace_id: OrNull('32 hexadecimal digits'),
  span_id: OrNull('16 hexadecimal digits'),
  user_id: OrNull('The account it was done for'),
  product: OrNull('The product it is about'),
  fields: Type.Record(Type.String(), Type.Unknown(), { description: 'All else that the line says' }),
});

export type LogEntryView = Static<typeof LogEntryView>;

/** What is asked of the entries; each criterion that is given must hold. */
const logCriteria = {
  from: Type.Optional(Type.String({ format: 'date-time', description: 'Inclusive' })),
  to: Type.Optional(Type.String({ format: 'date-time', description: 'Exclusive' })),
  level: Type.Optional(Type.Enum([...LOG_LEVELS], { description: 'This level and above' })),
  service: Type.Optional(Type.String({ maxLength: 200 })),
  event: Type.Optional(Type.String({ maxLength: 200, description: 'Of the catalogue of events' })),
  product: Type.Optional(Type.String({ maxLength: 200 })),
  user_id: Type.Optional(Type.String({ maxLength: 200 })),
  request_id: Type.Optional(Type.String({ maxLength: 200 })),
  trace_id: Type.Optional(Type.String({ maxLength: 200 })),
  text: Type.Optional(
    Type.String({ maxLength: 500, description: 'Is in the message or the fields, whatever the case' }),
  ),
  fields: Type.Optional(
    Type.String({
      maxLength: 1_000,
      description: 'Fields that have these values, by comma: `status=503,source.name=feed`',
    }),
  ),
} as const;

const logRoute = routesOf({
  access: { role: 'admin', scope: 'logs:read' },
  failures: ['invalid_request', 'unauthenticated', 'invalid_token', 'forbidden'],
});

export const listLogs = logRoute('GET', '/api/logs', {
  summary: 'Log entries, newest first (administrators)',
  query: { ...logCriteria, ...pageQuery },
  response: Type.Object({
    count: Type.Integer(),
    logs: Type.Array(LogEntryView),
    next_cursor: NextCursor,
  }),
});

export const tailLogs = logRoute('GET', '/api/logs/tail', {
  summary: 'Follows the log: entries as they are stored, as server-sent events (administrators)',
  description:
    'Events: `ready` once it follows; `log` for each entry, in the order of storing, as GET /api/logs shows it; `dropped` with the ' +
    '`count` of entries that were left out because the reader was too slow; `end` with the `reason`, after which the reader ' +
    'connects again. A comment is sent every few seconds.',
  query: logCriteria,
  response: Type.String({ description: 'text/event-stream' }),
  files: ['text/event-stream'],
  failures: ['too_many_connections', 'stopped'],
});

/** What `tailLogs` sends, by the names of its events. */
export interface LogTailEvents {
  readonly ready: { readonly at: string };
  readonly log: LogEntryView;
  readonly dropped: { readonly count: number };
  readonly end: { readonly reason: 'stopping' | 'too_long' };
}

const Groups = Type.Array(
  Type.Object({
    values: Type.Array(Type.Union([Type.String(), Type.Null()]), {
      description: 'Of the names of `by`, in their order; null where entries have none',
    }),
    count: Type.Integer(),
  }),
);

const by = (description: string) => Type.Optional(Type.String({ minLength: 1, maxLength: 200, description }));

export const countLogs = logRoute('GET', '/api/logs/counts', {
  summary: 'Numbers of log entries by the values of names, the largest first (administrators)',
  description:
    'Names are those of an entry, such as `level`, `service`, `event`, `product`, `user_id`, or paths of its fields. At most 10,000 groups.',
  query: { ...logCriteria, by: by('Names by comma; `service` without') },
  response: Type.Object({ by: Type.Array(Type.String()), groups: Groups }),
});

export const getLogHistogram = logRoute('GET', '/api/logs/histogram', {
  summary: 'Numbers of log entries by time (administrators)',
  description: 'Steps without entries are left out. At most 10,000 groups over all steps.',
  query: {
    ...logCriteria,
    by: by('Names by comma; `level` without'),
    step: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 86_400, default: 60, description: 'Seconds of a step' }),
    ),
  },
  response: Type.Object({
    by: Type.Array(Type.String()),
    step: Type.Integer({ description: 'Seconds' }),
    steps: Type.Array(Type.Object({ from: IsoTime, groups: Groups })),
  }),
});

const SpanView = Type.Object({
  span_id: OrNull('16 hexadecimal digits'),
  parent_span_id: OrNull('Null: it began the trace'),
  parent_missing: Type.Boolean({ description: 'It names a parent that is not among the spans' }),
  depth: Type.Integer({ minimum: 0, description: '0: a root; its children follow it, by their start' }),
  name: Type.String(),
  service: Type.String(),
  kind: OrNull('server, client, producer, consumer or internal'),
  outcome: OrNull('ok or error'),
  start: Type.Number({ description: 'Epoch milliseconds' }),
  start_after_ms: Type.Number({ description: 'After the first start of the trace' }),
  duration_ms: Type.Number(),
  attributes: Type.Record(Type.String(), Type.Unknown()),
});

export const getTrace = logRoute('GET', '/api/logs/traces/:id', {
  summary: 'Spans of a trace as a tree, with durations, and its log entries (administrators)',
  params: Type.Object({
    id: Type.String({ pattern: '^[0-9a-fA-F]{32}$', description: '32 hexadecimal digits' }),
  }),
  response: Type.Object({
    trace_id: Type.String(),
    duration_ms: Type.Number({ description: 'From the first start to the last end' }),
    services: Type.Array(Type.String()),
    spans: Type.Array(SpanView),
    logs: Type.Array(LogEntryView, { description: 'Other entries of the trace, oldest first' }),
    complete: Type.Boolean({ description: 'False: there are more lines than are read of one trace' }),
  }),
  failures: ['no_data'],
});
