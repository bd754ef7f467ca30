import type { Server as HttpServer } from 'node:http';
import { createClientAddress, createRequestedHosts } from '../../kit/access/client-address.ts';
import { createHostCheck } from '../../kit/access/host-rule.ts';
import { networkOf } from '../../kit/access/network.ts';
import type { PlatformWatch } from '../../kit/health/platform-watch.ts';
import { createLifecycle } from '../../kit/lifecycle/lifecycle.ts';
import type { Service } from '../../kit/lifecycle/service.ts';
import { type Logger, serviceLogger } from '../../kit/logging/log.ts';
import { createPacedWarning } from '../../kit/logging/paced-warning.ts';
import type { TokenVerifier } from '../../kit/tokens/token.ts';
import type { Bus, Subscription } from '../../ports/bus.ts';
import type { Clock } from '../../ports/clock.ts';
import type { RateLimiter } from '../../ports/rate-limiter.ts';
import {
  type ClientSession,
  type ClientSocket,
  type ClientSubscriptions,
  serveClient,
} from './clients/client-session.ts';
import { createClientSubscriptions } from './clients/client-subscriptions.ts';
import { createOwners } from './clients/owners.ts';
import { createTokenGate } from './clients/token-gate.ts';
import { createTurnBudget } from './clients/turn-budget.ts';
import { closeConnections } from './connections/close-connections.ts';
import { cutConnection, ignoreInput, POLICY_VIOLATION } from './connections/cut-connection.ts';
import { meterPackets } from './connections/incoming-packets.ts';
import { createSlowConsumers, queuedPackets } from './connections/slow-consumers.ts';
import { createSocketServer } from './connections/socket-server.ts';
import { trackUpgradeRequests, type UpgradeRequests } from './connections/upgrade-requests.ts';
import { createFanOut } from './fan-out/create-fan-out.ts';
import { createGatewayMetrics } from './gateway-metrics.ts';
import { createAdmission } from './handshake/admission.ts';
import { screenRequests } from './handshake/screen-requests.ts';
import { createSessions } from './handshake/sessions.ts';
import { createStrikes } from './handshake/strikes.ts';
import { socketRoutes } from './http/socket-routes.ts';
import { socketsView } from './http/sockets-view.ts';
import { followStreams } from './market/follow-streams.ts';
import { createMarketState } from './market/market-state.ts';
import { watchMarketStatus } from './market/market-status.ts';
import { createChannelRegistry } from './rooms/channel-registry.ts';
import { createGeneralChannels } from './rooms/general-channels.ts';
import { lossNotice } from './rooms/loss-notice.ts';
import { SOCKET_GATEWAY_DEFAULTS, SOCKET_PATH, type SocketGatewaySettings } from './settings.ts';

