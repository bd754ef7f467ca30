import type { FastifyReply, FastifyRequest, onSendHookHandler, RouteHandlerMethod } from 'fastify';
import { type Metric, Registry } from 'prom-client';
import { DeltaStreamError } from '../errors.ts';
import type { RequestTrace } from '../tracing/trace-context.ts';

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

/** Longest times for responses of this process. */
export interface Deadlines {
  /** Does nothing where there is a response already. */
  watch(reply: FastifyReply, timeoutMs: number): void;
  /** There is a response. */
  done(reply: FastifyReply): void;
  stop(): void;
}

const RESPONDED = Symbol('responded');

type WatchedReply = FastifyReply & { [RESPONDED]?: true };

/**
 * One timer for all requests instead of one for each, which would cost a cached response more than everything
 * else that is done for it; what has its response when its handler returns is not even noted. Who is late is told `timeout` within `checkMs`; what is answered after that is dropped.
 */
export function createDeadlines(checkMs = 100): Deadlines {
  const waiting = new Map<WatchedReply, number>();
  const timer = setInterval(() => {
    const now = performance.now();
    for (const [reply, deadline] of waiting) {
      if (deadline > now) continue;
      waiting.delete(reply);
      if (!reply.sent) reply.send(new DeltaStreamError('timeout', 'the service did not answer in time'));
    }
  }, checkMs);
  timer.unref();
  return {
    watch(reply: WatchedReply, timeoutMs) {
      if (reply[RESPONDED] !== true) waiting.set(reply, performance.now() + timeoutMs);
    },
    done(reply: WatchedReply) {
      reply[RESPONDED] = true;
      waiting.delete(reply);
    },
    stop() {
      clearInterval(timer);
      waiting.clear();
    },
  };
}

/** A handler that has so long for its response, from when the request is there complete: how long its body may take is another limit. */
export const timed = (
  handle: RouteHandlerMethod,
  timeoutMs: number,
  deadlines: Deadlines,
): RouteHandlerMethod =>
  function (request, reply) {
    const result = handle.call(this, request, reply);
    deadlines.watch(reply, timeoutMs);
    return result;
  };

/** There is a response ahead of its encoding: a second one while that is under way would break into the first. */
export const inTime = (
  encode: onSendHookHandler<unknown>,
  deadlines: Deadlines,
): onSendHookHandler<unknown> =>
  function (request, reply, body, done) {
    deadlines.done(reply);
    return encode.call(this, request, reply, body, done);
  };
