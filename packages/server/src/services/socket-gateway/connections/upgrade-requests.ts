import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Server, Socket } from 'socket.io';

export interface UpgradeRequests {
  /**
   * Lets go of the HTTP request a connection began with; call it in the `connection` handler, when
   * everything wanted of the headers has been read. From then on `socket.request` is null and
   * `handshake.headers` empty; `handshake.address`, `query` and `auth` stay.
   */
  release(socket: Pick<Socket, 'conn' | 'handshake'>): void;
}

/** engine.io's answer to an upgrade request, which leads to the request for as long as the connection lasts. */
interface UpgradeResponse {
  req?: unknown;
}

interface WebSocketTransport {
  readonly socket?: Partial<Pick<NodeJS.EventEmitter, 'listeners' | 'off'>>;
}

/**
 * The requests that began the connections of a server: several kilobytes each (more with cookies), needed for
 * the handshake only. Besides `conn.request` two listeners of engine.io keep them alive: one for the closing of
 * the connection holds the response, one for errors before the upgrade the request. Where engine.io is built
 * otherwise this does less and harms nothing.
 */
export function trackUpgradeRequests(engine: Server['engine']): UpgradeRequests {
  const responses = new WeakMap<IncomingMessage, UpgradeResponse>();
  engine.use((request: IncomingMessage, response: UpgradeResponse, next: () => void) => {
    if (!(response instanceof ServerResponse)) responses.set(request, response);
    next();
  });
  return {
    release({ conn, handshake }) {
      const response = conn.request && responses.get(conn.request);
      if (response && 'req' in response) response.req = null;
      const { socket } = conn.transport as unknown as WebSocketTransport;
      const onUpgradeError = socket?.listeners?.('error').find(({ name }) => name === 'onUpgradeError');
      if (onUpgradeError) socket?.off?.('error', onUpgradeError as () => void);
      (conn as { request: unknown }).request = null;
      handshake.headers = {};
    },
  };
}
