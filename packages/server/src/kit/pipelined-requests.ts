import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Handles the requests of a connection one after the other: one that was sent before the answer to the request
 * ahead of it was taken (pipelining, RFC 9112 section 9.3.2) waits for that, so that a client which does not read
 * costs one answer and not as many as it can ask for. A connection with more than `most` such requests is closed.
 * A request that is not pipelined costs one comparison. Call when the listener for requests is set, and before
 * the server listens.
 */
export function limitPipelining(server: Server, most: number, onClose: (socket: Socket) => void): void {
  const [handle] = server.listeners('request') as ((
    request: IncomingMessage,
    response: ServerResponse,
  ) => void)[];
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
