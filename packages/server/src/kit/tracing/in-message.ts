import { reasonOf } from '../errors.ts';
import type { Logger } from '../logging/log.ts';
import { inLogContext } from '../logging/log-context.ts';
import { readContext } from './message-context.ts';
import { preciseNow, type Span } from './spans.ts';

/**
 * Handles a message or a job in the context that came with it. It is recorded with the time it was under way where the
 * trace is, and where it failed or was slow; with a context that is not understood only the work is done.
 */
export function inContextOfMessage<Result>(
  logger: Logger,
  text: string | undefined,
  { name, attributes }: Pick<Span, 'name' | 'attributes'>,
  work: () => Result,
): Result {
  const read = text === undefined ? null : readContext(text);
  if (read === null) return work();
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
  let result: Result;
  try {
    result = inLogContext(context, work);
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
