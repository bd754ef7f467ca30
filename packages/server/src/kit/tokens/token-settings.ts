import { count, ms, seconds, settingsFragment, type ValuesOf } from '../settings-fragment.ts';

/** Of a process that checks access tokens and API keys. */
export const TOKENS = settingsFragment('Token checking', {}, 'token', {
  timeoutMs: ms(2_000, 'Longest wait for a response of the auth service'),
  cooldownMs: ms(5_000, 'Its keys are fetched again at most this often, however many unknown ones are named'),
  keysLifetimeMs: ms(300_000, 'Keys are believed this long without asking again'),
  maxCached: count(10_000, 'tokens', 'Tokens remembered as good, so that a signature is checked once'),
  maxRevoked: count(
    100_000,
    'sessions',
    'Revoked sessions remembered, about 100 bytes each; beyond it the one that ends first goes',
  ),
  maxApiKeys: count(10_000, 'keys', 'API keys remembered as good, and as many as refused'),
  refusedKeyMs: ms(30_000, 'How long an API key that was refused is refused without asking again'),
  badKeysPerNetwork: count(100, 'keys', 'API keys of a network that may turn out to be bad in the window'),
  badKeyWindowSeconds: seconds(10, 'That window'),
});

export type TokenSettings = ValuesOf<typeof TOKENS.own>;
