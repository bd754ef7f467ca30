import type { IncomingMessage } from 'node:http';
import type { Socket } from 'socket.io';

/** What is read of the request that a session began with: its headers, address and query. */
interface FirstRequest extends Pick<IncomingMessage, 'headers' | 'method' | 'url'> {
  readonly socket: FirstConnection;
  readonly connection: FirstConnection;
  readonly _query?: unknown;
}

interface FirstConnection {
  readonly remoteAddress: string | undefined;
  readonly encrypted: boolean;
}

/**
 * Keeps of a polling session's first request what the handshake reads. engine.io holds the request as long as the
 * session lasts, and with it the TCP connection that it came by, its parser and all that was pipelined behind it; and
 * once that connection is closed it no longer knows its address. A WebSocket needs its connection anyway.
 */
export function keepFirstRequest(connection: Socket['conn']): void {
  const { request } = connection;
  if (!request || connection.transport.name !== 'polling') return;
  const { headers, method, url, socket } = request;
  const { _query } = request as { _query?: unknown };
  const { remoteAddress } = socket;
  const encrypted = 'encrypted' in socket && socket.encrypted === true;
  const first = { remoteAddress, encrypted };
  const slim: FirstRequest = { headers, method, url, _query, socket: first, connection: first };
  (connection as { request: unknown }).request = slim;
}
