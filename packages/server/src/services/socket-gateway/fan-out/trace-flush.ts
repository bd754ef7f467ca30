import type { Logger } from '../../../kit/logging/log.ts';
import {
  isRecorded,
  type LogContext,
  logContext,
  newSpanId,
  preciseNow,
} from '../../../kit/tracing/trace-context.ts';
import type { Channel, FlushTrace } from './fan-out.ts';

/** Channels of one message whose delivery is recorded: a chain may go to thousands, one for each window of strikes. */
const MAX_FOLLOWED = 8;

/** Records the last hop of a message that is traced: from its change of a channel, over conflation, to the last member. */
export function createFlushTraces(logger: Pick<Logger, 'span'>): (channel: Channel) => FlushTrace | null {
  const followed = new WeakMap<LogContext, number>();
  return ({ name }) => {
    const context = logContext();
    if (!isRecorded(context)) return null;
    const count = followed.get(context) ?? 0;
    if (count >= MAX_FOLLOWED) return null;
    followed.set(context, count + 1);
    const { trace_id: traceId, span_id: parentSpanId } = context;
    const startMs = preciseNow();
    return (members) =>
      logger.span({
        name: `deliver ${name}`,
        kind: 'producer',
        ...{ traceId, spanId: newSpanId(), parentSpanId, startMs },
        durationMs: preciseNow() - startMs,
        outcome: 'ok',
        attributes: { room: name, members },
      });
  };
}
