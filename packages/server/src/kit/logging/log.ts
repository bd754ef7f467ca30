import { LOG_EVENTS, LOG_LEVELS, type LogEvent, type LogLevel } from '@deltastream/contracts';
import { type Logger as PinoLogger, pino } from 'pino';
import { type LogContext, logContext, type Span } from '../tracing/trace-context.ts';
import type { TracingRules } from '../tracing/tracing-settings.ts';
import { createLogLevels, type LeastLevel, type LogLevels } from './log-levels.ts';
import type { LogDestination } from './outputs/log-destination.ts';
import { REMOVED, SECRET_FIELDS, withoutSecrets } from './redaction.ts';
import { spanLine } from './span-line.ts';

/**
 * Writes lines of JSON with `level`, `timestamp` (epoch ms), `service`, `event`, `message` and, where they are known,
 * `request_id`, `trace_id`, `span_id`, `user_id` and `product`, beside what the event has to say.
 */
export interface Logger {
  /** What happened, by its name in the catalogue, which has its level. Its meaning is the message unless one is given. */
  event(name: LogEvent, fields?: object, message?: string): void;
  /**
   * Records a part of a trace. Which are recorded is decided before, so the level does not matter for what is stored; what
   * shows lines shows those of the level only.
   */
  span(span: Span): void;
  /** Whether a line of this level would be kept: asked before work that only a line needs. */
  keeps(level: LogLevel): boolean;
  /** A logger whose lines say this, too; `service` names whose level decides. */
  child(bindings: Readonly<Record<string, unknown>>): Logger;
  /** Takes a line that is complete already, with its line break; it is neither filtered nor searched for secrets. */
  readonly lines: LogDestination;
  readonly levels: LogLevels;
  /** Which traces are recorded. */
  readonly tracing: TracingRules;
  /** Whose lines these are; null where none is named. */
  readonly service: string | null;
}

/** A logger that keeps lines from `level` on, or by levels that may change. Secrets are removed by field name, at two levels, and by their form. */
export function createLogger(
  level: string | LogLevels,
  destination: LogDestination,
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
  readonly destination: LogDestination;
  readonly levels: LogLevels;
  readonly tracing: TracingRules;
}

const UNTRACED: TracingRules = {
  traceSampleRate: 0,
  traceSlowMs: Number.POSITIVE_INFINITY,
  traceAskedPerSecond: 0,
};

/** By name: the ids of a request are made when they are asked for. What is undefined is left out of a line. */
function contextOfLine(): Omit<LogContext, 'sampled'> | undefined {
  const context = logContext();
  if (context === undefined) return undefined;
  const { request_id, trace_id, span_id, user_id, product } = context;
  return { request_id, trace_id, span_id, user_id, product };
}

function loggerOf(own: PinoLogger, shared: Shared, service: string | null): Logger {
  const { destination, levels, tracing } = shared;
  /** What `child` was given, as members of a JSON object; made for the first span. */
  let bound: string | undefined;
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
    span(span) {
      if (levels.of(service) === 'silent') return;
      bound ??= JSON.stringify(own.bindings()).slice(1, -1);
      const level = span.outcome === 'error' ? 'warn' : LOG_EVENTS.span.level;
      const line = spanLine(level, bound, logContext(), span);
      if (levels.keeps(service, level) || destination.record === undefined) destination.write(line);
      else destination.record(line);
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
