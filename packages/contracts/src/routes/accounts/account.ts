import Type from 'typebox';
import { IsoTime } from '../../market/views.ts';
import { ROLES } from '../access.ts';
import { problems, route } from '../route.ts';
import { Done, GivenPassword, NewPassword } from './auth.ts';

const tags = ['account'];
const signedIn = problems('unauthenticated', 'invalid_token', 'forbidden');
const confirmed = problems('invalid_credentials', 'login_too_old', 'too_many_requests', 'unavailable');

/** Asked again before what cannot be undone; an account without a password needs a recent login instead. */
export const Confirmation = Type.Optional(GivenPassword);

export const getMe = route({
  method: 'GET',
  url: '/api/auth/me',
  access: 'user',
  schema: {
    tags,
    summary: 'The account of the token',
    response: {
      200: Type.Object({
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
      ...signedIn,
    },
  },
});

export const changePassword = route({
  method: 'POST',
  url: '/api/auth/password',
  access: 'user',
  schema: {
    tags,
    summary: 'Change the password; every other session ends',
    body: Type.Object(
      { current_password: Confirmation, new_password: NewPassword },
      { additionalProperties: false },
    ),
    response: { 200: Done, ...problems('invalid_request', 'weak_password'), ...signedIn, ...confirmed },
  },
});

export const listSessions = route({
  method: 'GET',
  url: '/api/auth/sessions',
  access: 'user',
  schema: {
    tags,
    summary: 'Live sessions of the account, the newest first',
    response: {
      200: Type.Object({
        sessions: Type.Array(
          Type.Object({
            id: Type.String(),
            current: Type.Boolean(),
            created_at: IsoTime,
            last_used_at: IsoTime,
            expires_at: IsoTime,
            device: Type.String({ description: 'What the client called itself' }),
            network: Type.String({ description: 'IPv4 address or IPv6 /64 of the last use' }),
          }),
        ),
      }),
      ...signedIn,
    },
  },
});

export const revokeSession = route({
  method: 'POST',
  url: '/api/auth/sessions/revoke',
  access: 'user',
  schema: {
    tags,
    summary: 'End one session of the account',
    body: Type.Object(
      { session_id: Type.String({ minLength: 1, maxLength: 64 }) },
      { additionalProperties: false },
    ),
    response: { 200: Done, ...problems('invalid_request', 'not_found'), ...signedIn },
  },
});

export const logoutEverywhere = route({
  method: 'POST',
  url: '/api/auth/logout-everywhere',
  access: 'user',
  schema: {
    tags,
    summary: 'End every session of the account, this one too',
    response: {
      200: Type.Object({ revoked: Type.Integer({ description: 'Sessions that ended' }) }),
      ...signedIn,
    },
  },
});

export const deleteAccount = route({
  method: 'POST',
  url: '/api/auth/account/delete',
  access: 'user',
  schema: {
    tags,
    summary: 'Delete the account with its sessions and API keys',
    body: Type.Object({ password: Confirmation }, { additionalProperties: false }),
    response: { 200: Done, ...problems('invalid_request'), ...signedIn, ...confirmed },
  },
});
