import Type from 'typebox';
import { problems, route } from './route.ts';

const tags = ['auth'];

export const ROLES = ['viewer', 'trader', 'admin'] as const;
export type Role = (typeof ROLES)[number];

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

const Email = Type.String({ minLength: 3, maxLength: 254, examples: ['trader@example.com'] });
const Password = Type.String({ minLength: 8, maxLength: 256 });

export const register = route({
  method: 'POST',
  url: '/api/auth/register',
  schema: {
    tags,
    summary: 'Create an account',
    body: Type.Object(
      {
        email: Email,
        password: Password,
        name: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
      },
      { additionalProperties: false },
    ),
    response: {
      201: SessionView,
      ...problems('invalid_request', 'email_taken', 'too_many_requests', 'unavailable'),
    },
  },
});

export const login = route({
  method: 'POST',
  url: '/api/auth/login',
  schema: {
    tags,
    summary: 'Log in',
    body: Type.Object(
      { email: Email, password: Type.String({ minLength: 1, maxLength: 256 }) },
      { additionalProperties: false },
    ),
    response: {
      200: SessionView,
      ...problems('invalid_request', 'invalid_credentials', 'too_many_requests', 'unavailable'),
    },
  },
});

export const refresh = route({
  method: 'POST',
  url: '/api/auth/refresh',
  schema: {
    tags,
    summary: 'Exchange a refresh token for a new session',
    description: 'A refresh token is good for one use; reuse revokes every session that descends from it.',
    body: Type.Object(
      { refresh_token: Type.String({ minLength: 1, maxLength: 512 }) },
      { additionalProperties: false },
    ),
    response: { 200: SessionView, ...problems('invalid_request', 'invalid_token', 'too_many_requests') },
  },
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
  schema: {
    tags,
    summary: 'Check an access token',
    description: 'The token is read from the body, else from the Authorization header.',
    body: Type.Optional(
      Type.Object(
        { token: Type.Optional(Type.String({ maxLength: 4096 })) },
        { additionalProperties: false },
      ),
    ),
    response: { 200: Verification, ...problems('invalid_request', 'invalid_token') },
  },
});
