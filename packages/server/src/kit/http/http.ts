import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders, Server } from 'node:http';
import type { Socket } from 'node:net';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import { createAddressList, forwardedHops } from '../access/client-address.ts';
import { DeltaStreamError } from '../errors.ts';
import type { Logger } from '../logging/log.ts';
import { createPacedWarning } from '../logging/paced-warning.ts';
import { collectAllowedMethods } from '../requests/allowed-methods.ts';
import { unsoundness } from '../requests/request-hygiene.ts';
import { createRequestValidators } from '../requests/request-validators.ts';
import { createPathMask, type PathMask } from '../responses/path-mask.ts';
import { problemOf } from '../responses/problem.ts';
import type { ValuesOf } from '../settings-fragment.ts';
import { answerClientError } from './client-error.ts';
import { limitConnections } from './connection-limit.ts';
import { HTTP } from './http-settings.ts';
import { limitPipelining } from './pipelined-requests.ts';
import { closePolitely } from './polite-close.ts';
import { shouldUpgrade } from './protocol-upgrades.ts';
import { traceOf } from './trace-context.ts';
import { closeUnread } from './unread-answers.ts';

declare module 'fastify' {
  interface FastifyInstance {
    readonly maskPaths: PathMask;
    /** Logs what clients see in part only, at most once a minute for each subject. */
    readonly warnUnready: ReturnType<typeof createPacedWarning>;
  }
}

export interface HttpOptions extends Partial<ValuesOf<typeof HTTP.own>> {
  readonly logger: Logger;
  /** Proxies whose X-Forwarded-For is believed; none by default, so nobody can choose an address. */
  readonly trustedProxies?: readonly string[];
  /** What clients are shown instead of paths of this machine; those of its usual folders are masked by default. */
  readonly maskPaths?: PathMask;
}

export type HttpApp = ReturnType<typeof createHttpApp>;

/** As long as any parameter that a schema allows, with room for its encoding; beyond it the answer is 414. */
const MAX_PARAMETER_LENGTH = 1_000;
/** How long the sender of a body that is too large has to see why it is refused. */
const LINGER_MS = 500;

const UNREADY_INTERVAL_MS = 60_000;
const REQUEST_ID = /^[A-Za-z0-9._-]{1,64}$/;
const MAX_HEADER_BYTES = 16 * 1024;
/** How often connections are looked at that take too long. */
const CHECK_CONNECTIONS_MS = 1_000;

/**
 * An HTTP application that is not listening yet. Every failure leaves it as an RFC 9457 problem
 * document with a code of the catalogue; unknown fields and malformed values are refused, not removed.
 */
export function createHttpApp(given: HttpOptions) {
  const options = { ...HTTP.defaults, ...given };
  const { logger, accessLog, trustedProxies = [] } = options;
  const nextId = createRequestIds();
  const { maskPaths = createPathMask() } = options;
  const requestTimeout = options.requestTimeoutMs;
  const forwarded = trustedProxies.length > 0;
  if (forwarded) createAddressList(trustedProxies);
  const app = Fastify({
    // Fastify's own, even when silent, costs a cached answer 2 us; what is to be known is logged here.
    logger: false,
    trustProxy: forwarded ? [...trustedProxies] : false,
    http: {
      maxHeaderSize: MAX_HEADER_BYTES,
      // Node takes the longer of the two for bodies, so the headers' must be the shorter one.
      headersTimeout: Math.min(options.headersTimeoutMs, requestTimeout),
      connectionsCheckingInterval: CHECK_CONNECTIONS_MS,
      shouldUpgradeCallback: shouldUpgrade,
    },
    routerOptions: { maxParamLength: MAX_PARAMETER_LENGTH },
    bodyLimit: options.bodyLimitBytes,
    requestTimeout,
    keepAliveTimeout: options.keepAliveTimeoutMs,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    clientErrorHandler: answerClientError,
    genReqId: (request) => {
      const given = request.headers['x-request-id'];
      return typeof given === 'string' && REQUEST_ID.test(given) ? given : nextId();
    },
    // A URL that cannot be decoded never reaches a route, nor the error handler.
    frameworkErrors: (error, request, reply) =>
      sendProblem(error, request.id, reply as unknown as FastifyReply, asItIs),
    schemaController: { compilersFactory: { buildValidator: createRequestValidators() } },
  }).withTypeProvider<TypeBoxTypeProvider>();

  // Callbacks, not promises: these run for every request, and most have nothing to wait for.
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    if (forwarded) normaliseForwarded(request.raw.headers);
    done(unsoundness(request.raw) ?? undefined);
  });
  if (logger.isLevelEnabled(accessLog)) {
    app.addHook('onResponse', (request, reply, done) => {
      logger[accessLog](
        {
          reqId: request.id,
          method: request.method,
          route: request.routeOptions.url,
          status: reply.statusCode,
          ms: reply.elapsedTime,
          trace_id: traceOf(request).traceId,
        },
        'request',
      );
      done();
    });
  }
  const { closeGraceMs: graceMs, closeTimeoutMs: timeoutMs } = options;
  closePolitely(app as unknown as FastifyInstance, { graceMs, timeoutMs });
  limitClients(app.server, options);
  limitConnections(app.server, options.maxConnectionsPerAddress, ['loopback', ...trustedProxies]);
  app.decorate('maskPaths', { getter: () => maskPaths });
  app.decorate('warnUnready', createPacedWarning(logger, { intervalMs: UNREADY_INTERVAL_MS }));
  answerWithProblems(app as unknown as FastifyInstance, logger, maskPaths);
  return app;
}

