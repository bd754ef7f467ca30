import type { IncomingMessage } from 'node:http';
import type { ClientToServerEvents, ServerToClientEvents } from '@deltastream/contracts';
import { Server } from 'socket.io';
import type { SocketGatewayConfig } from './config.ts';
import { boundedWebSockets } from './connections/bounded-web-sockets.ts';

export interface SocketServerListener {
  /** Why a connection may not begin, or null. */
  refusal(request: IncomingMessage): string | null;
  /** A WebSocket was closed that sent more frames than it may. */
  onFlood(): void;
}

export function createSocketServer(
  settings: SocketGatewayConfig,
  { refusal, onFlood }: SocketServerListener,
): Server<ClientToServerEvents, ServerToClientEvents> {
  return new Server({
    path: settings.path,
    transports: ['websocket', 'polling'],
    cors: { origin: settings.corsOrigins.includes('*') ? '*' : [...settings.corsOrigins] },
    allowRequest: (request, decide) => {
      const reason = refusal(request);
      decide(reason, reason === null);
    },
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
