import Type from 'typebox';
import { IsoTime } from '../../market/views.ts';
import { ROLES } from '../access.ts';
import { routesOf } from '../route.ts';
import { Done, GivenPassword, NewPassword } from './auth.ts';

/** Routes for the person of an access token. */
export const accountRoute = routesOf({
  tag: 'account',
  access: 'user',
  failures: ['unauthenticated', 'invalid_token', 'forbidden'],
});

/** How the credentials fail that are asked for again before what cannot be undone. */
export const CONFIRMATION_FAILURES = [
  'invalid_request',
  'invalid_credentials',
  'login_too_old',
  'too_many_requests',
  'unavailable',
] as const;

/** Asked again before what cannot be undone; an account without a password needs a recent login instead. */
export const Confirmation = Type.Optional(GivenPassword);

export const getMe = accountRoute('GET', '/api/auth/me', {
  summary: 'The account of the token',
  response: Type.Object({
    id: Type.String(),
    email: Type.String(),
    name: Type.String(),
    role: Type.Enum([...ROLES]),
    created_at: IsoTime,
    has_password: Type.Boolean(),
    second_factor: Type.Boolean(),
    recovery_codes_left: Type.Integer(),
    identities: Type.Array(Type.Object({ issuer: Type.String() })),
  }),
});

export const changePassword = accountRoute('POST', '/api/auth/password', {
  summary: 'Change the password; every other session ends',
  body: { current_password: Confirmation, new_password: NewPassword },
  response: Done,
  failures: [...CONFIRMATION_FAILURES, 'weak_password'],
});

/** Of an account, the newest first. */
export const LiveSessions = Type.Object({
  sessions: Type.Array(
    Type.Object({
      id: Type.String(),
      current: Type.Boolean({ description: 'It is the one that asks' }),
      created_at: IsoTime,
      last_used_at: IsoTime,
      expires_at: IsoTime,
      device: Type.String({ description: 'What the client called itself' }),
      network: Type.String({ description: 'IPv4 address or IPv6 /64 of the last use' }),
    }),
  ),
});

export const listSessions = accountRoute('GET', '/api/auth/sessions', {
  summary: 'Live sessions of the account, the newest first',
  response: LiveSessions,
});

export const revokeSession = accountRoute('POST', '/api/auth/sessions/revoke', {
  summary: 'End one session of the account',
  body: { session_id: Type.String({ minLength: 1, maxLength: 64 }) },
  response: Done,
  failures: ['invalid_request', 'not_found'],
});

export const logoutEverywhere = accountRoute('POST', '/api/auth/logout-everywhere', {
  summary: 'End every session of the account, this one too',
  response: Type.Object({ revoked: Type.Integer({ description: 'Sessions that ended' }) }),
});

export const deleteAccount = accountRoute('POST', '/api/auth/account/delete', {
  summary: 'Delete the account with its sessions, API keys, preferences and layouts',
  body: { password: Confirmation },
  response: Done,
  failures: [...CONFIRMATION_FAILURES, 'last_admin'],
});
