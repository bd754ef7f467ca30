import type { Server as HttpServer } from 'node:http';
import {
  type ClientToServerEvents,
  ENRICHED_CHAINS,
  ENRICHED_TICKS,
  type EnrichedChain,
  type EnrichedTick,
  type ServerToClientEvents,
  type Topic,
} from '@deltastream/contracts';
import { Server } from 'socket.io';
import { reasonOf } from '../../kit/errors.ts';
import { type Logger, serviceLogger } from '../../kit/log.ts';
import type { Service } from '../../kit/service.ts';
import type { TokenVerifier } from '../../kit/token.ts';
import type { Bus, Subscription } from '../../ports/bus.ts';
import type { Clock } from '../../ports/clock.ts';
import { createChainOutbox } from './chain-outbox.ts';
import { type ClientSocket, serveClient } from './client-session.ts';
import { closeConnections } from './close-connections.ts';
import { SOCKET_GATEWAY_DEFAULTS, type SocketGatewayConfig } from './config.ts';
import { createConflatedPrices } from './conflated-prices.ts';
import { createGatewayMetrics } from './gateway-metrics.ts';
import { createLatestState } from './latest-state.ts';
import { createOriginRule } from './origin-rule.ts';
import { cutConnection, watchSendQueue } from './send-queue.ts';
import { createTokenGate } from './token-gate.ts';

export interface SocketGatewayPorts {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Checks the tokens that clients send; without it none can be required, and one that is sent is refused. */
  readonly verifier?: TokenVerifier;
}

export interface SocketGateway extends Service {
  /**
   * Serves Socket.IO on the server's own port, beside whatever else it answers. Call after the server's
   * request listener is set and before it listens; may be called for several servers.
   */
  attach(httpServer: HttpServer): void;
}

/** Broadcasts the enriched streams to Socket.IO clients in rooms. See README.md for the guarantees. */
export function createSocketGateway(
  ports: SocketGatewayPorts,
  config: Partial<SocketGatewayConfig> = {},
): SocketGateway {
  const settings: SocketGatewayConfig = { ...SOCKET_GATEWAY_DEFAULTS, ...config };
  const logger = serviceLogger(ports.logger, 'socket-gateway');
  const state = createLatestState(settings);
  const originAllowed = createOriginRule(settings.corsOrigins);
  const follows: Subscription[] = [];
  let starting: Promise<void> | null = null;
  let stopping: Promise<void> | null = null;
  let following = false;
  let attached = false;

  const io = new Server<ClientToServerEvents, ServerToClientEvents>({
    path: settings.path,
    transports: ['websocket', 'polling'],
    cors: { origin: settings.corsOrigins.includes('*') ? '*' : [...settings.corsOrigins] },
    allowRequest: (request, decide) => {
      const refusal = stopping ? 'the gateway is stopping' : originAllowed(request) ? null : 'origin';
      if (refusal === 'origin') {
        logger.warn({ origin: request.headers.origin }, 'connection refused: its origin is not allowed');
      }
      decide(refusal, refusal === null);
    },
    maxHttpBufferSize: settings.maxPayloadBytes,
    perMessageDeflate: false,
    pingInterval: settings.pingIntervalMs,
    pingTimeout: settings.pingTimeoutMs,
    connectTimeout: settings.connectTimeoutMs,
    upgradeTimeout: settings.upgradeTimeoutMs,
    serveClient: false,
  });
  const { adapter } = io.of('/');
  const occupied = (room: string) => adapter.rooms.has(room);

  const metrics = createGatewayMetrics({
    clients: () => io.of('/').sockets.size,
    rooms: () => adapter.rooms.size - adapter.sids.size,
  });

  const general = createConflatedPrices(settings.generalIntervalMs, (update) => {
    io.except(`product:${update.product}`).emit('price_update', update);
  });

  const outbox = createChainOutbox(
    settings.chainIntervalMs,
    ({ chain, view }) => {
      const rooms = [`chain:${chain.product}`, `chain:${chain.product}:${chain.expiry}`];
      // One broadcast to both rooms: encoded once, and a client in both receives it once.
      if (rooms.some(occupied)) io.to(rooms).emit('chain_update', view());
    },
    () => metrics.conflated.inc(),
  );

  function onTick(tick: EnrichedTick): boolean {
    const update = state.acceptTick(tick);
    if (!update) return false;
    const room = `product:${update.product}`;
    if (occupied(room)) io.to(room).emit('price_update', update);
    general.offer(update);
    return true;
  }

  function onChain(chain: EnrichedChain): boolean {
    const latest = state.acceptChain(chain);
    if (!latest) return false;
    outbox.offer(latest);
    return true;
  }

  async function follow<T>(topic: Topic<T>, accept: (message: T) => boolean): Promise<void> {
    const subscription = await ports.bus.follow(topic.name, 'latest', ({ frame, position }) => {
      try {
        if (!accept(topic.frames.decode(frame))) metrics.late.inc({ topic: topic.name });
      } catch (error) {
        metrics.malformed.inc({ topic: topic.name });
        logger.warn({ topic: topic.name, position, reason: reasonOf(error) }, 'message left out');
      }
    });
    follows.push(subscription);
  }

  const gate = createTokenGate({
    verifier: ports.verifier,
    required: settings.requireToken,
    clock: ports.clock,
    onCut: (socket, reason) => {
      metrics.cut.inc({ reason });
      logger.info({ client: socket.id, reason }, 'connection cut: its token is no longer good');
    },
  });
  io.use(gate.admit);

  io.on('connection', (socket: ClientSocket) => {
    gate.watch(socket);
    watchSendQueue(
      socket.conn,
      { maxPackets: settings.maxQueuedPackets, maxBytes: settings.maxQueuedBytes },
      {
        onDelivery: metrics.delivered,
        onOverflow: (reason) => {
          metrics.cut.inc({ reason: 'slow' });
          logger.warn({ client: socket.id, reason }, 'slow client cut');
          cutConnection(socket.conn, reason);
        },
      },
    );
    serveClient(socket, {
      state,
      flushChains: outbox.flush,
      limits: settings,
      serverTime: ports.clock.now,
      onRefusal: (code) => metrics.refused.inc({ code }),
      onAbuse: () => {
        metrics.cut.inc({ reason: 'offences' });
        logger.warn({ client: socket.id, offences: settings.maxOffences }, 'offending client cut');
        socket.disconnect(true);
      },
    });
  });

  async function start(): Promise<void> {
    if (stopping) return;
    await Promise.all([follow(ENRICHED_TICKS, onTick), follow(ENRICHED_CHAINS, onChain)]);
    following = true;
    general.start();
  }

  async function stop(): Promise<void> {
    await starting?.catch(() => {});
    following = false;
    general.stop();
    outbox.stop();
    gate.stop();
    await Promise.all(follows.map((each) => each.stop()));
    if (!attached) return;
    const closed = await closeConnections(io, settings.stopTimeoutMs);
    metrics.cut.inc({ reason: 'stopped' }, closed);
  }

  return {
    name: 'socket-gateway',
    start: () => {
      starting ??= start();
      return starting;
    },
    stop: () => {
      stopping ??= stop();
      return stopping;
    },
    ready: async () => [
      { name: 'bus', ok: following, reason: following ? null : 'not following the enriched streams' },
    ],
    metrics: metrics.registry,
    attach(httpServer) {
      if (attached) io.engine.attach(httpServer, { path: settings.path });
      else io.attach(httpServer);
      attached = true;
    },
  };
}
