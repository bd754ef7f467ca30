import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

const POOL_BYTES = 4_096; // One call to the generator for a hundred requests or more.

/** Hexadecimal digits at random, cut from a text that is made for many. */
function createDigits(): (count: number) => string {
  let digits = '';
  let next = 0;
  return (count) => {
    if (next + count > digits.length) {
      digits = randomBytes(POOL_BYTES).toString('hex');
      next = 0;
    }
    next += count;
    return digits.slice(next - count, next);
  };
}

const digits = createDigits();

/** 32 hexadecimal digits. */
export const newTraceId = (): string => digits(32);
/** 16 hexadecimal digits. */
export const newSpanId = (): string => digits(16);

/** A place in a trace of many services (W3C Trace Context). */
export interface TraceContext {
  /** 32 hexadecimal digits, the same for everything one caller set off. */
  readonly traceId: string;
  /** Span of the caller; null where the trace begins here. */
  readonly parentId: string | null;
  /** Two hexadecimal digits; 01 when the trace is recorded. */
  readonly flags: string;
  readonly state: string | null;
}

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const MAX_STATE = 512; // What W3C Trace Context asks to propagate at least.

/** Null when `traceparent` is missing or not valid; a state without it means nothing. */
export function readTrace(
  traceparent: string | string[] | undefined,
  tracestate?: string | string[],
): TraceContext | null {
  const parts = typeof traceparent === 'string' ? TRACEPARENT.exec(traceparent) : null;
  if (parts === null) return null;
  const [, version, traceId, parentId, flags, more] = parts;
  // Version ff is forbidden; version 00 has no further fields; zeros name nothing.
  if (version === 'ff' || (version === '00' && more !== undefined)) return null;
  if (/^0+$/.test(traceId) || /^0+$/.test(parentId)) return null;
  const state = typeof tracestate === 'string' && tracestate.length <= MAX_STATE ? tracestate : null;
  return { traceId, parentId, flags, state };
}

/** Whether the caller records the trace, so that what is done for it is recorded, too. */
export const isSampled = (flags: string): boolean => (Number.parseInt(flags, 16) & 1) === 1;

export const traceparentOf = (traceId: string, spanId: string, sampled: boolean): string =>
  `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`;

/**
 * A request's place in its trace, and the span that it is itself. An id is made when somebody asks for it: of nearly all
 * requests nobody does.
 */
export class RequestTrace implements TraceContext {
  readonly parentId: string | null;
  readonly flags: string;
  readonly state: string | null;
  readonly sampled: boolean;
  private ownTraceId: string | null;
  private ownSpanId: string | null = null;

  constructor(given: TraceContext | null, sampled: boolean) {
    this.ownTraceId = given === null ? null : given.traceId;
    this.parentId = given === null ? null : given.parentId;
    this.flags = given === null ? (sampled ? '01' : '00') : given.flags;
    this.state = given === null ? null : given.state;
    this.sampled = sampled;
  }

  get traceId(): string {
    this.ownTraceId ??= newTraceId();
    return this.ownTraceId;
  }

  get spanId(): string {
    this.ownSpanId ??= newSpanId();
    return this.ownSpanId;
  }
}

/** What the caller sent where that is valid, else a new trace. `sample` decides on what the caller asks; null: nothing. */
export function beginTrace(
  { traceparent, tracestate }: IncomingHttpHeaders,
  sample: (asked: boolean | null) => boolean,
): RequestTrace {
  const given = traceparent === undefined ? null : readTrace(traceparent as string, tracestate);
  return new RequestTrace(given, sample(given && isSampled(given.flags)));
}

/** For whom something is done: what every line says that is logged meanwhile. */
export interface LogContext {
  readonly request_id?: string;
  readonly trace_id?: string;
  readonly span_id?: string;
  user_id?: string;
  readonly product?: string;
  /** Whether it is recorded as a trace. Not part of a line. */
  readonly sampled?: boolean;
}

const current = new AsyncLocalStorage<LogContext>();

/** What is done at this moment, wherever it was begun; undefined where nobody said. */
export const logContext = (): LogContext | undefined => current.getStore();

/** Runs `work`, and all that it begins, in a context. What is learned later, as who the user is, is set on it. */
export const inLogContext = <Result>(context: LogContext, work: () => Result): Result =>
  current.run(context, work);

/** Runs `work`, and all that it begins, in no context, whoever set it off. */
export const inNoLogContext = <Result>(work: () => Result): Result =>
  current.getStore() === undefined ? work() : current.exit(work);

/** Whether something that is done in this context is recorded whatever becomes of it. */
export const isRecorded = (context: LogContext | undefined): context is RecordedContext =>
  context !== undefined && context.sampled === true && context.span_id !== undefined;

type RecordedContext = LogContext & { readonly trace_id: string; readonly span_id: string };

export type SpanKind = 'server' | 'client' | 'producer' | 'consumer' | 'internal';

/** A part of a trace that has ended. */
export interface Span {
  readonly name: string;
  readonly kind: SpanKind;
  readonly traceId: string;
  readonly spanId: string;
  /** Null where the trace began with it. */
  readonly parentSpanId: string | null;
  /** Epoch ms, with a fraction. */
  readonly startMs: number;
  readonly durationMs: number;
  readonly outcome: 'ok' | 'error';
  readonly attributes?: SpanAttributes;
}

/** What else is known of a span, by names of ours. */
type SpanAttributes = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** Where spans are written. */
export interface SpanLog {
  span(span: Span): void;
}

/** The time now in epoch ms with a fraction, on a clock that is not set back while the process runs. */
export const preciseNow = (): number => performance.timeOrigin + performance.now();

/** Does `work` as a span of what is recorded at this moment; where nothing is, it only does the work. */
export async function inSpan<Result>(
  log: SpanLog,
  name: string,
  kind: SpanKind,
  work: (spanId: string | null) => Promise<Result>,
  attributes?: SpanAttributes,
): Promise<Result> {
  const context = logContext();
  if (!isRecorded(context)) return work(null);
  const spanId = newSpanId();
  const startMs = preciseNow();
  let outcome: Span['outcome'] = 'error';
  try {
    const result = await work(spanId);
    outcome = 'ok';
    return result;
  } finally {
    const { trace_id: traceId, span_id: parentSpanId } = context;
    const durationMs = preciseNow() - startMs;
    log.span({ name, kind, traceId, spanId, parentSpanId, startMs, durationMs, outcome, attributes });
  }
}
