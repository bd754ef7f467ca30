import { randomUUID } from 'node:crypto';
import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { DeltaStreamError } from '../errors.ts';
import { problemOf } from '../responses/problem.ts';

/**
 * Answers what never becomes a request, because it cannot be read, is too large or does not arrive in time,
 * as a problem document like every other failure; then the connection ends, for nothing after it can be trusted.
 */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
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
    return new DeltaStreamError('request_too_slow', 'the request did not arrive whole in time');
  if (code === 'HPE_HEADER_OVERFLOW')
    return new DeltaStreamError('headers_too_large', 'the request line and headers are beyond the limit');
  return new DeltaStreamError('invalid_request', 'this is not a well-formed HTTP/1.1 request');
}

/**
 * An answer that has begun must not get a second one into its middle; and where the request under way has come
 * whole, the error is of what was sent behind it, but would be taken for its answer.
 */
function wouldMislead(socket: Socket & { _httpMessage?: ServerResponse | null }): boolean {
  const underWay = socket._httpMessage;
  return underWay ? underWay.headersSent || underWay.req.complete : false;
}
