import type { Server as HttpServer } from 'node:http';
import { createHostCheck } from '../../../kit/access/access.ts';
import { type ClientAddress, networkOf } from '../../../kit/access/addresses.ts';
import type { PacedWarning } from '../../../kit/logging/paced-warning.ts';
import type { RateLimiter } from '../../../ports/rate-limiter.ts';
import type { ClientSocket } from '../clients/client-session.ts';
import type { TurnBudget } from '../clients/turn-budget.ts';
import type { GatewayMetrics } from '../gateway-metrics.ts';
import { createAdmission } from '../handshake/admission.ts';
import { attachScreened } from '../handshake/screen-requests.ts';
import { createSessions } from '../handshake/sessions.ts';
import { createStrikes } from '../handshake/strikes.ts';
import { SOCKET_PATH, type SocketGatewaySettings } from '../settings.ts';
import { closeConnections } from './close-connections.ts';
import { cutConnection, ignoreInput, POLICY_VIOLATION } from './cut-connection.ts';
import { meterPackets } from './incoming-packets.ts';
import { createSlowConsumers } from './slow-consumers.ts';
import { createSocketServer } from './socket-server.ts';
import { trackUpgradeRequests, type UpgradeRequests } from './upgrade-requests.ts';

type Connection = ClientSocket['conn'];

export interface EndpointParts {
  readonly addressOf: ClientAddress;
  /** Without it requests are not counted. */
  readonly limiter: RateLimiter | undefined;
  readonly metrics: GatewayMetrics;
  readonly warnPaced: PacedWarning;
  /** What clients ask for, new connections among it, is done in these. */
  readonly turns: Pick<TurnBudget, 'run'>;
  /** A connection acknowledged what was never asked of it. */
  readonly onStrayAck: (connection: Connection) => void;
}

/** The Socket.IO server: who may connect, what a connection may send, and what may wait for it. */
export function createEndpoint(parts: EndpointParts, settings: SocketGatewaySettings) {
  const { addressOf, limiter, metrics, warnPaced, turns, onStrayAck } = parts;
  let attached = false;
  let stopping = false;
  let upgradeRequests: UpgradeRequests | undefined;

  const strikes = createStrikes(settings);
  /** For what its client did: the network that it came from may not go on like this. */
  const noteCut = (connection: Connection, reason: string) => {
    metrics.cut.inc({ reason });
    strikes.strike(connection);
  };
  const io = createSocketServer(settings, {
    networkOf: (request) => networkOf(addressOf(request)),
    onFlood(network) {
      metrics.cut.inc({ reason: 'flood' });
      strikes.add(network);
    },
  });
  const slowConsumers = createSlowConsumers(settings, {
    onDelivery: metrics.delivered,
    onCut(connection, reason, packets) {
      noteCut(connection, 'slow');
      metrics.dropped.inc(packets);
      warnPaced('slow', 'slow_client_cut', { reason });
    },
  });
  const meter = meterPackets(settings, {
    onStrayAck,
    onViolation(connection, violation, reason) {
      noteCut(connection, violation);
      warnPaced(violation, 'offending_client_cut', { reason });
      cutConnection(connection, reason, POLICY_VIOLATION);
    },
  });
  const sessions = createSessions(settings, {
    onExpired(connection, reason, tooLate) {
      metrics.cut.inc({ reason: 'pending' });
      if (tooLate) strikes.strike(connection);
      cutConnection(connection, reason);
    },
  });
  const admission = createAdmission(settings, {
    addressOf,
    refusalOfHost: createHostCheck(settings.hostRule, settings.trustedProxies),
    sessions,
    strikes,
    limiter,
    stopping: () => stopping,
    onPoll: slowConsumers.watchResponse,
    onRefusal({ code, message }, { headers }) {
      metrics.rejected.inc({ code });
      warnPaced(`refused ${code}`, 'socket_request_refused', {
        code,
        reason: message,
        origin: headers.origin,
      });
    },
  });

  return {
    io,
    sessions,
    strikes,
    slowConsumers,
    clients: (): ReadonlyMap<string, ClientSocket> => io.of('/').sockets,
    /** Lets go of the request that the client came with. */
    release: (socket: ClientSocket) => upgradeRequests?.release(socket),
    /** Cuts a client that sent more nonsense than it may. */
    cutOffender(socket: ClientSocket) {
      const { conn } = socket;
      noteCut(conn, 'offences');
      socket.disconnect(true);
      ignoreInput(conn);
    },
    attach(httpServer: HttpServer) {
      const attach = () => {
        if (attached) io.engine.attach(httpServer, { path: SOCKET_PATH });
        else io.attach(httpServer);
      };
      attachScreened(httpServer, SOCKET_PATH, attach, admission, turns, settings);
      if (attached) return;
      attached = true;
      upgradeRequests = trackUpgradeRequests(io.engine);
      io.engine.on('connection', (connection: Connection) => {
        admission.opened(connection);
        slowConsumers.watch(connection);
        meter(connection);
        // At a stop the client's part in the closing is waited for; otherwise what it still sends is nobody's.
        connection.once('close', () => stopping || ignoreInput(connection));
      });
    },
    /** No new session from now on; `stop` ends those there are. */
    refuse() {
      stopping = true;
    },
    async stop(leftMs: number) {
      stopping = true;
      if (!attached) return;
      sessions.stop();
      const closed = await closeConnections(io, leftMs);
      slowConsumers.stop();
      metrics.cut.inc({ reason: 'stopped' }, closed);
    },
  };
}

export type Endpoint = ReturnType<typeof createEndpoint>;
