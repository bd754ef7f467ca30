import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

type Handle = (request: IncomingMessage, response: ServerResponse) => void;

/** What Node keeps for itself: the parser of a connection, whose callbacks lie under the numbers below. */
type HttpSocket = Socket & { readonly parser?: Record<number, unknown> | null };

/** `kOnMessageBegin` to `kOnMessageComplete` of Node's HTTPParser. */
const PARSER_CALLBACKS = [0, 1, 2, 3, 4] as const;

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
      ignoreTheRest(socket);
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

/**
 * Requests that were read together are parsed in one go, two thousand in 64 KiB, also when their connection is
 * destroyed on the way. Without callbacks the parser makes nothing of what is left. It gets them back right after, as
 * parsers are used again for other connections.
 */
function ignoreTheRest({ parser }: HttpSocket): void {
  if (!parser) return;
  const callbacks = PARSER_CALLBACKS.map((number) => parser[number]);
  for (const number of PARSER_CALLBACKS) parser[number] = undefined;
  queueMicrotask(() => {
    for (const number of PARSER_CALLBACKS) parser[number] = callbacks[number];
  });
}
