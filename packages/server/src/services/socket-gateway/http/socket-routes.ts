import { getAsyncApi, isoTime, type SocketsView, viewSockets } from '@deltastream/contracts';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsync } from 'fastify';
import type { ClientSocket } from '../clients/client-session.ts';
import { queuedPackets } from '../connections/slow-consumers.ts';
import type { FanOut } from '../fan-out/fan-out.ts';
import type { RoomChannels } from '../rooms/channels.ts';

/**
 * The description of the socket protocol for everyone, and for administrators a live view: without one nothing can be
 * viewed.
 */
export function socketRoutes(view: ((limit: number) => SocketsView) | null): FastifyPluginAsync {
  return async (plain) => {
    const app = plain.withTypeProvider<TypeBoxTypeProvider>();
    let document: Promise<{ asyncapi: string }> | null = null;
    app.route({
      ...getAsyncApi,
      handler() {
        document ??= import('./async-api.ts').then(({ asyncApiDocument }) => asyncApiDocument());
        return document;
      },
    });
    if (view === null) return;
    app.route({ ...viewSockets, handler: async ({ query }) => view(query.limit ?? 100) });
  };
}

export interface SocketsViewPorts {
  readonly clients: () => Iterable<ClientSocket>;
  readonly ownerOf: (socket: ClientSocket) => string;
  readonly roomsOf: (socket: ClientSocket) => number;
  readonly channels: RoomChannels;
  readonly fanOut: FanOut;
  readonly connectedToBus: () => boolean;
  readonly now: () => number;
}

/** What the gateway is doing now; the connections with most waiting first. */
export function socketsView(ports: SocketsViewPorts, limit: number): SocketsView {
  const { fanOut } = ports;
  const sockets = [...ports.clients()].sort((a, b) => queuedPackets(b.conn) - queuedPackets(a.conn));
  const rooms = [...ports.channels.rooms()].map(([room, channels]) => {
    const each = [...channels].map((channel) => ({
      name: channel.name,
      members: fanOut.members(channel),
      interval_ms: channel.intervalMs,
    }));
    return { room, members: each.reduce((sum, { members }) => sum + members, 0), channels: each };
  });
  return {
    timestamp: isoTime(ports.now()),
    connected_to_bus: ports.connectedToBus(),
    clients: sockets.length,
    rooms,
    connections: sockets.slice(0, limit).map((socket) => ({
      id: socket.id,
      owner: ports.ownerOf(socket),
      transport: socket.conn.transport.name,
      since: isoTime(socket.handshake.issued),
      rooms: ports.roomsOf(socket),
      queued_packets: queuedPackets(socket.conn),
    })),
    truncated: sockets.length > limit ? sockets.length - limit : null,
  };
}
