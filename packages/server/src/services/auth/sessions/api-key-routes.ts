import { createApiKey, exchangeApiKey, listApiKeys, revokeApiKey } from '@deltastream/contracts';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsync } from 'fastify';
import { clientOf } from '../http/client-info.ts';
import { signedIn, signedInRoutes } from '../http/signed-in.ts';
import type { Perform } from '../operations.ts';
import { parseApiKey } from './api-key.ts';

export function apiKeyRoutes(perform: Perform): FastifyPluginAsync {
  return async (plain) => {
    const app = plain.withTypeProvider<TypeBoxTypeProvider>();
    const on = signedInRoutes(plain, perform);
    app.route({
      ...createApiKey,
      handler: async (request, reply) => {
        const made = await signedIn(perform, 'create_api_key', request, ({ apiKeys }, who) =>
          apiKeys.create(who, request.body, clientOf(request)),
        );
        return reply.code(201).send(made);
      },
    });
    on(listApiKeys, 'list_api_keys', async ({ apiKeys }, who) => ({ keys: await apiKeys.list(who) }));
    on(revokeApiKey, 'revoke_api_key', ({ apiKeys }, who, { body }) => apiKeys.revoke(who, body.key_id));
    app.route({
      ...exchangeApiKey,
      handler: (request) =>
        perform('exchange_api_key', async ({ apiKeys, credentialLimit }) => {
          const { api_key: key } = request.body;
          const { token, expiresIn, scopes } = await credentialLimit.check(
            clientOf(request).network,
            parseApiKey(key)?.id ?? null,
            () => apiKeys.exchange(key),
          );
          return { token, token_type: 'Bearer' as const, expires_in: expiresIn, scopes };
        }),
    });
  };
}
