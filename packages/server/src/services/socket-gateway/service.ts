import type { Server as HttpServer } from 'node:http';
import { createClientAddress, isLoopback } from '../../kit/access/addresses.ts';
import { createCommandAudit } from '../../kit/access/command-audit.ts';
import type { PlatformWatch } from '../../kit/health/platform-watch.ts';
import type { SharedIntake } from '../../kit/ingest/shared-intake.ts';
import { createLifecycle } from '../../kit/lifecycle/lifecycle.ts';
import type { Service } from '../../kit/lifecycle/service.ts';
import { type Logger, serviceLogger } from '../../kit/logging/log.ts';
import { createPacedWarning } from '../../kit/logging/paced-warning.ts';
import { mayControlReplay, withoutFileNames } from '../../kit/replay/replay-access.ts';
import type { TokenVerifier } from '../../kit/tokens/token.ts';
import type { Bus } from '../../ports/bus.ts';
import type { Clock } from '../../ports/clock.ts';
import type { RateLimiter } from '../../ports/rate-limiter.ts';
import { createBroadcast } from './broadcast.ts';
import { ingestOf } from './clients/client-ingest.ts';
import {
  type ClientSession,
  type ClientSocket,
  type ClientSubscriptions,
  serveClient,
} from './clients/client-session.ts';
import { createClientSubscriptions } from './clients/client-subscriptions.ts';
import { createCommandTraces } from './clients/command-traces.ts';
import { createOwners } from './clients/owners.ts';
import { createStreamAll } from './clients/stream-all.ts';
import { createTokenGate } from './clients/token-gate.ts';
import { createTurnBudget } from './clients/turn-budget.ts';
import { createEndpoint } from './connections/endpoint.ts';
import { queuedPackets } from './connections/slow-consumers.ts';
import { createGatewayMetrics } from './gateway-metrics.ts';
import { alertOwnersOf } from './handshake/alert-owners.ts';
import { socketRoutes, socketsView } from './http/socket-routes.ts';
import { replayCommandOf } from './replay/replay-command.ts';
import { SOCKET_GATEWAY_DEFAULTS, type SocketGatewaySettings } from './settings.ts';

