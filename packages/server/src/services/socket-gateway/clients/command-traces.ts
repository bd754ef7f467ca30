import { createPerSecond } from '../../../kit/http/request-context.ts';
import type { Logger } from '../../../kit/logging/log.ts';
import { writeContext } from '../../../kit/tracing/message-context.ts';
import { isSampled, preciseNow, readTrace } from '../../../kit/tracing/trace-context.ts';
import { inContextOfMessage } from '../../../kit/tracing/traced-bus.ts';

/** Does what a command asks for in the trace that it names: what is logged and published meanwhile is part of it. */
export type CommandTraces = <Result>(
  event: string,
  command: unknown,
  userId: string | null,
  work: () => Result,
) => Result;

/**
 * A command without a valid `traceparent` is done as it is. What the sender records is recorded here, too, in each process as
 * many of a second as of requests.
 */
export function createCommandTraces(logger: Logger): CommandTraces {
  const { traceSampleRate, traceAskedPerSecond } = logger.tracing;
  const isWithinSecond = createPerSecond(traceAskedPerSecond);
  const sampled = (flags: string) =>
    traceSampleRate > 0 && isSampled(flags) && (isWithinSecond() || Math.random() < traceSampleRate);

  return (event, command, userId, work) => {
    const trace = traceOf(command);
    if (trace === null || trace.parentId === null) return work();
    const context = {
      ...{ trace_id: trace.traceId, span_id: trace.parentId, sampled: sampled(trace.flags) },
      ...(userId !== null && { user_id: userId }),
    };
    return inContextOfMessage(
      logger,
      writeContext(context, preciseNow()),
      { name: `socket ${event}`, attributes: { event } },
      work,
    );
  };
}

function traceOf(command: unknown) {
  if (typeof command !== 'object' || command === null || !('traceparent' in command)) return null;
  const { traceparent } = command;
  return typeof traceparent === 'string' ? readTrace(traceparent) : null;
}
