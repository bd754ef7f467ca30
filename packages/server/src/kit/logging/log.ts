import { LOG_EVENTS, LOG_LEVELS, type LogEvent, type LogLevel } from '@deltastream/contracts';
import { type DestinationStream, type Logger as PinoLogger, pino } from 'pino';
import type { Span } from '../tracing/spans.ts';
import type { TracingRules } from '../tracing/tracing-settings.ts';
import { type LogContext, logContext } from './log-context.ts';
import { createLogLevels, type LeastLevel, type LogLevels } from './log-levels.ts';
import { REMOVED, SECRET_FIELDS, withoutSecrets } from './redaction.ts';

/**
 * Writes lines of JSON with `level`, `timestamp` (epoch ms), `service`, `event`, `message` and, where they are known,
 * `request_id`, `trace_id`, `span_id`, `user_id` and `product`, beside what the event has to say.
 */
export interface Logger {
  /** What happened, by its name in the catalogue, which has its level. Its meaning is the message unless one is given. */
  event(name: LogEvent, fields?: object, message?: string): void;
  /** Records a part of a trace. Which are recorded is decided before, so the level does not matter. */
  span(span: Span): void;
  /** Whether a line of this level would be kept: asked before work that only a line needs. */
  keeps(level: LogLevel): boolean;
  /** A logger whose lines say this, too; `service` names whose level decides. */
  child(bindings: Readonly<Record<string, unknown>>): Logger;
  /** Takes a line that is complete already, with its line break; it is neither filtered nor searched for secrets. */
  readonly lines: DestinationStream;
  readonly levels: LogLevels;
  /** Which traces are recorded. */
  readonly tracing: TracingRules;
  /** Whose lines these are; null where none is named. */
  readonly service: string | null;
}

/** A logger that keeps lines from `level` on, or by levels that may change. Secrets are removed by field name, at two levels, and by their form. */
export function createLogger(
  level: string | LogLevels,
  destination: DestinationStream,
  tracing: TracingRules = UNTRACED,
): Logger {
  const levels = typeof level === 'string' ? createLogLevels(level as LeastLevel) : level;
  const lines = pino(
    {
      level: LOG_LEVELS[0],
      base: undefined,
      messageKey: 'message',
      timestamp: () => `,"timestamp":${Date.now()}`,
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: SECRET_FIELDS.flatMap((field) => {
          const nested = field.startsWith('[') ? field : `.${field}`;
          return [field, `*${nested}`, `*.*${nested}`];
        }),
        censor: REMOVED,
      },
      hooks: { streamWrite: withoutSecrets },
    },
    destination,
  );
  return loggerOf(lines, { destination, levels, tracing }, null);
}

/** What is one for all loggers of a process. */
interface Shared {
  readonly destination: DestinationStream;
  readonly levels: LogLevels;
  readonly tracing: TracingRules;
}

const UNTRACED: TracingRules = {
  traceSampleRate: 0,
  traceSlowMs: Number.POSITIVE_INFINITY,
  traceAskedPerSecond: 0,
};

function contextOfLine(): Omit<LogContext, 'sampled'> | undefined {
  const context = logContext();
  if (context === undefined) return undefined;
  const { sampled: _, ...said } = context;
  return said;
}

function loggerOf(own: PinoLogger, shared: Shared, service: string | null): Logger {
  const { destination, levels, tracing } = shared;
  return {
    lines: destination,
    levels,
    tracing,
    service,
    event(name, fields, message) {
      const { level, meaning } = LOG_EVENTS[name];
      if (!levels.keeps(service, level)) return;
      own[level]({ event: name, ...contextOfLine(), ...fields }, message ?? meaning);
    },
    keeps: (level) => levels.keeps(service, level),
    span({ name, kind, traceId, spanId, parentSpanId, startMs, durationMs, outcome, attributes }) {
      if (levels.of(service) === 'silent') return;
      const { request_id, user_id, product } = logContext() ?? {};
      const place = { event: 'span', request_id, trace_id: traceId, span_id: spanId, user_id, product };
      const times = { parent_span_id: parentSpanId, start_ms: startMs, duration_ms: durationMs };
      own[outcome === 'error' ? 'warn' : LOG_EVENTS.span.level](
        { ...place, ...attributes, ...times, name, kind, outcome },
        name,
      );
    },
    child(bindings) {
      const named = typeof bindings.service === 'string' ? bindings.service : service;
      return loggerOf(own.child(bindings), shared, named);
    },
  };
}

export const serviceLogger = (logger: Logger, service: string): Logger => logger.child({ service });

/** A logger that writes nothing. */
export const silentLogger: Logger = createLogger('silent', { write: () => {} });
