import Type from 'typebox';
import { problems, route } from '../route.ts';

/** What Grafana's data source for Loki asks for, its address being `/api/logs`. Parameters that are not known are not looked at. */
const common = {
  method: 'GET',
  access: { role: 'admin', scope: 'logs:read' },
} as const;
const FAILURES = problems('invalid_request', 'unauthenticated', 'invalid_token', 'forbidden', 'timeout');

const text = (description: string, example: string, maxLength = 5_000) =>
  Type.Optional(Type.String({ maxLength, description, examples: [example] }));
const time = {
  start: text('Nanoseconds, seconds or an instant; inclusive', '2026-08-19T04:00:00Z', 40),
  end: text('As `start`; exclusive', '2026-08-19T10:00:00Z', 40),
};
const logql = text('A query in LogQL', '{service="gateway"} |= "failed"');
const selector = text('A selector in LogQL', '{service="gateway"}');
const limit = text('Lines, at most 5000; 100 without', '100', 10);

const success = (data: Type.TSchema) => Type.Object({ status: Type.String(), data });
const Names = success(Type.Array(Type.String()));
const Result = success(
  Type.Object({
    resultType: Type.String({ description: 'streams, vector, matrix or scalar' }),
    encodingFlags: Type.Optional(Type.Array(Type.String())),
    result: Type.Array(Type.Unknown()),
  }),
);
const FieldName = Type.Object({ name: Type.String({ maxLength: 200 }) });

const schemaOf = <const S extends Type.TSchema>(
  summary: string,
  querystring: Type.TProperties,
  response: S,
) => ({
  tags: ['logs'],
  summary: `${summary}, as Loki answers it (administrators)`,
  querystring: Type.Object(querystring),
  response: { 200: response, ...FAILURES },
});

export const lokiQuery = route({
  ...common,
  url: '/api/logs/loki/api/v1/query',
  schema: schemaOf(
    'A LogQL query at one time',
    { query: logql, time: text('As `start`', '2026-08-19T10:00:00Z', 40), limit },
    Result,
  ),
});

export const lokiQueryRange = route({
  ...common,
  url: '/api/logs/loki/api/v1/query_range',
  schema: schemaOf(
    'A LogQL query over a time',
    {
      ...{ query: logql, ...time, limit },
      step: text('Seconds or a duration', '60', 40),
      direction: text('forward or backward', 'backward', 10),
    },
    Result,
  ),
});

export const lokiLabels = route({
  ...common,
  url: '/api/logs/loki/api/v1/labels',
  schema: schemaOf('Names of the labels of streams', { ...time, query: selector }, Names),
});

export const lokiLabelValues = route({
  ...common,
  url: '/api/logs/loki/api/v1/label/:name/values',
  schema: {
    ...schemaOf('Values of a label', { ...time, query: selector }, Names),
    params: FieldName,
  },
});

export const lokiSeries = route({
  ...common,
  url: '/api/logs/loki/api/v1/series',
  schema: schemaOf(
    'Labels of streams',
    { ...time, 'match[]': selector },
    success(Type.Array(Type.Record(Type.String(), Type.String()))),
  ),
});

export const lokiIndexStats = route({
  ...common,
  url: '/api/logs/loki/api/v1/index/stats',
  schema: schemaOf(
    'How much a selector selects',
    { ...time, query: selector },
    Type.Object({
      streams: Type.Integer(),
      chunks: Type.Integer({ description: 'As many as streams' }),
      entries: Type.Integer(),
      bytes: Type.Integer({ description: 'Of all lines, by the mean length of the newest' }),
    }),
  ),
});

export const lokiDetectedFields = route({
  ...common,
  url: '/api/logs/loki/api/v1/detected_fields',
  schema: schemaOf(
    'Fields of the newest lines',
    { ...time, query: logql, line_limit: limit, limit },
    Type.Object({
      fields: Type.Array(
        Type.Object({
          label: Type.String(),
          type: Type.String(),
          cardinality: Type.Integer(),
          parsers: Type.Union([Type.Array(Type.String()), Type.Null()]),
        }),
      ),
      limit: Type.Integer(),
    }),
  ),
});

export const lokiDetectedFieldValues = route({
  ...common,
  url: '/api/logs/loki/api/v1/detected_field/:name/values',
  schema: {
    ...schemaOf(
      'Values of a field in the newest lines',
      { ...time, query: logql, line_limit: limit, limit },
      Type.Object({ values: Type.Array(Type.String()), limit: Type.Integer() }),
    ),
    params: FieldName,
  },
});

export const lokiBuildInfo = route({
  ...common,
  url: '/api/logs/loki/api/v1/status/buildinfo',
  schema: schemaOf(
    'The release of Loki whose interface this is',
    {},
    Type.Object({
      version: Type.String(),
      revision: Type.String(),
      branch: Type.String(),
      buildUser: Type.String(),
      buildDate: Type.String(),
      goVersion: Type.String(),
    }),
  ),
});

export const lokiReady = route({
  ...common,
  url: '/api/logs/ready',
  files: ['text/plain'],
  schema: {
    tags: ['logs'],
    summary: 'Whether the log store is ready, as Loki says it (administrators)',
    response: {
      200: Type.String(),
      ...problems('unauthenticated', 'invalid_token', 'forbidden', 'unavailable'),
    },
  },
});
