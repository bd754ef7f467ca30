import type { ClientToServerEvents, ServerToClientEvents } from '@deltastream/contracts';
import { Server } from 'socket.io';
import type { SocketGatewayConfig } from './config.ts';
import { boundedWebSockets } from './connections/bounded-web-sockets.ts';

/** `onFlood` is called when a WebSocket was closed that sent more frames than it may. */
export function createSocketServer(
  settings: SocketGatewayConfig,
  onFlood: () => void,
): Server<ClientToServerEvents, ServerToClientEvents> {
  return new Server({
    path: settings.path,
    transports: ['websocket', 'polling'],
    cors: { origin: settings.corsOrigins.includes('*') ? '*' : [...settings.corsOrigins] },
    maxHttpBufferSize: settings.maxPayloadBytes,
    perMessageDeflate: false,
    wsEngine: boundedWebSockets(settings, onFlood),
    pingInterval: settings.pingIntervalMs,
    pingTimeout: settings.pingTimeoutMs,
    connectTimeout: settings.connectTimeoutMs,
    upgradeTimeout: settings.upgradeTimeoutMs,
    serveClient: false,
  });
}
