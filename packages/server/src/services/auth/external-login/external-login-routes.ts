import {
  beginExternalLogin,
  completeExternalLogin,
  linkExternalLogin,
  listLoginProviders,
} from '@deltastream/contracts';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsync } from 'fastify';
import { clientOf } from '../client-info.ts';
import type { Perform } from '../operations.ts';
import { signedIn } from '../signed-in.ts';

export function externalLoginRoutes(perform: Perform): FastifyPluginAsync {
  return async (plain) => {
    const app = plain.withTypeProvider<TypeBoxTypeProvider>();
    app.route({
      method: listLoginProviders.method,
      url: listLoginProviders.url,
      schema: listLoginProviders.schema,
      handler: () =>
        perform('providers', async ({ external }) => ({
          providers: external.providers().map((name) => ({ name })),
        })),
    });
    app.route({
      method: beginExternalLogin.method,
      url: beginExternalLogin.url,
      schema: beginExternalLogin.schema,
      handler: (request) =>
        perform('begin_external_login', ({ external, credentialLimit }) =>
          credentialLimit.check(clientOf(request).network, null, () => external.begin(request.body.provider)),
        ),
    });
    app.route({
      method: completeExternalLogin.method,
      url: completeExternalLogin.url,
      schema: completeExternalLogin.schema,
      handler: (request) =>
        perform('complete_external_login', ({ external, credentialLimit }) => {
          const client = clientOf(request);
          return credentialLimit.check(client.network, null, () => external.complete(request.body, client));
        }),
    });
    app.route({
      method: linkExternalLogin.method,
      url: linkExternalLogin.url,
      schema: linkExternalLogin.schema,
      handler: async (request) => {
        await signedIn(perform, 'link_external_login', request, ({ external }, who) =>
          external.link(who, request.body),
        );
        return { ok: true as const };
      },
    });
  };
}
