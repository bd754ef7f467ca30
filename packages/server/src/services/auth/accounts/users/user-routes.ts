import {
  changeRole,
  disableUser,
  enableUser,
  endSessions,
  listUserSessions,
  listUsers,
} from '@deltastream/contracts';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import { type Identity, identify } from '../../../../kit/tokens/token.ts';
import type { Perform } from '../../operations.ts';
import type { UserAdministration } from './user-administration.ts';

/** Routes of administrators; that the caller is one is checked before, as each route declares. */
export function userRoutes(perform: Perform): FastifyPluginAsync {
  const administer = <T>(
    action: string,
    request: FastifyRequest,
    work: (administration: UserAdministration, by: Identity) => Promise<T>,
  ): Promise<T> =>
    perform(action, async ({ userAdministration, verifier }) =>
      work(userAdministration, await identify(verifier, request)),
    );

  return async (plain) => {
    const app = plain.withTypeProvider<TypeBoxTypeProvider>();
    app.route({
      ...listUsers,
      handler: (request) => administer('list_users', request, (users) => users.list(request.query)),
    });
    app.route({
      ...changeRole,
      handler: (request) =>
        administer('change_role', request, (users, by) =>
          users.changeRole(by, request.params.user_id, request.body.role),
        ),
    });
    app.route({
      ...disableUser,
      handler: (request) =>
        administer('disable_user', request, (users, by) => users.disable(by, request.params.user_id)),
    });
    app.route({
      ...enableUser,
      handler: (request) =>
        administer('enable_user', request, (users, by) => users.enable(by, request.params.user_id)),
    });
    app.route({
      ...listUserSessions,
      handler: (request) =>
        administer('list_user_sessions', request, (users, by) => users.sessions(by, request.params.user_id)),
    });
    app.route({
      ...endSessions,
      handler: (request) =>
        administer('end_sessions', request, async (users, by) => ({
          revoked: await users.endSessions(by, request.params.user_id),
        })),
    });
  };
}