export interface SocketGatewayPorts {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Knows whether data comes; without it only whether the bus is there is told. */
  readonly platform?: PlatformWatch;
  /** Checks the tokens that clients send; without it none can be required, and one that is sent is refused. */
  readonly verifier?: TokenVerifier;
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

/** How often to look for lost messages and for sessions that began or ended. */
const WATCH_MS = 250;

/** Broadcasts the enriched streams to Socket.IO clients in rooms. See README.md for the guarantees. */
export function createSocketGateway(
  ports: SocketGatewayPorts,
  config: Partial<SocketGatewaySettings> = {},
): SocketGateway {
  const settings: SocketGatewaySettings = { ...SOCKET_GATEWAY_DEFAULTS, ...config };
  const logger = serviceLogger(ports.logger, 'socket-gateway');
  const warnPaced = createPacedWarning(logger);
  const follows: Subscription[] = [];
  let attached = false;
  let watching: NodeJS.Timeout | undefined;
  let upgradeRequests: UpgradeRequests | undefined;

  const addressOf = createClientAddress(settings.trustedProxies);
  const strikes = createStrikes(settings);
  const io = createSocketServer(settings, {
    networkOf: (request) => networkOf(addressOf(request)),
    onFlood(network) {
      metrics.cut.inc({ reason: 'flood' });
      strikes.add(network);
    },
  });
  const clients = () => io.of('/').sockets;

  const metrics = createGatewayMetrics({
    clients: () => clients().size,
    rooms: () => registry.rooms().size,
    channels: () => registry.channels(),
    queued: () => [...clients().values()].reduce((sum, { conn }) => sum + queuedPackets(conn), 0),
    queuedBytes: () => slowConsumers.totalBytes(),
    sessions: () => sessions.count(),
    pendingSessions: () => sessions.pending(),
    refusedNetworks: () => strikes.refused(),
    fanOut: () => fanOut.stats(),
  });

  /** For what its client did: the network that it came from may not go on like this. */
  function noteCut(connection: ClientSocket['conn'], reason: string): void {
    metrics.cut.inc({ reason });
    admission.strike(connection);
  }

  function noteSlow(connection: ClientSocket['conn'], reason: string, packets: number): void {
    noteCut(connection, 'slow');
    metrics.dropped.inc(packets);
    warnPaced('slow', 'slow client cut', { reason });
  }

  const slowConsumers = createSlowConsumers(settings, {
    onDelivery: metrics.delivered,
    onCut: noteSlow,
  });
  const served = new WeakMap<ClientSocket['conn'], ClientSession>();
  const meter = meterPackets(settings, {
    onStrayAck: (connection) => served.get(connection)?.onStrayAck(),
    onViolation(connection, violation, reason) {
      noteCut(connection, violation);
      warnPaced(violation, 'offending client cut', { reason });
      cutConnection(connection, reason, POLICY_VIOLATION);
    },
  });

  const sessions = createSessions(settings, {
    onExpired(connection, reason, tooLate) {
      metrics.cut.inc({ reason: 'pending' });
      if (tooLate) admission.strike(connection);
      cutConnection(connection, reason);
    },
  });
  const admission = createAdmission(settings, {
    addressOf,
    refusalOfHost: createHostCheck(settings.hostRule, createRequestedHosts(settings.trustedProxies)),
    sessions,
    strikes,
    limiter: ports.limiter,
    stopping: () => lifecycle.stopping.aborted,
    onPoll: slowConsumers.watchResponse,
    onRefusal({ code, message }, { headers }) {
      metrics.rejected.inc({ code });
      warnPaced(`refused ${code}`, 'request refused', { code, reason: message, origin: headers.origin });
    },
  });

  const fanOut = createFanOut({
    maxQueuedBytes: settings.maxQueuedBytes,
    behindBytes: settings.behindBytes,
    maxBehindMs: settings.maxBehindMs,
    onCut: ({ conn }, reason) => noteSlow(conn, reason, queuedPackets(conn)),
    onFlushed: (_channel, elapsedMs) => metrics.delivery.observe(elapsedMs / 1000),
  });
  const registry = createChannelRegistry({
    state: () => state,
    fanOut,
    maxChannels: settings.maxChannels,
    onConflated: () => metrics.conflated.inc(),
    onFlush: (seconds) => metrics.fanOut.observe(seconds),
  });
  const state = createMarketState(
    { ...settings, now: () => performance.now() },
    {
      changed: registry.changed,
      priced(update) {
        general.priced(update);
        fanOut.due(general.summary);
      },
      lost(stream, product, range) {
        metrics.lost.inc({ stream }, range.to - range.from + 1);
        warnPaced(`${stream} ${product}`, 'messages never came', { stream, product, ...range });
        const { concerns, event } = lossNotice(stream, product, range);
        registry.announce(concerns, event);
      },
    },
  );
  const general = createGeneralChannels(ports.clock, settings.generalIntervalMs, () => status.now());
  const status = watchMarketStatus({ ...ports, products: state.products }, (change) => {
    general.tell(change);
    fanOut.due(general.notices);
  });

  const gate = createTokenGate({
    verifier: ports.verifier,
    required: settings.requireToken,
    addressOf,
    clock: ports.clock,
    onCut: (socket, reason) => {
      metrics.cut.inc({ reason });
      logger.info({ client: socket.id, reason }, 'connection cut: its token is no longer good');
    },
  });
  const owners = createOwners(settings, addressOf, gate.identityOf);
  io.use(gate.admit);
  io.use(owners.admit);

  const turns = createTurnBudget(settings.requestBudgetMs);
  const roomsOf = new WeakMap<ClientSocket, ClientSubscriptions>();
  io.on('connection', (socket: ClientSocket) => {
    sessions.entered(socket.conn);
    const lease = owners.lease(socket);
    const rooms = createClientSubscriptions(socket, { state, registry, fanOut, lease, settings });
    gate.watch(socket);
    const session = serveClient(socket, {
      rooms,
      products: state.products,
      limits: settings,
      turns,
      lease,
      serverTime: ports.clock.now,
      onRefusal: (code) => metrics.refused.inc({ code }),
      onAbuse: () => {
        logger.warn({ client: socket.id, offences: settings.maxOffences }, 'offending client cut');
        const { conn } = socket;
        noteCut(conn, 'offences');
        socket.disconnect(true);
        ignoreInput(conn);
      },
    });
    served.set(socket.conn, session);
    socket.emit('market_status', status.now());
    fanOut.join(socket, general.notices);
    fanOut.join(socket, general.summary);
    roomsOf.set(socket, rooms);
    upgradeRequests?.release(socket);
    socket.on('disconnect', () => {
      sessions.left(socket.conn);
      rooms.leaveAll();
      lease.release();
      fanOut.leave(socket, general.notices);
      fanOut.leave(socket, general.summary);
    });
  });

  const view = (limit: number) =>
    socketsView(
      {
        clients: () => clients().values(),
        ownerOf: (socket) => owners.of(socket).name,
        roomsOf: (socket) => roomsOf.get(socket)?.size ?? 0,
        registry,
        fanOut,
        connectedToBus: () => ports.bus.connection.connected,
        now: ports.clock.now,
      },
      limit,
    );

  async function start(): Promise<void> {
    await followStreams(ports.bus, state, follows, {
      onLate: (topic) => metrics.late.inc({ topic }),
      onMalformed(topic, position, reason) {
        metrics.malformed.inc({ topic });
        warnPaced(topic, 'message left out', { topic, position, reason });
      },
    });
    status.check();
    watching = setInterval(() => {
      state.expire();
      status.check();
    }, WATCH_MS);
  }

  async function stop(leftMs: number): Promise<void> {
    clearInterval(watching);
    status.stop();
    gate.stop();
    await Promise.all(follows.splice(0).map((each) => each.stop()));
    fanOut.stop();
    turns.stop();
    if (!attached) return;
    sessions.stop();
    const closed = await closeConnections(io, leftMs);
    slowConsumers.stop();
    metrics.cut.inc({ reason: 'stopped' }, closed);
  }

  const { stopTimeoutMs } = settings;
  const lifecycle = createLifecycle({
    name: 'socket-gateway',
    logger: ports.logger,
    stopTimeoutMs,
    start,
    stop,
  });

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
    routes: socketRoutes(view, ports.verifier),
    attach(httpServer) {
      if (attached) io.engine.attach(httpServer, { path: SOCKET_PATH });
      else io.attach(httpServer);
      screenRequests(httpServer, SOCKET_PATH, admission);
      if (attached) return;
      attached = true;
      upgradeRequests = trackUpgradeRequests(io.engine);
      io.engine.on('connection', (connection: ClientSocket['conn']) => {
        admission.opened(connection);
        slowConsumers.watch(connection);
        meter(connection);
        // At a stop the client's part in the closing is waited for; otherwise what it still sends is nobody's.
        connection.once('close', () => lifecycle.stopping.aborted || ignoreInput(connection));
      });
    },
  };
}
