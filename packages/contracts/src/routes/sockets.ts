import Type, { type Static } from 'typebox';
import { IsoTime } from '../market/views.ts';
import { nullable } from '../nullable.ts';
import { problems, route } from './route.ts';

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

export const viewSockets = route({
  method: 'GET',
  url: '/api/admin/sockets',
  access: { role: 'admin', scope: 'operations:manage' },
  schema: {
    tags: ['admin'],
    summary: 'Clients, rooms and queues of the socket gateway now (administrators)',
    querystring: Type.Object(
      { limit: Type.Optional(Type.Integer({ minimum: 0, maximum: 1000, default: 100 })) },
      { additionalProperties: false },
    ),
    response: {
      200: SocketsView,
      ...problems('invalid_request', 'unauthenticated', 'invalid_token', 'forbidden'),
    },
  },
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
