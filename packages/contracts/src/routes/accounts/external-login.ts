import Type from 'typebox';
import { problems, route } from '../route.ts';
import { authRoute, Done, SecondFactorCode, SessionView } from './auth.ts';

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
    tags: ['auth'],
    summary: 'External login providers',
    response: { 200: Type.Object({ providers: Type.Array(Type.Object({ name: Type.String() })) }) },
  },
});

export const beginExternalLogin = authRoute('POST', '/api/auth/providers/begin', {
  summary: 'Begin a login at a provider (OpenID Connect, code flow with PKCE)',
  body: { provider: Type.String({ minLength: 1, maxLength: 40 }) },
  response: Type.Object({
    url: Type.String({ description: 'Where to send the browser' }),
    flow: Type.String({ description: 'Opaque; keep it in the browser that began, for the completion' }),
  }),
  failures: ['not_found', 'too_many_requests', 'unavailable'],
});

export const completeExternalLogin = authRoute('POST', '/api/auth/providers/complete', {
  summary: 'Complete a login at a provider',
  description:
    'An account with a second factor gets second_factor_required; begin again and complete with "code".',
  body: { ...CompletionFields, code: Type.Optional(SecondFactorCode) },
  response: SessionView,
  failures: [
    'account_disabled',
    'email_taken',
    'invalid_code',
    'invalid_token',
    'registration_closed',
    'second_factor_required',
    'too_many_requests',
    'unavailable',
  ],
});

export const linkExternalLogin = route({
  method: 'POST',
  url: '/api/auth/providers/link',
  access: 'user',
  schema: {
    tags: ['auth'],
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
