import Type from 'typebox';
import { ROLES } from '../access.ts';
import { problems, route, routesOf } from '../route.ts';

/** Routes for clients without a session. */
export const authRoute = routesOf({ access: 'public', failures: ['invalid_request'] });

export const UserView = Type.Object({
  id: Type.String(),
  email: Type.String(),
  name: Type.String(),
  role: Type.Enum([...ROLES]),
});

export const SessionView = Type.Object({
  token: Type.String({ description: 'Access token (JWT, ES256)' }),
  refresh_token: Type.String({ description: 'Opaque; good for one refresh' }),
  token_type: Type.Literal('Bearer'),
  expires_in: Type.Integer({ description: 'Seconds until the access token expires' }),
  user: UserView,
});

export const Email = Type.String({ minLength: 3, maxLength: 254, examples: ['trader@example.com'] });

/** A password that is being chosen. */
export const NewPassword = Type.String({
  minLength: 8,
  maxLength: 256,
  description: '8 to 256 characters of any kind, 15 or more advised; common ones are refused',
});

/** A password that is being checked. */
export const GivenPassword = Type.String({ minLength: 1, maxLength: 256 });

export const SecondFactorCode = Type.String({
  minLength: 6,
  maxLength: 40,
  description: 'Six digits of the authenticator, or a recovery code',
});

/** The body of responses that carry nothing else. */
export const Done = Type.Object({ ok: Type.Literal(true) });

export const register = authRoute('POST', '/api/auth/register', {
  summary: 'Create an account',
  body: {
    email: Email,
    password: NewPassword,
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
  },
  response: SessionView,
  status: 201,
  failures: ['email_taken', 'registration_closed', 'too_many_requests', 'unavailable', 'weak_password'],
});

export const login = authRoute('POST', '/api/auth/login', {
  summary: 'Log in',
  description:
    'An account with a second factor gets second_factor_required to the right password alone; send it again with "code".',
  body: { email: Email, password: GivenPassword, code: Type.Optional(SecondFactorCode) },
  response: SessionView,
  failures: [
    'account_disabled',
    'invalid_code',
    'invalid_credentials',
    'second_factor_required',
    'too_many_requests',
    'unavailable',
  ],
});

export const refresh = authRoute('POST', '/api/auth/refresh', {
  summary: 'Exchange a refresh token for a new session',
  description:
    'The exchange may be repeated for some seconds and returns the same successor, so a lost response does no harm. ' +
    'Later reuse revokes every session that descends from it.',
  body: { refresh_token: Type.String({ minLength: 1, maxLength: 512 }) },
  response: SessionView,
  failures: ['invalid_token', 'too_many_requests'],
});

export const logout = authRoute('POST', '/api/auth/logout', {
  summary: 'End the session of a refresh token',
  description:
    'The response is the same for a token that is not known. Access tokens of the session end with it.',
  body: { refresh_token: Type.String({ minLength: 1, maxLength: 512 }) },
  response: Done,
  failures: ['too_many_requests'],
});

const Verification = Type.Object({
  valid: Type.Boolean(),
  user_id: Type.Union([Type.String(), Type.Null()]),
  email: Type.Union([Type.String(), Type.Null()]),
  role: Type.Union([Type.Enum([...ROLES]), Type.Null()]),
  exp: Type.Union([Type.Integer({ description: 'Seconds since the Unix epoch' }), Type.Null()]),
});

export const verify = route({
  method: 'POST',
  url: '/api/auth/verify',
  access: 'public',
  schema: {
    tags: ['auth'],
    summary: 'Check an access token',
    description: 'The token is read from the body, else from the Authorization header.',
    body: Type.Optional(
      Type.Object(
        { token: Type.Optional(Type.String({ maxLength: 4096 })) },
        { additionalProperties: false },
      ),
    ),
    response: { 200: Verification, ...problems('invalid_request', 'unauthenticated', 'invalid_token') },
  },
});

export const getKeys = route({
  method: 'GET',
  url: '/api/auth/.well-known/jwks.json',
  access: 'public',
  schema: {
    tags: ['auth'],
    summary: 'Public keys of access tokens (RFC 7517)',
    description:
      'The next, the current and retiring keys. Fetch again when a token names a key not among them.',
    response: {
      200: Type.Object({
        keys: Type.Array(
          Type.Object({
            kty: Type.Literal('EC'),
            crv: Type.Literal('P-256'),
            x: Type.String(),
            y: Type.String(),
            kid: Type.String(),
            alg: Type.Literal('ES256'),
            use: Type.Literal('sig'),
          }),
        ),
      }),
    },
  },
});
