import { setTimeout as sleep } from 'node:timers/promises';
import type { ClientToServerEvents, ServerToClientEvents } from '@deltastream/contracts';
import type { Server } from 'socket.io';

/** How often to look whether the last connection has gone. */
const POLL_MS = 10;

/**
 * Tells every client why, lets what waits for it leave, and closes what is left after `timeoutMs`.
 * The connection is closed rather than the Socket.IO session, because clients reconnect by themselves
 * only after the former. The HTTP server stays as it is: it belongs to the caller. Resolves with how many
 * connections there were.
 */
export async function closeConnections(
  io: Server<ClientToServerEvents, ServerToClientEvents>,
  timeoutMs: number,
): Promise<number> {
  const sockets = [...io.of('/').sockets.values()];
  for (const socket of sockets) {
    socket.emit('error', { code: 'stopped', message: 'the server is stopping; reconnect in a moment' });
    socket.conn.close();
  }
  const deadline = performance.now() + timeoutMs;
  while (io.engine.clientsCount > 0 && performance.now() < deadline) await sleep(POLL_MS);
  io.engine.close();
  return sockets.length;
}
