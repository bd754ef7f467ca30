import type { ClientToServerEvents, ServerToClientEvents } from '@deltastream/contracts';
import { Server } from 'socket.io';
import { Decoder } from 'socket.io-parser';
import { SOCKET_PATH, type SocketGatewaySettings } from '../settings.ts';
import { boundedWebSockets, type FloodListener } from './bounded-web-sockets.ts';
import { JsonTextEncoder } from './json-text.ts';

export function createSocketServer(
  settings: SocketGatewaySettings,
  listener: FloodListener,
): Server<ClientToServerEvents, ServerToClientEvents> {
  return new Server({
    path: SOCKET_PATH,
    transports: ['websocket', 'polling'],
    cors: { origin: settings.corsOrigins.includes('*') ? '*' : [...settings.corsOrigins] },
    maxHttpBufferSize: settings.maxPayloadBytes,
    perMessageDeflate: false,
    wsEngine: boundedWebSockets(settings, listener),
    pingInterval: settings.pingIntervalMs,
    pingTimeout: settings.pingTimeoutMs,
    connectTimeout: settings.connectTimeoutMs,
    upgradeTimeout: settings.upgradeTimeoutMs,
    serveClient: false,
    parser: { Encoder: JsonTextEncoder, Decoder },
  });
}
