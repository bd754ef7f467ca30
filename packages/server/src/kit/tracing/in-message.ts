import { reasonOf } from '../errors.ts';
import type { Logger } from '../logging/log.ts';
import { inLogContext } from '../logging/log-context.ts';
import { readContext } from './message-context.ts';
import { preciseNow, type Span } from './spans.ts';
import { newSpanId, newTraceId } from './trace-context.ts';

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
  if (read === null) return ofNobody(logger, { name, attributes }, work);
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
