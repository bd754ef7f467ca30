import { randomUUID } from 'node:crypto';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  LogController,
} from 'fastify';
import { DeltaStreamError } from './errors.ts';
import type { Logger } from './log.ts';
import { closePolitely, POLITE_CLOSE_DEFAULTS } from './polite-close.ts';
import { problemOf } from './problem.ts';

export interface HttpOptions {
  readonly logger: Logger;
  /** Proxies whose X-Forwarded-For is believed; none by default, so nobody can choose an address. */
  readonly trustedProxies?: readonly string[];
  /** Largest request body; 64 KiB. */
  readonly bodyLimitBytes?: number;
  /** Longest time in which a client may send its whole request; 10 s. */
  readonly requestTimeoutMs?: number;
  /** Longest time a connection may stay idle between requests; 30 s. */
  readonly keepAliveTimeoutMs?: number;
  /** How long a server that closes still answers; 500 ms. */
  readonly closeGraceMs?: number;
  /** Longest time a close waits for requests under way; 5 s. */
  readonly closeTimeoutMs?: number;
}

export type HttpApp = ReturnType<typeof createHttpApp>;

const REQUEST_ID = /^[A-Za-z0-9._-]{1,64}$/;

/**
 * An HTTP application that is not listening yet. Every failure leaves it as an RFC 9457 problem
 * document with a code of the catalogue; unknown fields and malformed values are refused, not removed.
 */
export function createHttpApp(options: HttpOptions) {
  const app = Fastify({
    loggerInstance: options.logger as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: options.trustedProxies?.length ? [...options.trustedProxies] : false,
    bodyLimit: options.bodyLimitBytes ?? 64 * 1024,
    requestTimeout: options.requestTimeoutMs ?? 10_000,
    keepAliveTimeout: options.keepAliveTimeoutMs ?? 30_000,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    genReqId: (request) => {
      const given = request.headers['x-request-id'];
      return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
    },
    // A URL that cannot be decoded never reaches a route, nor the error handler.
    frameworkErrors: (error, request, reply) =>
      sendProblem(error, request.id, reply as unknown as FastifyReply),
    ajv: { customOptions: { removeAdditional: false, coerceTypes: 'array', useDefaults: true } },
  }).withTypeProvider<TypeBoxTypeProvider>();

  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
  });
  app.addHook('onResponse', async (request, reply) => {
    request.log.debug(
      {
        method: request.method,
        route: request.routeOptions.url,
        status: reply.statusCode,
        ms: reply.elapsedTime,
      },
      'request',
    );
  });
  closePolitely(app as unknown as FastifyInstance, {
    graceMs: options.closeGraceMs ?? POLITE_CLOSE_DEFAULTS.graceMs,
    timeoutMs: options.closeTimeoutMs ?? POLITE_CLOSE_DEFAULTS.timeoutMs,
  });
  answerWithProblems(app as unknown as FastifyInstance);
  return app;
}

function answerWithProblems(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const status = sendProblem(error, request.id, reply);
    if (status >= 500) request.log.error({ err: error }, 'request failed');
  });
  app.setNotFoundHandler((request, reply) => {
    const message = `${request.method} ${request.url.split('?', 1)[0]} is not a route`;
    sendProblem(new DeltaStreamError('not_found', message), request.id, reply);
  });
}

/** Answers with the problem document of an error; returns its status. */
function sendProblem(error: DeltaStreamError | FastifyError, requestId: string, reply: FastifyReply): number {
  const { problem, retryAfterSeconds } = problemOf(error, requestId);
  if (retryAfterSeconds !== null) reply.header('retry-after', retryAfterSeconds);
  reply.header('x-request-id', requestId);
  reply.code(problem.status).type('application/problem+json').send(JSON.stringify(problem));
  return problem.status;
}
