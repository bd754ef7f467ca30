import { MARKET_CHAINS, MARKET_TICKS } from '@deltastream/contracts';
import type { Bus, Delivery } from '../../ports/bus.ts';
import type { Logger } from '../logging/log.ts';
import { type LogContext, logContext } from '../logging/log-context.ts';
import { inContextOfMessage } from './in-message.ts';
import { writeContext } from './message-context.ts';
import { isRecorded, preciseNow, type Span } from './spans.ts';
import { newSpanId, newTraceId } from './trace-context.ts';

/** Where messages begin: of those that nobody asked for, a share is followed from here to the sockets. */
const BEGINNINGS: ReadonlySet<string> = new Set([MARKET_TICKS.name, MARKET_CHAINS.name]);

/**
 * A bus on which messages say for whom they are: what handles one runs in the context of who published it, so its lines
 * have the same request and user, and its spans the same trace, with the time the message was under way. A message of
 * nobody, which is not sampled either, passes as it is; when its handler fails or is slow, that is recorded all the same.
 */
export function traceBus(bus: Bus, logger: Logger): Bus {
  const { traceSampleRate } = logger.tracing;

  const isFollowed = (topic: string) =>
    traceSampleRate > 0 && BEGINNINGS.has(topic) && Math.random() < traceSampleRate;

  const publishRecorded = async (topic: string, frame: Uint8Array, context: LogContext, isRoot: boolean) => {
    const { trace_id: traceId = newTraceId(), span_id: parentSpanId = null } = context;
    const spanId = newSpanId();
    const startMs = preciseNow();
    const span = { name: `publish ${topic}`, kind: 'producer', traceId, spanId, startMs } as const;
    const end = (outcome: Span['outcome']) =>
      logger.span({
        ...span,
        parentSpanId: isRoot ? null : parentSpanId,
        durationMs: preciseNow() - startMs,
        outcome,
        attributes: { topic, bytes: frame.byteLength },
      });
    try {
      const position = await bus.publish(
        topic,
        frame,
        writeContext({ ...context, trace_id: traceId }, startMs, spanId),
      );
      end('ok');
      return position;
    } catch (error) {
      end('error');
      throw error;
    }
  };

  const traced = <Result>(topic: string, by: string, handler: (delivery: Delivery) => Result) => {
    const name = `${by} ${topic}`;
    return (delivery: Delivery): Result => {
      const { context, deliveries } = delivery;
      const span = { name, attributes: { topic, deliveries } };
      return inContextOfMessage(logger, context, span, () => handler(delivery));
    };
  };

  return {
    ...bus,
    // A getter of the adapter: a copy would keep what it said at first.
    get connection() {
      return bus.connection;
    },
    publish(topic, frame, given) {
      if (given !== undefined) return bus.publish(topic, frame, given);
      const context = logContext();
      if (context === undefined) {
        if (!isFollowed(topic)) return bus.publish(topic, frame);
        return publishRecorded(topic, frame, { trace_id: newTraceId(), sampled: true }, true);
      }
      if (isRecorded(context)) return publishRecorded(topic, frame, context, false);
      return bus.publish(topic, frame, writeContext(context, preciseNow()));
    },
    consume: (topic, group, handler, options) =>
      bus.consume(topic, group, traced(topic, group, handler), options),
    follow: (topic, from, handler) => bus.follow(topic, from, traced(topic, 'follow', handler)),
  };
}
