import type { FastifyInstance, FastifyRequest, preValidationHookHandler } from 'fastify';
import { type Metric, Registry } from 'prom-client';
import type { Logger } from '../logging/log.ts';
import {
  beginTrace,
  inLogContext,
  type LogContext,
  logContext,
  preciseNow,
  type RequestTrace,
} from '../tracing/trace-context.ts';
import type { AccessLog } from './access-log.ts';
import type { HeadCheck } from './request-validation.ts';

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
export function createPerSecond(max: number): () => boolean {
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

const NAME = 'deltastream_http_request_seconds';
const HELP = 'Time from the head of a request to its response, by route and class of status';
/** Upper bounds in seconds: from a cached response to the longest that a route may take. */
const BOUNDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30];
const CLASSES = ['1xx', '2xx', '3xx', '4xx', '5xx'] as const;

/** One request that fell into a bucket, by its trace. */
export interface Exemplar {
  readonly labelSet: { readonly trace_id: string };
  readonly value: number;
  /** Epoch seconds. */
  readonly timestamp: number;
}

interface Times {
  /** By bucket, the last for what is longer. */
  readonly counts: Float64Array;
  readonly exemplars: (Exemplar | undefined)[];
  sum: number;
}

/** Of a route and method, by class of status; what never came is undefined. */
type RouteTimes = (Times | undefined)[];

export interface RequestTimes {
  readonly registry: Registry;
  add(request: FastifyRequest, trace: RequestTrace, response: { status: number; seconds: number }): void;
}

/**
 * Times of the responses of a server. The histogram is kept here and not by the library, whose labels cost more than
 * a cached response may: two look-ups and an addition. A request whose trace is recorded is the example of its bucket.
 */
export function createRequestTimes(): RequestTimes {
  const byRoute = new Map<string, Map<string, RouteTimes>>();

  const beginTimes = (route: string, method: string, status: number): Times => {
    const methods = byRoute.get(route) ?? new Map<string, RouteTimes>();
    byRoute.set(route, methods);
    const statuses: RouteTimes = methods.get(method) ?? [];
    methods.set(method, statuses);
    const times: Times = { counts: new Float64Array(BOUNDS.length + 1), exemplars: [], sum: 0 };
    statuses[status] = times;
    return times;
  };

  const add: RequestTimes['add'] = (request, trace, response) => {
    const { seconds } = response;
    const route = request.routeOptions.url ?? 'unknown';
    const status = Math.floor(response.status / 100) - 1;
    const times =
      byRoute.get(route)?.get(request.method)?.[status] ?? beginTimes(route, request.method, status);
    let bucket = 0;
    while (bucket < BOUNDS.length && seconds > BOUNDS[bucket]) bucket += 1;
    times.counts[bucket] += 1;
    times.sum += seconds;
    if (trace.sampled) {
      const labelSet = { trace_id: trace.traceId };
      times.exemplars[bucket] = { labelSet, value: seconds, timestamp: Date.now() / 1_000 };
    }
  };

  const samples = () =>
    Array.from(byRoute).flatMap(([route, methods]) =>
      Array.from(methods).flatMap(([method, times]) =>
        CLASSES.flatMap((status, i) => samplesOf({ route, method, status }, times[i])),
      ),
    );
  const registry = new Registry();
  registry.registerMetric({
    name: NAME,
    get: async () => ({ name: NAME, help: HELP, type: 'histogram', aggregator: 'sum', values: samples() }),
    reset: () => byRoute.clear(),
  } as unknown as Metric);
  return { registry, add };
}

/** Cumulative buckets, sum and count, in the shape of the library. */
function samplesOf(labels: Readonly<Record<string, string>>, times: Times | undefined) {
  if (times === undefined) return [];
  let count = 0;
  const buckets = Array.from(times.counts, (inBucket, i) => {
    count += inBucket;
    return {
      metricName: `${NAME}_bucket`,
      labels: { le: BOUNDS[i] ?? '+Inf', ...labels },
      value: count,
      exemplar: times.exemplars[i],
    };
  });
  return [
    ...buckets,
    { metricName: `${NAME}_sum`, labels, value: times.sum },
    { metricName: `${NAME}_count`, labels, value: count },
  ];
}
