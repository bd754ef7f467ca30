import {
  beginSecondFactor,
  changePassword,
  confirmSecondFactor,
  deleteAccount,
  getMe,
  listSessions,
  logoutEverywhere,
  removeSecondFactor,
  revokeSession,
} from '@deltastream/contracts';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsync } from 'fastify';
import { clientOf } from '../client-info.ts';
import type { Perform } from '../operations.ts';
import { signedIn } from '../signed-in.ts';

const DONE = { ok: true as const };

export function accountRoutes(perform: Perform): FastifyPluginAsync {
  return async (plain) => {
    const app = plain.withTypeProvider<TypeBoxTypeProvider>();
    app.route({
      method: getMe.method,
      url: getMe.url,
      schema: getMe.schema,
      handler: (request) => signedIn(perform, 'me', request, ({ account }, who) => account.me(who)),
    });
    app.route({
      method: changePassword.method,
      url: changePassword.url,
      schema: changePassword.schema,
      handler: async (request) => {
        await signedIn(perform, 'change_password', request, ({ account }, who) =>
          account.changePassword(who, request.body, clientOf(request)),
        );
        return DONE;
      },
    });
    app.route({
      method: listSessions.method,
      url: listSessions.url,
      schema: listSessions.schema,
      handler: (request) =>
        signedIn(perform, 'sessions', request, ({ account }, who) => account.sessions(who)),
    });
    app.route({
      method: revokeSession.method,
      url: revokeSession.url,
      schema: revokeSession.schema,
      handler: async (request) => {
        await signedIn(perform, 'revoke_session', request, ({ account }, who) =>
          account.revokeSession(who, request.body.session_id),
        );
        return DONE;
      },
    });
    app.route({
      method: logoutEverywhere.method,
      url: logoutEverywhere.url,
      schema: logoutEverywhere.schema,
      handler: async (request) => ({
        revoked: await signedIn(perform, 'logout_everywhere', request, ({ account }, who) =>
          account.logoutEverywhere(who),
        ),
      }),
    });
    app.route({
      method: deleteAccount.method,
      url: deleteAccount.url,
      schema: deleteAccount.schema,
      handler: async (request) => {
        await signedIn(perform, 'delete_account', request, ({ account }, who) =>
          account.remove(who, request.body.password, clientOf(request)),
        );
        return DONE;
      },
    });
    app.route({
      method: beginSecondFactor.method,
      url: beginSecondFactor.url,
      schema: beginSecondFactor.schema,
      handler: (request) =>
        signedIn(perform, 'begin_second_factor', request, ({ account }, who) =>
          account.beginSecondFactor(who, request.body.password, clientOf(request)),
        ),
    });
    app.route({
      method: confirmSecondFactor.method,
      url: confirmSecondFactor.url,
      schema: confirmSecondFactor.schema,
      handler: async (request) => ({
        recovery_codes: await signedIn(perform, 'confirm_second_factor', request, ({ account }, who) =>
          account.confirmSecondFactor(who, request.body.code),
        ),
      }),
    });
    app.route({
      method: removeSecondFactor.method,
      url: removeSecondFactor.url,
      schema: removeSecondFactor.schema,
      handler: async (request) => {
        await signedIn(perform, 'remove_second_factor', request, ({ account }, who) =>
          account.removeSecondFactor(who, request.body, clientOf(request)),
        );
        return DONE;
      },
    });
  };
}
