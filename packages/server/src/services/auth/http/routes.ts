import { getKeys, login, logout, refresh, register, verify } from '@deltastream/contracts';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { DeltaStreamError } from '../../../kit/errors.ts';
import { bearerToken } from '../../../kit/tokens/token.ts';
import { accountRoutes } from '../accounts/account-routes.ts';
import { documentRoutes } from '../accounts/documents/document-routes.ts';
import { userRoutes } from '../accounts/users/user-routes.ts';
import { auditRoutes } from '../audit/audit-routes.ts';
import { externalLoginRoutes } from '../login/external/external-login-routes.ts';
import { DEVICE_MARK_SECONDS } from '../login/known-device.ts';
import type { LoginResult } from '../login/log-in.ts';
import type { Perform } from '../operations.ts';
import { apiKeyRoutes } from '../sessions/api-key-routes.ts';
import { clientOf, DEVICE_COOKIE } from './client-info.ts';

export function authRoutes(perform: Perform): FastifyPluginAsync {
  return async (plain) => {
    const app = plain.withTypeProvider<TypeBoxTypeProvider>();
    app.route({
      ...register,
      handler: async (request, reply) => {
        const result = await perform('register', ({ logIn }) =>
          logIn.register(request.body, clientOf(request)),
        );
        return reply.code(201).send(marked(request, reply, result));
      },
    });
    app.route({
      ...login,
      handler: async (request, reply) => {
        const result = await perform('login', ({ logIn }) => logIn.login(request.body, clientOf(request)));
        return marked(request, reply, result);
      },
    });
    app.route({
      ...refresh,
      handler: (request) =>
        perform('refresh', (core) => core.refresh(request.body.refresh_token, clientOf(request))),
    });
    app.route({
      ...logout,
      handler: async (request) => {
        await perform('logout', (core) => core.logout(request.body.refresh_token));
        return { ok: true as const };
      },
    });
    app.route({
      ...verify,
      // The body may be left out; the validator knows only bodies that are there.
      preValidation: async (request) => {
        request.body ??= {};
      },
      handler: async (request) => {
        const token = request.body?.token ?? bearerToken(request);
        if (token === null) {
          throw new DeltaStreamError('unauthenticated', 'neither the body nor the header carries a token');
        }
        return perform('verify', (core) => core.verify(token, clientOf(request)));
      },
    });
    app.route({
      ...getKeys,
      handler: async () => ({ keys: await perform('keys', async (core) => core.keys()) }),
    });
    await app.register(accountRoutes(perform));
    await app.register(apiKeyRoutes(perform));
    await app.register(documentRoutes(perform));
    await app.register(userRoutes(perform));
    await app.register(auditRoutes(perform));
    await app.register(externalLoginRoutes(perform));
  };
}

/** Leaves the mark of a known device in the browser. It is not a credential; scripts cannot read it. */
function marked(request: FastifyRequest, reply: FastifyReply, { session, deviceMark }: LoginResult) {
  if (deviceMark !== null) {
    const attributes = `Path=/api/auth; Max-Age=${DEVICE_MARK_SECONDS}; HttpOnly; SameSite=Strict`;
    const secure = request.protocol === 'https' ? '; Secure' : '';
    reply.header('set-cookie', `${DEVICE_COOKIE}=${deviceMark}; ${attributes}${secure}`);
  }
  return session;
}
