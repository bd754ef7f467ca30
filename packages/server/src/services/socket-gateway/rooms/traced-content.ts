import { logContext, traceparentOf } from '../../../kit/tracing/trace-context.ts';
import type { EncodedEvent } from '../fan-out/fan-out.ts';
import type { RoomContent } from './channels.ts';

/** Changes of one flush whose traces are told apart: as many as a room has that sends each of them. */
const MAX_CHANGES = 1_000;

/**
 * The content of a room for clients that asked for traces: each event has the `traceparent` of the message that it says, where
 * that has one. Where changes replaced each other, it is that of the newest.
 */
export function tracedContent(content: RoomContent): RoomContent {
  /** Of each change since the last flush. */
  let changes: (string | null)[] = [];
  return {
    ...content,
    changed(expiry) {
      changes.push(presentTraceparent());
      if (changes.length > MAX_CHANGES) changes.shift();
      return content.changed(expiry);
    },
    take() {
      const events = content.take();
      const newest = changes.findLast((each) => each !== null) ?? null;
      const isEach = events.length === changes.length;
      const traced = events.map((event, i) => withTraceparent(event, isEach ? changes[i] : newest));
      changes = [];
      return traced;
    },
  };
}

function presentTraceparent(): string | null {
  const { trace_id: traceId, span_id: spanId, sampled = false } = logContext() ?? {};
  return traceId === undefined || spanId === undefined ? null : traceparentOf(traceId, spanId, sampled);
}

/** An event says an object, which is never empty. */
const withTraceparent = ({ event, json }: EncodedEvent, traceparent: string | null): EncodedEvent =>
  traceparent === null
    ? { event, json }
    : { event, json: `${json.slice(0, -1)},"traceparent":"${traceparent}"}` };
