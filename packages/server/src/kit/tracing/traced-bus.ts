import { MARKET_CHAINS, MARKET_TICKS } from '@deltastream/contracts';
import type { Bus, Delivery } from '../../ports/bus.ts';
import { reasonOf } from '../errors.ts';
import type { Logger } from '../logging/log.ts';
import { readContext, writeContext } from './message-context.ts';
import {
  inLogContext,
  inNoLogContext,
  isRecorded,
  type LogContext,
  logContext,
  newSpanId,
  newTraceId,
  preciseNow,
  type Span,
} from './trace-context.ts';

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

/**
 * Handles a message or a job in the context that came with it. It is recorded with the time it was under way where the
 * trace is, and where it failed or was slow; so is what has no context, or one that is not understood, but for sampling.
 */
export function inContextOfMessage<Result>(
  logger: Logger,
  text: string | undefined,
  { name, attributes }: Pick<Span, 'name' | 'attributes'>,
  work: () => Result,
): Result {
  const read = text === undefined ? null : readContext(text);
  // It may be delivered in the turn of another, whose context is not its own.
  if (read === null) return inNoLogContext(() => ofNobody(logger, { name, attributes }, work));
  const { context, origin, sentMs } = read;
  const startMs = preciseNow();
  const end = (outcome: Span['outcome'], error?: unknown) => {
    const durationMs = preciseNow() - startMs;
    const { trace_id: traceId, span_id: spanId, sampled } = context;
    if (traceId === undefined || spanId === undefined) return;
    const { traceSampleRate, traceSlowMs } = logger.tracing;
    if (traceSampleRate === 0 || (!sampled && outcome === 'ok' && durationMs < traceSlowMs)) return;
    const delay_ms = sentMs === null ? null : startMs - sentMs;
    const reason = error === undefined ? undefined : reasonOf(error);
    const place = { traceId, spanId, parentSpanId: origin.span_id ?? null };
    const said = { ...attributes, delay_ms, reason };
    inLogContext(context, () =>
      logger.span({ name, kind: 'consumer', ...place, startMs, durationMs, outcome, attributes: said }),
    );
  };
  return ending(() => inLogContext(context, work), end);
}

/** Of what nobody asked for, which has no trace: it is recorded, as one of its own, where it fails or is slow. */
function ofNobody<Result>(
  logger: Logger,
  { name, attributes }: Pick<Span, 'name' | 'attributes'>,
  work: () => Result,
): Result {
  const { traceSampleRate, traceSlowMs } = logger.tracing;
  if (traceSampleRate === 0) return work();
  const begun = performance.now();
  return ending(work, (outcome, error) => {
    const durationMs = performance.now() - begun;
    if (outcome === 'ok' && durationMs < traceSlowMs) return;
    const reason = error === undefined ? undefined : reasonOf(error);
    logger.span({
      ...{ name, kind: 'consumer', traceId: newTraceId(), spanId: newSpanId(), parentSpanId: null },
      ...{ startMs: preciseNow() - durationMs, durationMs, outcome, attributes: { ...attributes, reason } },
    });
  });
}

/** Does `work` and says how it ended, once it has. */
function ending<Result>(
  work: () => Result,
  end: (outcome: Span['outcome'], error?: unknown) => void,
): Result {
  let result: Result;
  try {
    result = work();
  } catch (error) {
    end('error', error);
    throw error;
  }
  if (result instanceof Promise) {
    result.then(
      () => end('ok'),
      (error) => end('error', error),
    );
  } else end('ok');
  return result;
}
