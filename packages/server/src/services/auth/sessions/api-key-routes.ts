import { createApiKey, exchangeApiKey, listApiKeys, revokeApiKey } from '@deltastream/contracts';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsync } from 'fastify';
import { clientOf } from '../client-info.ts';
import type { Perform } from '../operations.ts';
import { signedIn } from '../signed-in.ts';
import { parseApiKey } from './api-key.ts';

export function apiKeyRoutes(perform: Perform): FastifyPluginAsync {
  return async (plain) => {
    const app = plain.withTypeProvider<TypeBoxTypeProvider>();
    app.route({
      method: createApiKey.method,
      url: createApiKey.url,
      schema: createApiKey.schema,
      handler: async (request, reply) => {
        const made = await signedIn(perform, 'create_api_key', request, ({ apiKeys }, who) =>
          apiKeys.create(who, request.body, clientOf(request)),
        );
        return reply.code(201).send(made);
      },
    });
    app.route({
      method: listApiKeys.method,
      url: listApiKeys.url,
      schema: listApiKeys.schema,
      handler: async (request) => ({
        keys: await signedIn(perform, 'list_api_keys', request, ({ apiKeys }, who) => apiKeys.list(who)),
      }),
    });
    app.route({
      method: revokeApiKey.method,
      url: revokeApiKey.url,
      schema: revokeApiKey.schema,
      handler: async (request) => {
        await signedIn(perform, 'revoke_api_key', request, ({ apiKeys }, who) =>
          apiKeys.revoke(who, request.body.key_id),
        );
        return { ok: true as const };
      },
    });
    app.route({
      method: exchangeApiKey.method,
      url: exchangeApiKey.url,
      schema: exchangeApiKey.schema,
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
