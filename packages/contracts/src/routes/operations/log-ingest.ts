import Type, { type Static } from 'typebox';
import { problems, route } from '../route.ts';

/** A body as it is sent, compressed or not: what a receiver of OTLP takes at least. */
const BODY_LIMIT = 4_194_304;

export const RefusedLogLine = Type.Object({
  line: Type.Integer({ minimum: 1, description: 'Of the body, from 1; of an array the item, from 1' }),
  reason: Type.String(),
});

export const LogIngestReport = Type.Object({
  accepted: Type.Integer({ minimum: 0, description: 'Stored, and found by a search from now on' }),
  rejected: Type.Integer({ minimum: 0 }),
  rejections: Type.Array(RefusedLogLine, { description: 'The first of them' }),
});
export type LogIngestReport = Static<typeof LogIngestReport>;

const common = {
  method: 'POST',
  access: { role: 'admin', scope: 'logs:write' },
  bodyLimit: BODY_LIMIT,
} as const;
const FAILURES = problems(
  'invalid_request',
  'unauthenticated',
  'invalid_token',
  'forbidden',
  'payload_too_large',
  'unsupported_media_type',
  'unavailable',
);
const GZIP = '`Content-Encoding: gzip` is taken. What is wrong with one line costs no other.';

export const sendLogs = route({
  ...common,
  url: '/api/logs',
  schema: {
    tags: ['logs'],
    summary: 'Takes log lines as NDJSON or a JSON array (API keys of administrators)',
    description:
      'Names of a line: `timestamp` (epoch milliseconds or an instant), `level`, `service`, `event`, `message`, `request_id`, ' +
      `\`trace_id\`, \`span_id\`, \`user_id\`, \`product\`; every other becomes a field. ${GZIP}`,
    body: Type.Array(Type.Record(Type.String(), Type.Unknown())),
    response: { 200: LogIngestReport, ...FAILURES },
  },
});

const otlpResponse = (rejected: string) =>
  Type.Object({
    partialSuccess: Type.Optional(
      Type.Object({ [rejected]: Type.String({ description: 'A number' }), errorMessage: Type.String() }),
    ),
  });

export const sendOtlpLogs = route({
  ...common,
  url: '/api/logs/otlp/v1/logs',
  schema: {
    tags: ['logs'],
    summary: 'Takes logs in OTLP/HTTP JSON (API keys of administrators)',
    description: `OpenTelemetry's \`ExportLogsServiceRequest\`. ${GZIP}`,
    body: Type.Object({ resourceLogs: Type.Optional(Type.Array(Type.Unknown())) }),
    response: { 200: otlpResponse('rejectedLogRecords'), ...FAILURES },
  },
});

export const sendOtlpTraces = route({
  ...common,
  url: '/api/logs/otlp/v1/traces',
  schema: {
    tags: ['logs'],
    summary: 'Takes spans in OTLP/HTTP JSON (API keys of administrators)',
    description: `OpenTelemetry's \`ExportTraceServiceRequest\`; a span is found at \`/api/logs/traces/:id\`. ${GZIP}`,
    body: Type.Object({ resourceSpans: Type.Optional(Type.Array(Type.Unknown())) }),
    response: { 200: otlpResponse('rejectedSpans'), ...FAILURES },
  },
});

export const pushLokiLogs = route({
  ...common,
  url: '/api/logs/loki/api/v1/push',
  schema: {
    tags: ['logs'],
    summary: "Takes logs as Loki's push does, in JSON (API keys of administrators)",
    description: `204 when all lines are stored; 400 names what was refused, the other lines are stored. ${GZIP}`,
    body: Type.Object({ streams: Type.Array(Type.Unknown()) }),
    response: { 204: Type.Null(), ...FAILURES },
  },
});
