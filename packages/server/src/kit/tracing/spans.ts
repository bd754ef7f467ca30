import { isRecorded, logContext } from '../logging/log-context.ts';
import { newSpanId } from './trace-context.ts';

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
