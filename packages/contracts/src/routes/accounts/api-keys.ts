import Type from 'typebox';
import { IsoTime } from '../../market/views.ts';
import { SCOPES } from '../access.ts';
import { problems, route } from '../route.ts';
import { accountRoute, CONFIRMATION_FAILURES, Confirmation } from './account.ts';
import { Done } from './auth.ts';

const Scopes = Type.Array(Type.Enum([...SCOPES]), {
  minItems: 1,
  maxItems: SCOPES.length,
  uniqueItems: true,
});
const nullableTime = Type.Union([IsoTime, Type.Null()]);

const ApiKeyView = Type.Object({
  id: Type.String(),
  name: Type.String(),
  scopes: Scopes,
  created_at: IsoTime,
  expires_at: nullableTime,
  last_used_at: nullableTime,
});

export const createApiKey = accountRoute('POST', '/api/auth/keys', {
  summary: 'Make an API key; it is shown only now',
  body: {
    name: Type.String({ minLength: 1, maxLength: 100 }),
    scopes: Scopes,
    expires_in_days: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 3650, description: 'Does not expire when left out' }),
    ),
    password: Confirmation,
  },
  response: Type.Object({ key: Type.String({ description: 'ds_<id>_<secret>' }), ...ApiKeyView.properties }),
  status: 201,
  failures: [...CONFIRMATION_FAILURES, 'limit_reached'],
});

export const listApiKeys = accountRoute('GET', '/api/auth/keys', {
  summary: 'API keys of the account',
  response: Type.Object({ keys: Type.Array(ApiKeyView) }),
  failures: ['invalid_request'],
});

export const revokeApiKey = accountRoute('POST', '/api/auth/keys/revoke', {
  summary: 'End an API key',
  body: { key_id: Type.String({ minLength: 1, maxLength: 64 }) },
  response: Done,
  failures: ['invalid_request', 'not_found'],
});

export const exchangeApiKey = route({
  method: 'POST',
  url: '/api/auth/token',
  access: 'public',
  schema: {
    tags: ['account'],
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
