import { getAsyncApi, type SocketsView, viewSockets } from '@deltastream/contracts';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsync } from 'fastify';
import { asyncApiDocument } from './async-api.ts';

/**
 * The description of the socket protocol for everyone, and for administrators a live view: without one nothing can be
 * viewed.
 */
export function socketRoutes(view: ((limit: number) => SocketsView) | null): FastifyPluginAsync {
  return async (plain) => {
    const app = plain.withTypeProvider<TypeBoxTypeProvider>();
    const document = asyncApiDocument();
    app.route({ ...getAsyncApi, handler: async () => document });
    if (view === null) return;
    app.route({ ...viewSockets, handler: async ({ query }) => view(query.limit ?? 100) });
  };
}
