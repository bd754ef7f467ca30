import Type from 'typebox';
import { IsoTime } from '../../market/views.ts';
import { SCOPES } from '../access.ts';
import { problems, route } from '../route.ts';
import { Confirmation } from './account.ts';
import { Done } from './auth.ts';

const tags = ['account'];

const Scopes = Type.Array(Type.Enum([...SCOPES]), {
  minItems: 1,
  maxItems: SCOPES.length,
  uniqueItems: true,
});
const signedIn = problems('invalid_request', 'unauthenticated', 'invalid_token', 'forbidden');
const nullableTime = Type.Union([IsoTime, Type.Null()]);

const ApiKeyView = Type.Object({
  id: Type.String(),
  name: Type.String(),
  scopes: Scopes,
  created_at: IsoTime,
  expires_at: nullableTime,
  last_used_at: nullableTime,
});

export const createApiKey = route({
  method: 'POST',
  url: '/api/auth/keys',
  access: 'user',
  schema: {
    tags,
    summary: 'Make an API key; it is shown only now',
    body: Type.Object(
      {
        name: Type.String({ minLength: 1, maxLength: 100 }),
        scopes: Scopes,
        expires_in_days: Type.Optional(
          Type.Integer({ minimum: 1, maximum: 3650, description: 'Does not expire when left out' }),
        ),
        password: Confirmation,
      },
      { additionalProperties: false },
    ),
    response: {
      201: Type.Object({ key: Type.String({ description: 'ds_<id>_<secret>' }), ...ApiKeyView.properties }),
      ...signedIn,
      ...problems(
        'invalid_credentials',
        'login_too_old',
        'limit_reached',
        'too_many_requests',
        'unavailable',
      ),
    },
  },
});

export const listApiKeys = route({
  method: 'GET',
  url: '/api/auth/keys',
  access: 'user',
  schema: {
    tags,
    summary: 'API keys of the account',
    response: { 200: Type.Object({ keys: Type.Array(ApiKeyView) }), ...signedIn },
  },
});

export const revokeApiKey = route({
  method: 'POST',
  url: '/api/auth/keys/revoke',
  access: 'user',
  schema: {
    tags,
    summary: 'End an API key',
    body: Type.Object(
      { key_id: Type.String({ minLength: 1, maxLength: 64 }) },
      { additionalProperties: false },
    ),
    response: { 200: Done, ...problems('not_found'), ...signedIn },
  },
});

export const exchangeApiKey = route({
  method: 'POST',
  url: '/api/auth/token',
  access: 'public',
  schema: {
    tags,
    summary: 'Exchange an API key for an access token',
    description:
      'Services do this by themselves when a key is sent as bearer token; a client that opens many connections saves time by doing it once.',
    body: Type.Object(
      { api_key: Type.String({ minLength: 1, maxLength: 200 }) },
      { additionalProperties: false },
    ),
    response: {
      200: Type.Object({
        token: Type.String(),
        token_type: Type.Literal('Bearer'),
        expires_in: Type.Integer(),
        scopes: Scopes,
      }),
      ...problems('invalid_request', 'invalid_token', 'too_many_requests'),
    },
  },
});
