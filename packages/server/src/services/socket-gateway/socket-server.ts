import type { IncomingMessage } from 'node:http';
import type { ClientToServerEvents, ServerToClientEvents } from '@deltastream/contracts';
import { Server } from 'socket.io';
import type { SocketGatewayConfig } from './config.ts';

/** `refusal` answers why a connection may not begin, or null. */
export function createSocketServer(
  settings: SocketGatewayConfig,
  refusal: (request: IncomingMessage) => string | null,
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
    pingInterval: settings.pingIntervalMs,
    pingTimeout: settings.pingTimeoutMs,
    connectTimeout: settings.connectTimeoutMs,
    upgradeTimeout: settings.upgradeTimeoutMs,
    serveClient: false,
  });
}
