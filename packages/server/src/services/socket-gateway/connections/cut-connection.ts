import type { Socket } from 'socket.io';

type Connection = Socket['conn'];

/** RFC 6455 status codes: "policy violation", and "try again later". */
export const POLICY_VIOLATION = 1008;
const TRY_AGAIN_LATER = 1013;

/** Longest reason that fits a close frame, bytes. */
const MAX_REASON = 123;

interface WebSocketTransport {
  readonly socket?: { close(code: number, reason: string): void; terminate(): void };
}

/**
 * Cuts a connection and drops what waits for it. A WebSocket client reads the code and the reason in its close event
 * when it gets that far; Socket.IO clients see a lost transport and reconnect by themselves.
 */
export function cutConnection(connection: Connection, reason: string, code = TRY_AGAIN_LATER): void {
  const { socket } = connection.transport as unknown as WebSocketTransport;
  socket?.close(code, reason.slice(0, MAX_REASON));
  end(connection);
}

/** The same without a word, for what is held has to be free now. */
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