export interface SocketGatewayPorts {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Knows whether data comes; without it only whether the bus is there is told. */
  readonly platform?: PlatformWatch;
  /** Checks the tokens that clients send; without it none can be required, and one that is sent is refused. */
  readonly verifier?: TokenVerifier;
  /** Takes quotes that clients send; without it none are taken. */
  readonly intake?: SharedIntake;
  /** Counts requests by address; without it they are not limited. */
  readonly limiter?: RateLimiter;
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
  config: Partial<SocketGatewaySettings> = {},
): SocketGateway {
  const settings: SocketGatewaySettings = { ...SOCKET_GATEWAY_DEFAULTS, ...config };
  const { bus, clock, verifier } = ports;
  const logger = serviceLogger(ports.logger, 'socket-gateway');
  const warnPaced = createPacedWarning(logger);
  const metrics = createGatewayMetrics();
  const addressOf = createClientAddress(settings.trustedProxies);
  const turns = createTurnBudget(settings.requestBudgetMs);
  const inTrace = createCommandTraces(logger);
  const commands = createCommandAudit({ bus, clock, logger, handledBy: 'socket-gateway' });
  const served = new WeakMap<ClientSocket['conn'], ClientSession>();
  const subscriptions = new WeakMap<ClientSocket, ClientSubscriptions>();

  const endpoint = createEndpoint(
    {
      addressOf,
      limiter: ports.limiter,
      metrics,
      warnPaced,
      turns,
      onStrayAck: (connection) => served.get(connection)?.onStrayAck(),
    },
    settings,
  );
  const { io, sessions, slowConsumers, strikes, clients } = endpoint;
  const broadcast = createBroadcast(
    { ...ports, logger, backlog: slowConsumers, metrics, warnPaced },
    settings,
  );
  const { state, status, channels, fanOut, general, replay } = broadcast;

  const gate = createTokenGate({
    verifier,
    required: settings.requireToken,
    addressOf,
    clock,
    onCut: (socket, reason) => {
      metrics.cut.inc({ reason });
      logger.event('connection_cut_token_ended', { client: socket.id, reason });
    },
  });
  const owners = createOwners(settings, addressOf, gate.identityOf);
  const streamAll = createStreamAll(state.products);
  io.use(gate.admit);
  io.use(owners.admit);
  io.on('connection', (socket: ClientSocket) => {
    sessions.entered(socket.conn);
    const lease = owners.lease(socket);
    // Its request is let go of below.
    const address = addressOf(socket.request);
    const alertOwners = () => alertOwnersOf(gate.identityOf(socket), isLoopback(address));
    const rooms = createClientSubscriptions(socket, {
      state,
      channels,
      fanOut,
      lease,
      alertOwners,
      settings,
    });
    gate.watch(socket);
    const session = serveClient(socket, {
      rooms,
      products: state.products,
      limits: settings,
      turns,
      lease,
      serverTime: clock.now,
      ingest: (request) => ingestOf(request, { identity: gate.identityOf(socket), address }, ports.intake),
      replay: (command) =>
        replayCommandOf(command, { identity: gate.identityOf(socket), address }, { bus, audit: commands }),
      inTrace: (event, command, work) =>
        inTrace(event, command, gate.identityOf(socket)?.userId ?? null, work),
      onRefusal: (code) => metrics.refused.inc({ code }),
      onAbuse: () => {
        logger.event('offending_client_cut', { client: socket.id, offences: settings.maxOffences });
        endpoint.cutOffender(socket);
      },
    });
    served.set(socket.conn, session);
    subscriptions.set(socket, rooms);
    socket.emit('market_status', status.now());
    const controlsReplay = mayControlReplay(gate.identityOf(socket));
    const replayState = replay.state();
    if (replayState !== null) {
      socket.emit('replay_state', controlsReplay ? replayState : withoutFileNames(replayState));
    }
    general.join(socket, controlsReplay);
    const leaveAll = streamAll.serve(socket, rooms);
    endpoint.release(socket);
    socket.on('disconnect', () => {
      sessions.left(socket.conn);
      leaveAll();
      rooms.leaveAll();
      lease.release();
      general.leave(socket);
    });
  });

  metrics.watch({
    clients: () => clients().size,
    rooms: () => channels.rooms().size,
    channels: channels.channels,
    queued: () => [...clients().values()].reduce((sum, { conn }) => sum + queuedPackets(conn), 0),
    queuedBytes: slowConsumers.totalBytes,
    sessions: sessions.count,
    pendingSessions: sessions.pending,
    refusedNetworks: strikes.refused,
    fanOut: fanOut.stats,
  });
  const view = {
    clients: () => clients().values(),
    ownerOf: (socket: ClientSocket) => owners.of(socket).name,
    roomsOf: (socket: ClientSocket) => subscriptions.get(socket)?.size ?? 0,
    channels,
    fanOut,
    connectedToBus: () => bus.connection.connected,
    now: clock.now,
  };

  const lifecycle = createLifecycle({
    name: 'socket-gateway',
    logger: ports.logger,
    stopTimeoutMs: settings.stopTimeoutMs,
    start: broadcast.start,
    async stop(leftMs) {
      gate.stop();
      streamAll.stop();
      await broadcast.stop();
      turns.stop();
      await commands.stop();
      await endpoint.stop(leftMs);
    },
  });
  lifecycle.stopping.addEventListener('abort', endpoint.refuse, { once: true });

  return {
    name: 'socket-gateway',
    start: lifecycle.start,
    stop: lifecycle.stop,
    async ready() {
      const problem = lifecycle.problem();
      const reason = problem && `not following the enriched streams: ${problem}`;
      return [{ name: 'bus', ok: reason === null, reason }];
    },
    metrics: metrics.registry,
    // Without a verifier nobody can show to be an administrator.
    routes: socketRoutes(verifier === undefined ? null : (limit) => socketsView(view, limit)),
    attach: endpoint.attach,
  };
}
