import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

type Handle = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * Handles the requests of a connection one after the other: one that was sent before the answer to the request
 * ahead of it was taken (pipelining, RFC 9112 section 9.3.2) waits for that, so that a client which does not read
 * costs one answer and not as many as it can ask for. A connection with more than `most` such requests is closed.
 * A request that is not pipelined costs one comparison. Call when the listener for requests is set, and before
 * the server listens.
 */
export function limitPipelining(server: Server, most: number, onClose: (socket: Socket) => void): void {
  const [handle] = server.listeners('request') as Handle[];
  const waiting = new WeakMap<Socket, number>();
  server.removeAllListeners('request');
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    // Node gives a response its socket when it is that response's turn.
    if (response.socket !== null) {
      handle(request, response);
      return;
    }
    const { socket } = request;
    if (socket.destroyed) return;
    const count = (waiting.get(socket) ?? 0) + 1;
    if (count > most) {
      onClose(socket);
      ignoreRequests(socket);
      socket.destroy();
      return;
    }
    waiting.set(socket, count);
    response.once('socket', () => {
      waiting.set(socket, (waiting.get(socket) ?? 1) - 1);
      handle(request, response);
    });
  });
}

/** What Node's HTTP parser calls with each request; the result 0 has the parser go on. */
interface Parser {
  onIncoming?: unknown;
}

/**
 * What the connection sends from now on is not made into requests; for one that is closed for sending too much. A segment
 * holds a thousand requests, and Node would make a response for each, keep both until the connection is closed and then
 * abort each with an error of its own. With another version of Node it does that: slower, not wrong.
 */
export function ignoreRequests(socket: Socket): void {
  const { parser } = socket as { parser?: Parser | null };
  if (typeof parser?.onIncoming === 'function') parser.onIncoming = goOn;
}

const goOn = (): number => 0;
