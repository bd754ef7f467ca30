import type { LogEntry, LogLevel } from '../../../../ports/stores/logs/log-store.ts';
import { SPAN_EVENT } from '../../queries/trace-tree.ts';
import {
  allShipped,
  bothOutcomes,
  failureOf,
  isSuccess,
  type Outcome,
  type Post,
  type ShipProtocol,
  type WaitingEntry,
} from './protocol.ts';

/** The first number of each level, of four. */
const SEVERITIES: Readonly<Record<LogLevel, number>> = {
  ...{ trace: 1, debug: 5, info: 9 },
  ...{ warn: 13, error: 17, fatal: 21 },
};
const KINDS = ['internal', 'server', 'client', 'producer', 'consumer'];
const STATUS_ERROR = 2; // STATUS_CODE_ERROR of the protocol.
const RETRIED: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/**
 * OTLP/HTTP in JSON: spans to `/v1/traces`, all else to `/v1/logs`. What a receiver says it rejected is never sent again, as the
 * protocol asks, nor is what it answers with any status but 429, 502, 503 and 504.
 */
export function otlpProtocol(): ShipProtocol {
  return {
    async send(entries, post) {
      const { spans = [], logs = [] } = Object.groupBy(entries, ({ entry }) =>
        isSpan(entry) ? 'spans' : 'logs',
      );
      const sentLogs = await sendPart(logs, post, '/v1/logs', 'rejectedLogRecords', () => ({
        resourceLogs: byService(logs).map(([resource, group]) => ({
          resource,
          scopeLogs: [{ logRecords: group.map(recordOf) }],
        })),
      }));
      const sentSpans = await sendPart(spans, post, '/v1/traces', 'rejectedSpans', () => ({
        resourceSpans: byService(spans).map(([resource, group]) => ({
          resource,
          scopeSpans: [{ spans: group.map(spanOf) }],
        })),
      }));
      return bothOutcomes(sentLogs, sentSpans);
    },
  };
}

async function sendPart(
  entries: readonly WaitingEntry[],
  post: Post,
  path: string,
  rejectedName: string,
  request: () => object,
): Promise<Outcome> {
  if (entries.length === 0) return allShipped(entries);
  const body = JSON.stringify(request());
  const answer = await post({ path, contentType: 'application/json', body });
  if (!isSuccess(answer)) return failureOf(entries, answer, (status) => RETRIED.has(status));
  const rejected = Math.min(entries.length, rejectedIn(answer.body, rejectedName));
  return allShipped(entries, rejected === 0 ? {} : { partial_success: rejected });
}

/** A number, or the text of one: both are allowed. */
function rejectedIn(body: string, name: string): number {
  try {
    const { partialSuccess } = JSON.parse(body) as { partialSuccess?: Record<string, unknown> };
    const rejected = Number(partialSuccess?.[name] ?? 0);
    return Number.isSafeInteger(rejected) && rejected > 0 ? rejected : 0;
  } catch {
    // A success without an object of JSON is one all the same.
    return 0;
  }
}

function byService(entries: readonly WaitingEntry[]) {
  const groups = Map.groupBy(entries, ({ entry }) => entry.service);
  return Array.from(groups, ([service, group]) => {
    const attributes = [{ key: 'service.name', value: { stringValue: service } }];
    return [{ attributes }, group.map(({ entry }) => entry)] as const;
  });
}

const isHex = (text: unknown, digits: number): text is string =>
  typeof text === 'string' && text.length === digits && /^[0-9a-f]+$/i.test(text) && !/^0+$/.test(text);

/** A span that has what the protocol asks for; another is sent as a line. */
const isSpan = ({ event, trace_id, span_id, fields }: LogEntry): boolean =>
  event === SPAN_EVENT &&
  isHex(trace_id, 32) &&
  isHex(span_id, 16) &&
  typeof fields.start_ms === 'number' &&
  typeof fields.duration_ms === 'number';

const contextOf = ({ request_id, user_id, product }: LogEntry) => ({ request_id, user_id, product });

function recordOf(entry: LogEntry) {
  const { timestamp, level, message, event, trace_id, span_id, fields } = entry;
  return {
    timeUnixNano: nanos(timestamp),
    severityNumber: SEVERITIES[level],
    severityText: level.toUpperCase(),
    body: { stringValue: message },
    ...(event !== null && { eventName: event }),
    ...(isHex(trace_id, 32) && { traceId: trace_id }),
    ...(isHex(span_id, 16) && { spanId: span_id }),
    attributes: attributesOf({ ...contextOf(entry), ...fields }),
  };
}

function spanOf(entry: LogEntry) {
  const { start_ms, duration_ms, parent_span_id, name, kind, outcome, ...attributes } = entry.fields;
  const startMs = Number(start_ms);
  return {
    traceId: entry.trace_id,
    spanId: entry.span_id,
    ...(isHex(parent_span_id, 16) && { parentSpanId: parent_span_id }),
    name: typeof name === 'string' ? name : entry.message,
    kind: Math.max(0, KINDS.indexOf(String(kind))) + 1,
    startTimeUnixNano: nanos(startMs),
    endTimeUnixNano: nanos(startMs + Number(duration_ms)),
    ...(outcome === 'error' && { status: { code: STATUS_ERROR } }),
    attributes: attributesOf({ ...contextOf(entry), ...attributes }),
  };
}

/** To the microsecond, which is what a number of ms holds. */
const nanos = (ms: number): string => String(BigInt(Math.max(0, Math.round(ms * 1_000))) * 1_000n);

const attributesOf = (fields: Readonly<Record<string, unknown>>) =>
  Object.entries(fields).flatMap(([key, value]) =>
    value === null || value === undefined ? [] : [{ key, value: anyValue(value) }],
  );

function anyValue(value: unknown): object {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number')
    return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } };
  if (typeof value === 'object' && value !== null)
    return { kvlistValue: { values: attributesOf(value as Record<string, unknown>) } };
  return {};
}
