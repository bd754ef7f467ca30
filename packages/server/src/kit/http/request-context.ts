import type { FastifyInstance, FastifyRequest, preValidationHookHandler } from 'fastify';
import type { Logger } from '../logging/log.ts';
import { inLogContext, type LogContext, logContext } from '../logging/log-context.ts';
import { preciseNow } from '../tracing/spans.ts';
import { beginTrace, type RequestTrace } from '../tracing/trace-context.ts';
import type { AccessLog } from './access-log.ts';
import type { HeadCheck } from './request-head.ts';
import type { RequestTimes } from './request-times.ts';

const CONTEXT = Symbol('context');
const MAX_PRODUCT = 40; // As long as a symbol may be; what is longer is no product.

/** Methods of requests without a body, which go on in the turn in which they came. */
const BODILESS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);

/** What is said of a request whose connection ended before its response began: it had none. The number is that of nginx. */
const CLOSED_BY_CALLER = 499;

/** For whom a request is done. Its ids are not made before a line, a span or a call to another service says them. */
class RequestContext implements LogContext {
  readonly request_id: string;
  readonly product: string | undefined;
  readonly sampled: boolean;
  readonly trace: RequestTrace;
  /** Milliseconds of `performance.now` at which the request came. */
  readonly begunMs: number;
  user_id: string | undefined = undefined;
  isDone = false;

  constructor({ id, params }: FastifyRequest, trace: RequestTrace, begunMs: number) {
    const { product } = params as { readonly product?: unknown };
    this.request_id = id;
    this.product = typeof product === 'string' && product.length <= MAX_PRODUCT ? product : undefined;
    this.sampled = trace.sampled;
    this.trace = trace;
    this.begunMs = begunMs;
  }

  get trace_id(): string {
    return this.trace.traceId;
  }

  get span_id(): string {
    return this.trace.spanId;
  }
}

export interface TrackingParts {
  readonly logger: Logger;
  /** What else is done with the head of each request; it may be refused. */
  readonly checkHead: HeadCheck;
  readonly accessLog: AccessLog;
  readonly times: Pick<RequestTimes, 'add'>;
}

/**
 * Every request has a context, in which all its hooks and its handler run: what is logged meanwhile says its id, trace,
 * user and product. A request that is sampled, fails or is slow is recorded as a span; of many that ask to be, the usual share.
 * One hook for all of it, and listeners in place of Fastify's for responses: each more costs a cached response 1 %. Call
 * ahead of other hooks and of routes.
 */
export function trackRequests(app: FastifyInstance, parts: TrackingParts): void {
  const { logger, checkHead, accessLog, times } = parts;
  const { traceSampleRate, traceSlowMs, traceAskedPerSecond } = logger.tracing;
  const isWithinSecond = createPerSecond(traceAskedPerSecond);
  const sample = (asked: boolean | null) =>
    traceSampleRate > 0 &&
    asked !== false &&
    ((asked && isWithinSecond()) || Math.random() < traceSampleRate);

  const finished = (request: FastifyRequest, context: RequestContext, status: number): void => {
    context.isDone = true;
    const durationMs = performance.now() - context.begunMs;
    const failed = status >= 500;
    if (context.sampled || failed || durationMs >= traceSlowMs) {
      const { traceId, spanId, parentId } = context.trace;
      inLogContext(context, () =>
        logger.span({
          name: `${request.method} ${request.routeOptions.url ?? 'unknown route'}`,
          kind: 'server',
          ...{ traceId, spanId, parentSpanId: parentId },
          ...{ startMs: preciseNow() - durationMs, durationMs, outcome: failed ? 'error' : 'ok' },
          attributes: { status },
        }),
      );
    }
    times.add(request, context.trace, { status, seconds: durationMs / 1_000 });
    if (accessLog.isKept()) accessLog.write(request, context, status, durationMs);
  };

  app.addHook('onRequest', (request, reply, done) => {
    const { raw } = reply;
    const context = new RequestContext(request, beginTrace(request.headers, sample), performance.now());
    (request.raw as Tracked)[CONTEXT] = context;
    // Either may come alone: a connection may end before its response, and one that is made up may never close.
    const end = () => {
      if (!context.isDone) finished(request, context, raw.headersSent ? raw.statusCode : CLOSED_BY_CALLER);
    };
    raw.on('finish', end);
    raw.on('close', end);
    const refusal = checkHead(request, reply);
    if (refusal === null) inLogContext(context, done);
    else inLogContext(context, () => done(refusal));
  });
  // What reads a body goes on from the connection, which belongs to no request.
  app.addHook('onRoute', (route) => {
    if ([route.method].flat().every((method) => BODILESS.has(method))) return;
    route.preValidation = [goOnInContext, ...[route.preValidation ?? []].flat()];
  });
}

interface Tracked {
  [CONTEXT]?: RequestContext;
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

/** Runs what follows in the context of a request, wherever it was called from. */
const goOnInContext: preValidationHookHandler = (request, _reply, done) => {
  const context = contextOf(request);
  if (context === undefined || logContext() === context) done();
  else inLogContext(context, done);
};

/** For whom a request is done; undefined for one that never reached the first hook. */
export const contextOf = ({ raw }: Pick<FastifyRequest, 'raw'>): RequestContext | undefined =>
  (raw as Tracked)[CONTEXT];

/** The place of a request in its trace; one that never reached the first hook begins a trace with each call. */
export const traceOf = (request: Pick<FastifyRequest, 'headers' | 'raw'>): RequestTrace =>
  contextOf(request)?.trace ?? beginTrace(request.headers, (asked) => asked === true);
