import { randomUUID } from 'node:crypto';
import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { ERRORS, type ErrorCode, faultInWords, type Problem, type SchemaFault } from '@deltastream/contracts';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { DeltaStreamError } from '../errors.ts';
import type { TurnBudget } from '../http/turn-budget.ts';
import type { Logger } from '../logging/log.ts';
import type { PathMask } from './path-mask.ts';

/** What Fastify and its plugins throw, as far as it is read here. */
interface HttpFailure {
  readonly code?: string;
  readonly statusCode?: number;
  readonly message?: string;
  readonly validation?: readonly (SchemaFault & { instancePath: string; parentSchema?: object })[];
  readonly validationContext?: string;
}

const CODE_BY_STATUS: Readonly<Record<number, ErrorCode>> = {
  400: 'invalid_request',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  405: 'method_not_allowed',
  406: 'not_acceptable',
  408: 'request_too_slow',
  413: 'payload_too_large',
  414: 'uri_too_long',
  415: 'unsupported_media_type',
  429: 'too_many_requests',
  431: 'invalid_request',
  503: 'unavailable',
  504: 'timeout',
};
const HANDLER_TIMEOUT = 'FST_ERR_HANDLER_TIMEOUT';

/** The problem document for anything thrown while answering a request. Internals never reach the detail. */
export function problemOf(
  error: DeltaStreamError | HttpFailure,
  requestId: string,
): { problem: Problem; retryAfterSeconds: number | null } {
  const code = error instanceof DeltaStreamError ? error.code : codeOf(error);
  const { status, title, remedy } = ERRORS[code];
  return {
    problem: {
      type: `urn:deltastream:error:${code}`,
      title,
      status,
      code,
      detail: code === 'internal' ? 'The failure was logged with this request id.' : detailOf(error),
      remedy,
      request_id: requestId,
    },
    retryAfterSeconds: error instanceof DeltaStreamError ? error.retryAfterSeconds : null,
  };
}

function codeOf(error: HttpFailure): ErrorCode {
  if (error.validation) return 'invalid_request';
  if (error.code === HANDLER_TIMEOUT) return 'timeout';
  return CODE_BY_STATUS[error.statusCode ?? 500] ?? 'internal';
}

function detailOf(error: DeltaStreamError | HttpFailure): string {
  if (!(error instanceof DeltaStreamError) && error.validation) {
    const [first] = error.validation;
    const field = first.instancePath.slice(1).replaceAll('/', '.');
    const place = [error.validationContext, field].filter(Boolean).join('.');
    return `${place}: ${faultInWords(first, first.parentSchema)}`;
  }
  return error.message ?? '';
}

/**
 * Every failure of an application leaves it as a problem document, refusals within the budget of a turn. Call before any
 * route is registered.
 */
export function sendProblems(
  app: FastifyInstance,
  { logger, maskPaths, turns }: { logger: Logger; maskPaths: PathMask; turns: TurnBudget },
): void {
  const allowedMethods = collectAllowedMethods(app);
  const sendUnknownRoute = (request: FastifyRequest, reply: FastifyReply): void => {
    const path = request.url.split('?', 1)[0];
    const message = `${request.method} ${path} is not a route`;
    const allowed = allowedMethods.of(path);
    const known = allowed.length > 0 && !allowed.includes(request.method);
    if (known) reply.header('allow', allowed.join(', '));
    const error = new DeltaStreamError(known ? 'method_not_allowed' : 'not_found', message);
    turns(() => sendUrlProblem(error, request, reply));
  };
  app.setErrorHandler((error: FastifyError, request, reply) => {
    // What is wrong with a body does not matter where nothing would have taken it.
    if (request.is404 && !(error instanceof DeltaStreamError)) return sendUnknownRoute(request, reply);
    const { problem, retryAfterSeconds } = problemOf(error, request.id);
    if (problem.status >= 500) logger.event('request_failed', { err: error });
    const send = () => sendProblem(problem, retryAfterSeconds, reply, maskPaths);
    // Whose body is too large is to stop at once.
    if (problem.status === 413) send();
    else turns(send);
  });
  app.setNotFoundHandler(sendUnknownRoute);
}

