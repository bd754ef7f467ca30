import { isoTime } from '@deltastream/contracts';
import type { LogEntry } from '../../../../ports/stores/logs/log-store.ts';
import { textOf } from '../../loki/labels.ts';

const ECS_VERSION = '9.4.0';
const NANOS_PER_MS = 1_000_000; // By definition of the units.

/**
 * An entry by the names of the Elastic Common Schema. What has no name there is a label, always as text: a field that is a
 * number in one line and an object in another would have its documents refused.
 */
export function ecsDocument(entry: LogEntry): Record<string, unknown> {
  const { timestamp, level, service, message, event, request_id, trace_id, span_id, user_id, product } =
    entry;
  const { method, status, route, ms, duration_ms, outcome, parent_span_id, err, error, ...others } =
    entry.fields;
  const thrown = err ?? error;
  const duration = numberOf(duration_ms ?? ms);
  const http = {
    ...(typeof method === 'string' && { method }),
    ...(request_id !== null && { id: request_id }),
  };
  const code = numberOf(status);
  const labels = labelsOf({
    ...(product !== null && { product }),
    ...others,
    // What does not have the form that ECS asks for.
    ...(typeof method !== 'string' && { method }),
    ...(code === null && { status }),
    ...(typeof route !== 'string' && { route }),
    ...(duration === null && { ms, duration_ms }),
    ...(!isOutcome(outcome) && { outcome }),
    ...(!isThrown(thrown) && { error: thrown }),
  });
  return {
    '@timestamp': isoTime(timestamp),
    message,
    ecs: { version: ECS_VERSION },
    log: { level },
    service: { name: service },
    event: {
      dataset: 'deltastream',
      ...(event !== null && { action: event }),
      ...(duration !== null && { duration: Math.round(duration * NANOS_PER_MS) }),
      ...(isOutcome(outcome) && { outcome: outcome === 'ok' ? 'success' : 'failure' }),
    },
    ...(trace_id !== null && { trace: { id: trace_id } }),
    ...(span_id !== null && { span: { id: span_id } }),
    ...(typeof parent_span_id === 'string' && { parent: { id: parent_span_id } }),
    ...(user_id !== null && { user: { id: user_id } }),
    ...((Object.keys(http).length > 0 || code !== null) && {
      http: {
        ...(Object.keys(http).length > 0 && { request: http }),
        ...(code !== null && { response: { status_code: code } }),
      },
    }),
    ...(typeof route === 'string' && { url: { path: route } }),
    ...(isThrown(thrown) && { error: errorOf(thrown) }),
    ...(Object.keys(labels).length > 0 && { labels }),
  };
}

const numberOf = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? value : null;

const isOutcome = (value: unknown): value is 'ok' | 'error' => value === 'ok' || value === 'error';

interface Thrown {
  readonly message: string;
  readonly type?: unknown;
  readonly stack?: unknown;
}

const isThrown = (value: unknown): value is Thrown =>
  typeof value === 'object' && value !== null && 'message' in value && typeof value.message === 'string';

const errorOf = ({ message, type, stack }: Thrown) => ({
  message,
  ...(typeof type === 'string' && { type }),
  ...(typeof stack === 'string' && { stack_trace: stack }),
});

/** A dot in a name would make an object of it. */
function labelsOf(fields: Readonly<Record<string, unknown>>): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value !== null && value !== undefined) labels[name.replaceAll('.', '_')] = textOf(value);
  }
  return labels;
}
