import type { Socket } from 'socket.io';
import type { WebSocket } from 'ws';
import { stopReading } from './stop-reading.ts';

type Connection = Socket['conn'];

/** RFC 6455 status codes: "policy violation", and "try again later". */
export const POLICY_VIOLATION = 1008;
const TRY_AGAIN_LATER = 1013;

/** Longest reason that fits a close frame, bytes. */
const MAX_REASON = 123;

interface WebSocketTransport {
  readonly socket?: WebSocket;
}

/**
 * Cuts a connection and drops what waits for it, both ways: nothing that it sent or sends is looked at any more. A WebSocket client reads the code and the reason in its close event
 * when it gets that far; Socket.IO clients see a lost transport and reconnect by themselves.
 */
export function cutConnection(connection: Connection, reason: string, code = TRY_AGAIN_LATER): void {
  const { socket } = connection.transport as unknown as WebSocketTransport;
  socket?.close(code, reason.slice(0, MAX_REASON));
  if (socket) stopReading(socket);
  end(connection);
}

/** Nothing that the connection sent or sends is looked at any more; what waits for it still leaves. */
export function ignoreInput(connection: Connection): void {
  const { socket } = connection.transport as unknown as WebSocketTransport;
  if (socket) stopReading(socket);
}

/** The same as `cutConnection` without a word, for what is held must be freed now. */
export function destroyConnection(connection: Connection): void {
  const { socket } = connection.transport as unknown as WebSocketTransport;
  end(connection);
  socket?.terminate();
}

/**
 * A polling session that is closing already waits for its next poll to say so, up to 30 s, and `close` does not end
 * that; the end of its transport does.
 */
function end(connection: Connection): void {
  connection.close(true);
  if (connection.readyState !== 'closed') connection.transport.emit('close');
}
