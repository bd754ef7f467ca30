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
import type { FastifyPluginAsync } from 'fastify';
import { clientOf } from '../http/client-info.ts';
import { signedInRoutes } from '../http/signed-in.ts';
import type { Perform } from '../operations.ts';

export function accountRoutes(perform: Perform): FastifyPluginAsync {
  return async (app) => {
    const on = signedInRoutes(app, perform);
    on(getMe, 'me', ({ account }, who) => account.me(who));
    on(changePassword, 'change_password', ({ account }, who, request) =>
      account.changePassword(who, request.body, clientOf(request)),
    );
    on(listSessions, 'sessions', ({ account }, who) => account.sessions(who));
    on(revokeSession, 'revoke_session', ({ account }, who, { body }) =>
      account.revokeSession(who, body.session_id),
    );
    on(logoutEverywhere, 'logout_everywhere', async ({ account }, who) => ({
      revoked: await account.logoutEverywhere(who),
    }));
    on(deleteAccount, 'delete_account', ({ account }, who, request) =>
      account.remove(who, request.body.password, clientOf(request)),
    );
    on(beginSecondFactor, 'begin_second_factor', ({ account }, who, request) =>
      account.beginSecondFactor(who, request.body.password, clientOf(request)),
    );
    on(confirmSecondFactor, 'confirm_second_factor', async ({ account }, who, { body }) => ({
      recovery_codes: await account.confirmSecondFactor(who, body.code),
    }));
    on(removeSecondFactor, 'remove_second_factor', ({ account }, who, request) =>
      account.removeSecondFactor(who, request.body, clientOf(request)),
    );
  };
}
