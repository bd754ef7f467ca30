import Type, { type Static } from 'typebox';
import { IsoTime } from '../market/views.ts';
import { nullable } from '../schemas/nullable.ts';
import { adminRoute, route } from './route.ts';

/** What a socket gateway is doing, as one process knows it. */
export const SocketsView = Type.Object({
  timestamp: IsoTime,
  connected_to_bus: Type.Boolean(),
  clients: Type.Integer(),
  rooms: Type.Array(
    Type.Object({
      room: Type.String(),
      members: Type.Integer(),
      channels: Type.Array(
        Type.Object({
          name: Type.String({ description: 'Room, mode, interval and strikes' }),
          members: Type.Integer(),
          interval_ms: Type.Integer(),
        }),
      ),
    }),
  ),
  connections: Type.Array(
    Type.Object({
      id: Type.String(),
      owner: Type.String({ description: 'The user, or the network of the address' }),
      transport: Type.String(),
      since: IsoTime,
      rooms: Type.Integer(),
      queued_packets: Type.Integer({ description: 'What waits for the client' }),
    }),
    { description: 'Those with most waiting first, at most `limit`' },
  ),
  truncated: nullable(Type.Integer({ description: 'Connections that are not listed; null for none' })),
});
export type SocketsView = Static<typeof SocketsView>;

export const viewSockets = adminRoute('GET', '/api/admin/sockets', {
  summary: 'Clients, rooms and queues of the socket gateway now (administrators)',
  query: { limit: Type.Optional(Type.Integer({ minimum: 0, maximum: 1000, default: 100 })) },
  response: SocketsView,
});

export const getAsyncApi = route({
  method: 'GET',
  url: '/api/asyncapi.json',
  access: 'public',
  schema: {
    tags: ['operations'],
    summary: 'What clients and the socket gateway say to each other: AsyncAPI 3',
    response: { 200: Type.Object({ asyncapi: Type.String() }, { additionalProperties: true }) },
  },
});
