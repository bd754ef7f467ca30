import Type from 'typebox';
import { problems, route } from '../route.ts';
import { Confirmation } from './account.ts';
import { Done, SecondFactorCode } from './auth.ts';

const tags = ['account'];
const refusals = problems(
  'invalid_request',
  'unauthenticated',
  'invalid_token',
  'invalid_credentials',
  'invalid_code',
  'login_too_old',
  'forbidden',
  'second_factor_active',
  'no_second_factor',
  'too_many_requests',
  'unavailable',
);

export const beginSecondFactor = route({
  method: 'POST',
  url: '/api/auth/second-factor/begin',
  access: 'user',
  schema: {
    tags,
    summary: 'Make a secret for an authenticator; not in force until it is confirmed',
    body: Type.Object({ password: Confirmation }, { additionalProperties: false }),
    response: {
      200: Type.Object({
        secret: Type.String({ description: 'Base32' }),
        otpauth_url: Type.String({ description: 'For a QR code' }),
      }),
      ...refusals,
    },
  },
});

export const confirmSecondFactor = route({
  method: 'POST',
  url: '/api/auth/second-factor/confirm',
  access: 'user',
  schema: {
    tags,
    summary: 'Put the second factor in force with a first code; every other session ends',
    body: Type.Object({ code: SecondFactorCode }, { additionalProperties: false }),
    response: {
      200: Type.Object({
        recovery_codes: Type.Array(Type.String(), { description: 'Each good once; shown only now' }),
      }),
      ...refusals,
    },
  },
});

export const removeSecondFactor = route({
  method: 'POST',
  url: '/api/auth/second-factor/remove',
  access: 'user',
  schema: {
    tags,
    summary: 'Take the second factor out of force',
    body: Type.Object({ password: Confirmation, code: SecondFactorCode }, { additionalProperties: false }),
    response: { 200: Done, ...refusals },
  },
});
