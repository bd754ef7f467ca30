import Type from 'typebox';
import { problems, route } from '../route.ts';
import { Done, SecondFactorCode, SessionView } from './auth.ts';

const tags = ['auth'];

const CompletionFields = {
  flow: Type.String({ minLength: 1, maxLength: 4096, description: 'As the beginning answered it' }),
  query: Type.String({
    minLength: 1,
    maxLength: 4096,
    description: 'The query string with which the provider sent the browser back',
  }),
};
const Completion = Type.Object(CompletionFields, { additionalProperties: false });

export const listLoginProviders = route({
  method: 'GET',
  url: '/api/auth/providers',
  access: 'public',
  schema: {
    tags,
    summary: 'External login providers',
    response: { 200: Type.Object({ providers: Type.Array(Type.Object({ name: Type.String() })) }) },
  },
});

export const beginExternalLogin = route({
  method: 'POST',
  url: '/api/auth/providers/begin',
  access: 'public',
  schema: {
    tags,
    summary: 'Begin a login at a provider (OpenID Connect, code flow with PKCE)',
    body: Type.Object(
      { provider: Type.String({ minLength: 1, maxLength: 40 }) },
      { additionalProperties: false },
    ),
    response: {
      200: Type.Object({
        url: Type.String({ description: 'Where to send the browser' }),
        flow: Type.String({ description: 'Opaque; keep it in the browser that began, for the completion' }),
      }),
      ...problems('invalid_request', 'not_found', 'too_many_requests', 'unavailable'),
    },
  },
});

export const completeExternalLogin = route({
  method: 'POST',
  url: '/api/auth/providers/complete',
  access: 'public',
  schema: {
    tags,
    summary: 'Complete a login at a provider',
    description:
      'An account with a second factor gets second_factor_required; begin again and complete with "code".',
    body: Type.Object(
      { ...CompletionFields, code: Type.Optional(SecondFactorCode) },
      { additionalProperties: false },
    ),
    response: {
      200: SessionView,
      ...problems(
        'invalid_request',
        'invalid_token',
        'second_factor_required',
        'invalid_code',
        'registration_closed',
        'email_taken',
        'too_many_requests',
        'unavailable',
      ),
    },
  },
});

export const linkExternalLogin = route({
  method: 'POST',
  url: '/api/auth/providers/link',
  access: 'user',
  schema: {
    tags,
    summary: 'Link a login at a provider to the account of the token',
    body: Completion,
    response: {
      200: Done,
      ...problems(
        'invalid_request',
        'unauthenticated',
        'invalid_token',
        'login_too_old',
        'forbidden',
        'identity_taken',
        'too_many_requests',
        'unavailable',
      ),
    },
  },
});