/** Fastify takes each hop of the header as it is, also with a port, by which an address would be another each time. */
function normaliseForwarded(headers: IncomingHttpHeaders): void {
  const name = 'x-forwarded-for';
  if (headers[name] === undefined) return;
  const hops = forwardedHops(headers[name]);
  if (hops.length === 0) delete headers[name];
  else headers[name] = hops.join(', ');
}

/** Bounds what a client can make this process hold for it. */
function limitClients(server: Server, options: HttpOptions & typeof HTTP.defaults): void {
  const warn = createPacedWarning(options.logger);
  const closed = ({ remoteAddress }: Socket, reason: string) =>
    warn(reason, 'connection closed: its client does not read', { reason, remoteAddress });
  limitPipelining(server, options.maxPipelinedRequests, (socket) => closed(socket, 'pipelined'));
  closeUnread(server, { timeoutMs: options.answerTimeoutMs, maxBytes: options.maxUnreadBytes }, closed);
}

/** Ids of this application's requests: what no other has, and a number. */
function createRequestIds(): () => string {
  const own = randomUUID().slice(0, 13);
  let count = 0;
  return () => {
    count += 1;
    return `${own}-${count.toString(36)}`;
  };
}

function answerWithProblems(app: FastifyInstance, logger: Logger, maskPaths: PathMask): void {
  const allowedMethods = collectAllowedMethods(app);
  const answerUnknown = (request: FastifyRequest, reply: FastifyReply): void => {
    const path = request.url.split('?', 1)[0];
    const message = `${request.method} ${path} is not a route`;
    const allowed = allowedMethods.of(path);
    const known = allowed.length > 0 && !allowed.includes(request.method);
    if (known) reply.header('allow', allowed.join(', '));
    const error = new DeltaStreamError(known ? 'method_not_allowed' : 'not_found', message);
    sendProblem(error, request.id, reply, asItIs);
  };
  app.setErrorHandler((error: FastifyError, request, reply) => {
    // What is wrong with a body does not matter where nothing would have taken it.
    if (request.is404 && !(error instanceof DeltaStreamError)) return answerUnknown(request, reply);
    const status = sendProblem(error, request.id, reply, maskPaths);
    if (status >= 500) logger.error({ reqId: request.id, err: error }, 'request failed');
  });
  app.setNotFoundHandler(answerUnknown);
}

/** For what is said of the URL of a request: its paths are not those of this machine. */
const asItIs: PathMask = (text) => text;

/** Answers with the problem document of an error; returns its status. */
function sendProblem(
  error: DeltaStreamError | FastifyError,
  requestId: string,
  reply: FastifyReply,
  maskPaths: PathMask,
): number {
  const { problem, retryAfterSeconds } = problemOf(error, requestId);
  if (retryAfterSeconds !== null) reply.header('retry-after', retryAfterSeconds);
  reply.header('x-request-id', requestId).header('cache-control', 'no-store');
  if (problem.status === 413) leaveRest(reply);
  reply
    .code(problem.status)
    .type('application/problem+json')
    .send(JSON.stringify({ ...problem, detail: maskPaths(problem.detail) }));
  return problem.status;
}

/**
 * A connection that ends while its client still sends takes the answer with it, so it stays open for a moment. What
 * comes meanwhile is left unread, as reading it would cost the others what the limit is there to save.
 */
function leaveRest(reply: FastifyReply): void {
  reply.removeHeader('connection');
  const { req } = reply.raw;
  // Once something has read from it, Node no longer empties it by itself when the answer is out.
  req.read(0);
  req.pause();
  const cut = setTimeout(() => {
    if (!req.complete) req.destroy();
  }, LINGER_MS);
  cut.unref();
}
