import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Logger } from '../logging/log.ts';
import { inLogContext, type LogContext, logContext } from '../logging/log-context.ts';
import { preciseNow } from '../tracing/spans.ts';
import { beginTrace, traceOf } from '../tracing/trace-context.ts';

const CONTEXT = Symbol('context');
const MAX_PRODUCT = 40; // As long as a symbol may be; what is longer is no product.

/**
 * Every request has a context, in which all its hooks and its handler run: what is logged meanwhile says its id, trace,
 * user and product. A request that is sampled, fails or is slow is recorded as a span; of many that ask to be, the usual share.
 * Call ahead of other hooks.
 */
export function trackRequests(app: FastifyInstance, logger: Logger): void {
  const { traceSampleRate, traceSlowMs, traceAskedPerSecond } = logger.tracing;
  const isWithinSecond = createPerSecond(traceAskedPerSecond);
  const sample = (asked: boolean | null) =>
    traceSampleRate > 0 &&
    asked !== false &&
    ((asked && isWithinSecond()) || Math.random() < traceSampleRate);
  app.addHook('onRequest', (request, _reply, done) => {
    const { traceId, spanId, sampled } = beginTrace(request, sample);
    const context: LogContext = { request_id: request.id, trace_id: traceId, span_id: spanId, sampled };
    const { product } = request.params as { readonly product?: unknown };
    if (typeof product === 'string' && product.length <= MAX_PRODUCT) context.product = product;
    (request.raw as { [CONTEXT]?: LogContext })[CONTEXT] = context;
    inLogContext(context, done);
  });
  // What reads a body goes on from the connection, which belongs to no request.
  app.addHook('preValidation', (request, _reply, done) => inContextOf(request, done));
  app.addHook('onResponse', (request, reply, done) => {
    const durationMs = reply.elapsedTime;
    const trace = traceOf(request);
    const failed = reply.statusCode >= 500;
    if (!trace.sampled && !failed && durationMs < traceSlowMs) return done();
    inContextOf(request, () =>
      logger.span({
        name: `${request.method} ${request.routeOptions.url ?? 'unknown route'}`,
        kind: 'server',
        ...{ traceId: trace.traceId, spanId: trace.spanId, parentSpanId: trace.parentId },
        ...{ startMs: preciseNow() - durationMs, durationMs, outcome: failed ? 'error' : 'ok' },
        attributes: { status: reply.statusCode },
      }),
    );
    done();
  });
}

/** Whether one more is within the bound of its second. */
function createPerSecond(max: number): () => boolean {
  let second = 0;
  let count = 0;
  return () => {
    const now = Math.floor(performance.now() / 1_000);
    if (now !== second) count = 0;
    second = now;
    count += 1;
    return count <= max;
  };
}

/** Runs `work` in the context of a request, wherever it was called from. */
function inContextOf(request: FastifyRequest, work: () => void): void {
  const context = contextOf(request);
  if (context === undefined || logContext() === context) work();
  else inLogContext(context, work);
}

/** What the lines of a request say; undefined for one that never reached the first hook. */
export const contextOf = ({ raw }: FastifyRequest): LogContext | undefined =>
  (raw as { [CONTEXT]?: LogContext })[CONTEXT];
