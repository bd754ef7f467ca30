import { isSampled, type LogContext, newSpanId, readTrace, traceparentOf } from './trace-context.ts';

/** For whom a message or a job is: what goes beside it to who handles it. */
export interface MessageContext {
  /** What was done when it was sent: the parent of what is done with it. */
  readonly origin: LogContext;
  /** Epoch ms, with a fraction, of the sender's clock; null where it was not told. */
  readonly sentMs: number | null;
}

/** By one letter each: it goes with a message. */
interface Written {
  readonly p: string;
  readonly r?: string;
  readonly u?: string;
  readonly d?: string;
  readonly t?: number;
}

const MAX_CHARACTERS = 2_000; // Ids of requests and users are below 200 characters; what is longer is not from here.

/** The text that goes beside a message. `spanId` is what sends it, where that is recorded. */
export function writeContext(context: LogContext, sentMs: number, spanId = context.span_id): string {
  const { trace_id: traceId, request_id: r, user_id: u, product: d, sampled = false } = context;
  const p = traceId === undefined || spanId === undefined ? '' : traceparentOf(traceId, spanId, sampled);
  return JSON.stringify({ p, r, u, d, t: sentMs } satisfies Written);
}

/** What is done with a message of this context, as a span of its own; null for a text that is not understood. */
export function readContext(text: string): (MessageContext & { readonly context: LogContext }) | null {
  if (text.length > MAX_CHARACTERS) return null;
  try {
    const { p, r, u, d, t } = JSON.parse(text) as Partial<Record<keyof Written, unknown>>;
    const trace = typeof p === 'string' ? readTrace(p) : null;
    const said: LogContext = {
      ...(typeof r === 'string' && { request_id: r }),
      ...(typeof u === 'string' && { user_id: u }),
      ...(typeof d === 'string' && { product: d }),
      ...(trace && { trace_id: trace.traceId, sampled: isSampled(trace.flags) }),
    };
    return {
      origin: { ...said, ...(trace?.parentId && { span_id: trace.parentId }) },
      context: { ...said, ...(trace && { span_id: newSpanId() }) },
      sentMs: typeof t === 'number' ? t : null,
    };
  } catch {
    return null;
  }
}
