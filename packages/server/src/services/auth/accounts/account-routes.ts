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
import { clientOf } from '../http/client-info.ts';
import { doneSignedIn, signedIn } from '../http/signed-in.ts';
import type { Perform } from '../operations.ts';

export function accountRoutes(perform: Perform): FastifyPluginAsync {
  return async (plain) => {
    const app = plain.withTypeProvider<TypeBoxTypeProvider>();
    app.route({
      ...getMe,
      handler: (request) => signedIn(perform, 'me', request, ({ account }, who) => account.me(who)),
    });
    app.route({
      ...changePassword,
      handler: (request) =>
        doneSignedIn(perform, 'change_password', request, ({ account }, who) =>
          account.changePassword(who, request.body, clientOf(request)),
        ),
    });
    app.route({
      ...listSessions,
      handler: (request) =>
        signedIn(perform, 'sessions', request, ({ account }, who) => account.sessions(who)),
    });
    app.route({
      ...revokeSession,
      handler: (request) =>
        doneSignedIn(perform, 'revoke_session', request, ({ account }, who) =>
          account.revokeSession(who, request.body.session_id),
        ),
    });
    app.route({
      ...logoutEverywhere,
      handler: async (request) => ({
        revoked: await signedIn(perform, 'logout_everywhere', request, ({ account }, who) =>
          account.logoutEverywhere(who),
        ),
      }),
    });
    app.route({
      ...deleteAccount,
      handler: (request) =>
        doneSignedIn(perform, 'delete_account', request, ({ account }, who) =>
          account.remove(who, request.body.password, clientOf(request)),
        ),
    });
    app.route({
      ...beginSecondFactor,
      handler: (request) =>
        signedIn(perform, 'begin_second_factor', request, ({ account }, who) =>
          account.beginSecondFactor(who, request.body.password, clientOf(request)),
        ),
    });
    app.route({
      ...confirmSecondFactor,
      handler: async (request) => ({
        recovery_codes: await signedIn(perform, 'confirm_second_factor', request, ({ account }, who) =>
          account.confirmSecondFactor(who, request.body.code),
        ),
      }),
    });
    app.route({
      ...removeSecondFactor,
      handler: (request) =>
        doneSignedIn(perform, 'remove_second_factor', request, ({ account }, who) =>
          account.removeSecondFactor(who, request.body, clientOf(request)),
        ),
    });
  };
}