/** Responds with what is wrong with the URL of a request: its paths are not those of this machine, so none is masked. */
export const sendUrlProblem = (
  error: DeltaStreamError | FastifyError,
  request: Pick<FastifyRequest, 'id'>,
  reply: FastifyReply,
): void => {
  const { problem, retryAfterSeconds } = problemOf(error, request.id);
  sendProblem(problem, retryAfterSeconds, reply, (text) => text);
};

function sendProblem(
  problem: Problem,
  retryAfterSeconds: number | null,
  reply: FastifyReply,
  maskPaths: PathMask,
): void {
  if (retryAfterSeconds !== null) reply.header('retry-after', retryAfterSeconds);
  reply.header('x-request-id', problem.request_id).header('cache-control', 'no-store');
  if (problem.status === 413) leaveRest(reply);
  reply
    .code(problem.status)
    .type('application/problem+json')
    .send(JSON.stringify({ ...problem, detail: maskPaths(problem.detail) }));
}

/** How long the sender of a body that is too large has to see why it is refused. */
const LINGER_MS = 500;

/**
 * A connection that ends while its client still sends takes the response with it, so it stays open for a moment. What
 * comes meanwhile is left unread, as reading it would cost the others what the limit is there to save.
 */
function leaveRest(reply: FastifyReply): void {
  reply.removeHeader('connection');
  const { req } = reply.raw;
  // Once something has read from it, Node no longer empties it by itself when the response is out.
  req.read(0);
  req.pause();
  const cut = setTimeout(() => {
    if (!req.complete) req.destroy();
  }, LINGER_MS);
  cut.unref();
}

/** Which methods a path knows, whichever they are asked with. */
interface AllowedMethods {
  /** Empty for a path that no route has. */
  of(path: string): string[];
}

/** Collects the routes that are registered after it: call it first. */
function collectAllowedMethods(app: FastifyInstance): AllowedMethods {
  const methods = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ url, method }) => {
    // A wildcard serves files, and a path that is none of them is unknown, whatever the method.
    if (url.includes('*')) return;
    const known = methods.get(url) ?? new Set();
    methods.set(url, known);
    for (const each of [method].flat()) known.add(each);
  });
  let patterns: [RegExp, ReadonlySet<string>][] | null = null;
  return {
    of(path) {
      patterns ??= [...methods].map(([url, known]) => [patternOf(url), known]);
      const found = patterns.flatMap(([pattern, known]) => (pattern.test(path) ? [...known] : []));
      return [...new Set(found)].toSorted();
    },
  };
}

function patternOf(url: string): RegExp {
  const literal = url.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${literal.replace(/:\w+/g, '[^/]+')}$`);
}

/**
 * Responds to what never becomes a request, because it cannot be read, is too large or does not arrive in time,
 * as a problem document like every other failure; then the connection ends, for nothing after it can be trusted.
 */
export function sendClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  if (!socket.writable || wouldMislead(socket)) {
    socket.destroy();
    return;
  }
  const requestId = randomUUID();
  const { problem } = problemOf(failureOf(error.code), requestId);
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    'content-type: application/problem+json',
    `content-length: ${Buffer.byteLength(body)}`,
    `x-request-id: ${requestId}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}

function failureOf(code: string | undefined): DeltaStreamError {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return new DeltaStreamError('request_too_slow', 'the request was not complete in time');
  if (code === 'HPE_HEADER_OVERFLOW')
    return new DeltaStreamError('headers_too_large', 'the request line and headers are beyond the limit');
  return new DeltaStreamError('invalid_request', 'this is not a well-formed HTTP/1.1 request');
}

/**
 * A response that has begun must not get a second one into its middle; and where the request under way is
 * complete, the error is of what was sent behind it, but would be taken for its response.
 */
function wouldMislead(socket: Socket & { _httpMessage?: ServerResponse | null }): boolean {
  const underWay = socket._httpMessage;
  return underWay ? underWay.headersSent || underWay.req.complete : false;
}
