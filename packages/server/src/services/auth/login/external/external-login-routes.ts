import {
  beginExternalLogin,
  completeExternalLogin,
  linkExternalLogin,
  listLoginProviders,
} from '@deltastream/contracts';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsync } from 'fastify';
import { clientOf } from '../../http/client-info.ts';
import { signedInRoutes } from '../../http/signed-in.ts';
import type { Perform } from '../../operations.ts';

export function externalLoginRoutes(perform: Perform): FastifyPluginAsync {
  return async (plain) => {
    const app = plain.withTypeProvider<TypeBoxTypeProvider>();
    app.route({
      ...listLoginProviders,
      handler: () =>
        perform('providers', async ({ external }) => ({
          providers: external.providers().map((name) => ({ name })),
        })),
    });
    app.route({
      ...beginExternalLogin,
      handler: (request) =>
        perform('begin_external_login', ({ external, credentialLimit }) =>
          credentialLimit.check(clientOf(request).network, null, () => external.begin(request.body.provider)),
        ),
    });
    app.route({
      ...completeExternalLogin,
      handler: (request) =>
        perform('complete_external_login', ({ external, credentialLimit }) => {
          const client = clientOf(request);
          return credentialLimit.check(client.network, null, () => external.complete(request.body, client));
        }),
    });
    signedInRoutes(plain, perform)(linkExternalLogin, 'link_external_login', ({ external }, who, { body }) =>
      external.link(who, body),
    );
  };
}
