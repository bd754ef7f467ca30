import Type from 'typebox';
import { IsoTime } from '../../market/views.ts';
import { nullable } from '../../schemas/nullable.ts';
import { ROLES } from '../access.ts';
import { NextCursor, routesOf } from '../route.ts';
import { LiveSessions } from './account.ts';
import { UserView } from './auth.ts';

/** Routes by which administrators manage the accounts of others. */
const userRoute = routesOf({
  access: { role: 'admin', scope: 'users:manage' },
  failures: ['invalid_request', 'unauthenticated', 'invalid_token', 'forbidden'],
});

const ManagedUser = Type.Object({
  ...UserView.properties,
  created_at: IsoTime,
  /** Null: none since logins are noted. */
  last_login_at: nullable(IsoTime),
  has_password: Type.Boolean({ description: 'False for one that logs in at a provider only' }),
  second_factor: Type.Boolean(),
  /** Null for one that may log in. */
  disabled_at: nullable(IsoTime),
});

const UserParams = Type.Object({ user_id: Type.String({ minLength: 1, maxLength: 64 }) });

export const listUsers = userRoute('GET', '/api/admin/users', {
  summary: 'Accounts, by email (administrators)',
  query: {
    limit: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 1000, default: 100, description: 'Accounts of a page' }),
    ),
    cursor: Type.Optional(
      Type.String({ maxLength: 400, description: '`next_cursor` of the response before' }),
    ),
  },
  response: Type.Object({ users: Type.Array(ManagedUser), next_cursor: NextCursor }),
});

export const changeRole = userRoute('POST', '/api/admin/users/:user_id/role', {
  summary: 'Give an account another role (administrators)',
  description:
    'A lower role ends its sessions, and its API keys are refused for about an hour, after which no token of the role ' +
    'before is left; a higher one holds from the next refresh or login on. The last administrator stays one. ' +
    'An API key may neither give the role `admin` nor manage the account of its owner.',
  params: UserParams,
  body: { role: Type.Enum([...ROLES]) },
  response: ManagedUser,
  failures: ['not_found', 'last_admin'],
});

export const disableUser = userRoute('POST', '/api/admin/users/:user_id/disable', {
  summary:
    'Keep an account from logging in, and end its sessions and the use of its API keys (administrators)',
  params: UserParams,
  response: ManagedUser,
  failures: ['not_found', 'last_admin'],
});

export const enableUser = userRoute('POST', '/api/admin/users/:user_id/enable', {
  summary: 'Let a disabled account log in again (administrators)',
  params: UserParams,
  response: ManagedUser,
  failures: ['not_found'],
});

export const listUserSessions = userRoute('GET', '/api/admin/users/:user_id/sessions', {
  summary: 'Live sessions of an account, the newest first (administrators)',
  params: UserParams,
  response: LiveSessions,
  failures: ['not_found'],
});

export const endSessions = userRoute('POST', '/api/admin/users/:user_id/end-sessions', {
  summary: 'End every session of an account (administrators)',
  params: UserParams,
  response: Type.Object({ revoked: Type.Integer({ description: 'Sessions that ended' }) }),
  failures: ['not_found'],
});
