import Type from 'typebox';
import { accountRoute, CONFIRMATION_FAILURES, Confirmation } from './account.ts';
import { Done, SecondFactorCode } from './auth.ts';

const failures = [
  ...CONFIRMATION_FAILURES,
  'invalid_code',
  'second_factor_active',
  'no_second_factor',
] as const;

export const beginSecondFactor = accountRoute('POST', '/api/auth/second-factor/begin', {
  summary: 'Make a secret for an authenticator; not in force until it is confirmed',
  body: { password: Confirmation },
  response: Type.Object({
    secret: Type.String({ description: 'Base32' }),
    otpauth_url: Type.String({ description: 'For a QR code' }),
  }),
  failures,
});

export const confirmSecondFactor = accountRoute('POST', '/api/auth/second-factor/confirm', {
  summary: 'Put the second factor in force with a first code; every other session ends',
  body: { code: SecondFactorCode },
  response: Type.Object({
    recovery_codes: Type.Array(Type.String(), { description: 'Each good once; shown only now' }),
  }),
  failures,
});

export const removeSecondFactor = accountRoute('POST', '/api/auth/second-factor/remove', {
  summary: 'Take the second factor out of force',
  body: { password: Confirmation, code: SecondFactorCode },
  response: Done,
  failures,
});
