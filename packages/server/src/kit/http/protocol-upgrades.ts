import type { IncomingMessage, Server } from 'node:http';

/** Below this path a connection may become a WebSocket. */
const SOCKET_PATH = '/socket.io/';

/**
 * For Node's `shouldUpgradeCallback`: whether a request to change the protocol is taken up. Every other one (`h2c`,
 * which Java's HttpClient and `curl --http2` offer with each first request, or a WebSocket where there is none) is
 * answered in HTTP/1.1 as if the client had not offered it (RFC 9110 section 7.8).
 */
export function shouldUpgrade(this: Server, { headers, url = '' }: IncomingMessage): boolean {
  if (this.listenerCount('upgrade') === 0 || !url.startsWith(SOCKET_PATH)) return false;
  const [offered] = (headers.upgrade ?? '').split(',', 1);
  return offered.trim().toLowerCase() === 'websocket';
}
