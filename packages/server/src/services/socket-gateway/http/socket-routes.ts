import { getAsyncApi, type SocketsView, viewSockets } from '@deltastream/contracts';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsync } from 'fastify';
import { requireRole, type TokenVerifier } from '../../../kit/tokens/token.ts';
import { asyncApiDocument } from './async-api.ts';

/**
 * The description of the socket protocol for everyone, and for administrators a live view. Without a verifier
 * nobody can show to be one, and the view is not there.
 */
export function socketRoutes(
  view: (limit: number) => SocketsView,
  verifier: TokenVerifier | undefined,
): FastifyPluginAsync {
  return async (plain) => {
    const app = plain.withTypeProvider<TypeBoxTypeProvider>();
    const document = asyncApiDocument();
    app.route({ ...getAsyncApi, handler: async () => document });
    if (!verifier) return;
    app.route({
      ...viewSockets,
      onRequest: requireRole(verifier, 'admin', 'operations:manage'),
      handler: async ({ query }) => view(query.limit ?? 100),
    });
  };
}
