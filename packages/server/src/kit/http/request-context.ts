import type { FastifyInstance, FastifyRequest, preValidationHookHandler } from 'fastify';
import type { Logger } from '../logging/log.ts';
import { writeBatch } from '../logging/outputs/log-destination.ts';
import {
  beginTrace,
  inLogContext,
  type LogContext,
  logContext,
  preciseNow,
  type RequestTrace,
} from '../tracing/trace-context.ts';
import type { HeadCheck } from './request-validation.ts';
import type { RequestTimes } from './response-times.ts';

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

const FLUSH_MS = 50; // What a crash can take with it; twenty times a second costs nothing beside the requests.
const MAX_WAITING = 256; // Lines passed on at once: a turn of the event loop stays short.
/** Lines made bytes of at once: one by one costs half as much again. */
const MAX_TEXTS = 16;
const BUFFER_BYTES = 131_072; // So many lines of 512 bytes; most have 300.
/** In UTF-8, of a character. */
const MAX_CHARACTER_BYTES = 3;

/** A line for each request. */
export interface AccessLog {
  /** Whether lines are kept at this moment: the level may change. */
  isKept(): boolean;
  write(request: FastifyRequest, context: RequestContext, status: number, ms: number): void;
  /** Passes on what waits. */
  close(): void;
}

/**
 * Logs a line for each request at `level`. A logger's own way of writing costs 15 us a line, most of it for the search for
 * secrets, and none of these fields can be one; so the line is put together here, of as few parts as there are things that
 * change from one to the next. It waits as bytes, to be passed on with others: as a text it would be moved by each collection
 * of young objects until it leaves.
 */
export function createAccessLog(logger: Logger, level: 'debug' | 'info'): AccessLog {
  const { levels, service } = logger;
  const named = service === null ? '' : `"service":${JSON.stringify(service)},`;
  const newLine = (now: number) =>
    `{"level":"${level}","timestamp":${now},${named}"event":"request_completed","request_id":"`;
  const endings = createEndings();
  const users = createNewest('user_id');
  const products = createNewest('product');
  let begunAt = Date.now();
  let begin = newLine(begunAt);
  /** The newest lines, and how many; behind them those that are bytes already. */
  let text = '';
  let texts = 0;
  let buffer: Buffer | null = null;
  let length = 0;
  let waiting = 0;
  let timer: NodeJS.Timeout | null = null;
  let isKept = levels.keeps(service, level);
  const unwatch = levels.watch(() => {
    isKept = levels.keeps(service, level);
  });

  const gather = (): Buffer => {
    buffer ??= Buffer.allocUnsafeSlow(BUFFER_BYTES);
    length += buffer.write(text, length);
    text = '';
    texts = 0;
    return buffer;
  };
  const flush = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (waiting === 0) return;
    const batch = { bytes: gather().subarray(0, length), count: waiting };
    length = 0;
    waiting = 0;
    writeBatch(logger.lines, batch, level);
  };

  return {
    isKept: () => isKept,
    write({ method, routeOptions }, { request_id, trace_id, span_id, user_id, product }, status, ms) {
      const now = Date.now();
      if (now !== begunAt) {
        begunAt = now;
        begin = newLine(now);
      }
      const line = `${begin}${request_id}","trace_id":"${trace_id}","span_id":"${span_id}"${users(user_id)}${products(product)}${endings(method, routeOptions.url, status)}${Math.round(1_000 * ms) / 1_000},"message":"request"}\n`;
      const mostBytes = MAX_CHARACTER_BYTES * line.length;
      if (length + MAX_CHARACTER_BYTES * text.length + mostBytes > BUFFER_BYTES) flush();
      if (mostBytes > BUFFER_BYTES) return logger.lines.write(line);
      text += line;
      texts += 1;
      waiting += 1;
      if (texts >= MAX_TEXTS) gather();
      if (waiting >= MAX_WAITING) flush();
      else timer ??= setTimeout(flush, FLUSH_MS).unref();
    },
    close() {
      unwatch();
      flush();
    },
  };
}

/** What a line says of who asked or for what, which many say one after the other: of the newest the JSON is at hand. */
function createNewest(name: string): (value: string | undefined) => string {
  let newest: string | undefined;
  let member = '';
  return (value) => {
    if (value !== newest) {
      newest = value;
      member = value === undefined ? '' : `,"${name}":${JSON.stringify(value)}`;
    }
    return member;
  };
}

/** What lines say behind that; they are as many as there are methods of routes and statuses of their responses. */
function createEndings(): (method: string, url: string | undefined, status: number) => string {
  const byRoute = new Map<string | undefined, Map<string, string[]>>();
  return (method, url, status) => {
    let methods = byRoute.get(url);
    if (methods === undefined) {
      methods = new Map();
      byRoute.set(url, methods);
    }
    let endings = methods.get(method);
    if (endings === undefined) {
      endings = [];
      methods.set(method, endings);
    }
    endings[status] ??=
      `,"method":"${method}","route":${JSON.stringify(url ?? null)},"status":${status},"ms":`;
    return endings[status];
  };
}
