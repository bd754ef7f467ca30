import {
  type LogEntry,
  type LogLevel,
  NO_CONTEXT,
  splitContext,
} from '../../../ports/stores/logs/log-store.ts';
import { SPAN_EVENT } from '../queries/trace-tree.ts';
import { hexId, isObject, itemsOf, levelNamed, msOfNanos, type Taken, withinLine } from './taken.ts';

const SERVICE = 'service.name';
const UNNAMED_SERVICE = 'unknown_service';
/** What OTLP numbers 1 to 24, four to a level. */
const LEVELS: readonly LogLevel[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];
/** What OTLP numbers from 1. */
const KINDS = ['internal', 'server', 'client', 'producer', 'consumer'] as const;
const STATUS_ERROR = 2;
/** Values inside values beyond which one is left out: a sender chooses how deep it nests. */
const MAX_DEPTH = 16;

/** An ExportLogsServiceRequest in JSON. Fields that are not known are ignored, as the protocol says. */
export function readOtlpLogs(request: unknown, taken: Taken, maxLine: number, nowMs: number): void {
  let line = 0;
  for (const { resource, scope, items } of scopes(request, maxLine, [
    'resourceLogs',
    'scopeLogs',
    'logRecords',
  ])) {
    for (const record of items) {
      line += 1;
      if (!isObject(record)) {
        taken.refuse(line, 'a log record is no object');
        continue;
      }
      const time = timeOf(record.timeUnixNano) ?? timeOf(record.observedTimeUnixNano) ?? nowMs;
      const body = plainValue(record.body, 0);
      const { event, ...said } = splitContext({ ...scope, ...attributesOf(record.attributes) });
      const number = Number(record.severityNumber);
      taken.keep({
        ...said,
        event: typeof record.eventName === 'string' && record.eventName !== '' ? record.eventName : event,
        timestamp: Math.trunc(time),
        level:
          number >= 1 && number <= 24
            ? LEVELS[Math.floor((number - 1) / 4)]
            : levelNamed(record.severityText),
        service: serviceOf(resource),
        message: typeof body === 'string' ? body : JSON.stringify(body ?? ''),
        trace_id: hexId(record.traceId, 32) ?? said.trace_id,
        span_id: hexId(record.spanId, 16) ?? said.span_id,
        fields: { ...said.fields, ...rest(resource) },
      });
    }
  }
}

/** An ExportTraceServiceRequest in JSON: each span is a line, as those of the platform are. */
export function readOtlpTraces(request: unknown, taken: Taken, maxLine: number): void {
  let line = 0;
  for (const { resource, scope, items } of scopes(request, maxLine, [
    'resourceSpans',
    'scopeSpans',
    'spans',
  ])) {
    for (const span of items) {
      line += 1;
      const read = isObject(span) ? readSpan(span, resource, scope) : 'a span is no object';
      if (typeof read === 'string') taken.refuse(line, read);
      else taken.keep(read);
    }
  }
}

type Attributes = Readonly<Record<string, unknown>>;

function readSpan(span: Attributes, resource: Attributes, scope: Attributes): LogEntry | string {
  const [traceId, spanId] = [hexId(span.traceId, 32), hexId(span.spanId, 16)];
  if (traceId === null) return 'traceId: is not 32 hexadecimal digits';
  if (spanId === null) return 'spanId: is not 16 hexadecimal digits';
  const [startMs, endMs] = [timeOf(span.startTimeUnixNano), timeOf(span.endTimeUnixNano)];
  if (startMs === null) return 'startTimeUnixNano: is not a valid timestamp';
  if (endMs === null) return 'endTimeUnixNano: is not a valid timestamp';
  const status = isObject(span.status) ? span.status : {};
  const isError = status.code === STATUS_ERROR;
  const said = splitContext({ ...scope, ...attributesOf(span.attributes) });
  const name = typeof span.name === 'string' ? span.name : '';
  return {
    ...NO_CONTEXT,
    ...said,
    ...{ timestamp: Math.trunc(startMs), level: isError ? 'warn' : 'debug', service: serviceOf(resource) },
    ...{ event: SPAN_EVENT, message: name, trace_id: traceId, span_id: spanId },
    fields: {
      ...said.fields,
      ...rest(resource),
      ...(isError && typeof status.message === 'string' && { status_message: status.message }),
      parent_span_id: hexId(span.parentSpanId, 16),
      ...{ name, start_ms: startMs, duration_ms: Math.max(0, endMs - startMs) },
      outcome: isError ? 'error' : 'ok',
      kind: KINDS[Number(span.kind) - 1] ?? 'internal',
    },
  };
}

/** What is in a request, with what is said of its resource and of its scope. */
function* scopes(
  request: unknown,
  maxLine: number,
  [byResource, byScope, list]: readonly [string, string, string],
) {
  for (const group of itemsOf(isObject(request) ? request[byResource] : undefined)) {
    if (!isObject(group)) continue;
    const all = attributesOf(isObject(group.resource) ? group.resource.attributes : undefined);
    const resource = { ...withinLine(rest(all), maxLine), [SERVICE]: all[SERVICE] };
    for (const part of itemsOf(group[byScope])) {
      if (!isObject(part)) continue;
      const named = isObject(part.scope) && typeof part.scope.name === 'string' ? part.scope.name : '';
      const scope: Attributes = named === '' ? {} : { scope: named };
      yield { resource, scope, items: itemsOf(part[list]) };
    }
  }
}

const serviceOf = (resource: Attributes): string =>
  typeof resource[SERVICE] === 'string' ? resource[SERVICE] : UNNAMED_SERVICE;

const rest = ({ [SERVICE]: _name, ...others }: Attributes): Attributes => others;

/** A time of 0 says that it is not known. */
function timeOf(nanos: unknown): number | null {
  const ms = msOfNanos(nanos);
  return ms === 0 ? null : ms;
}

const attributesOf = (list: unknown, depth = 0): Record<string, unknown> =>
  Object.fromEntries(
    itemsOf(list).flatMap((item) =>
      isObject(item) && typeof item.key === 'string' ? [[item.key, plainValue(item.value, depth)]] : [],
    ),
  );

/** An AnyValue as JSON has it; an integer beyond what a number holds stays text. */
function plainValue(value: unknown, depth: number): unknown {
  if (!isObject(value) || depth > MAX_DEPTH) return null;
  if ('intValue' in value) {
    const number = Number(value.intValue);
    return Number.isSafeInteger(number) ? number : String(value.intValue);
  }
  if (isObject(value.arrayValue))
    return itemsOf(value.arrayValue.values).map((item) => plainValue(item, depth + 1));
  if (isObject(value.kvlistValue)) return attributesOf(value.kvlistValue.values, depth + 1);
  const plain = value.stringValue ?? value.boolValue ?? value.doubleValue ?? value.bytesValue;
  return typeof plain === 'object' ? null : plain;
}
