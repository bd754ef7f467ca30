import { DeltaStreamError } from '../../kit/errors.ts';
import type { OidcSettings } from './external-login/oidc-provider.ts';

export const PASSWORD_ALGORITHMS = ['bcrypt', 'argon2id'] as const;
export type PasswordAlgorithm = (typeof PASSWORD_ALGORITHMS)[number];

export interface AuthSettings {
  readonly issuer: string;
  readonly audience: string;
  readonly accessTokenSeconds: number;
  /** A session ends this long after its last refresh, */
  readonly refreshTokenSeconds: number;
  /** and this long after its login, however often it is refreshed. */
  readonly sessionSeconds: number;
  /** How long a refresh may be repeated and answers the same. */
  readonly refreshGraceMs: number;
  /** Sessions an account may have; a further login ends the oldest. */
  readonly maxSessions: number;
  readonly maxApiKeys: number;
  /** A login is fresh enough for what an account without a password cannot confirm otherwise. */
  readonly freshLoginSeconds: number;
  /** False: accounts are made by the operator only. */
  readonly openRegistration: boolean;

  readonly passwordAlgorithm: PasswordAlgorithm;
  /** bcrypt's work factor, 4 to 31. */
  readonly bcryptCost: number;
  readonly argon2MemoryKib: number;
  readonly argon2Passes: number;
  /** Passwords hashed at a time, on libuv's threads (4 by default), which file access uses too. */
  readonly hashConcurrency: number;
  /** Passwords that may wait to be hashed, of all clients and of one network; beyond it a request gets `unavailable`. */
  readonly hashWaiting: number;
  readonly hashWaitingPerNetwork: number;

  /** The window of the limits below. */
  readonly attemptWindowSeconds: number;
  /** Failed log-ins: of one network on all accounts, of one network on one account, of a known device. */
  readonly loginsPerNetwork: number;
  readonly loginsPerAccountAndNetwork: number;
  readonly loginsPerKnownDevice: number;
  /** Beyond `loginsPerNetwork` a network tries one account at this interval, and at most so many attempts wait. */
  readonly loginIntervalMs: number;
  readonly loginsWaiting: number;
  /** A refused login waits up to this long, at random, beside its work. */
  readonly refusalJitterMs: number;
  /** Failed log-ins on one account from anywhere before each further one doubles the wait. */
  readonly loginsPerAccount: number;
  readonly accountWaitMaxSeconds: number;
  /** Wrong second-factor codes of one account before each further one doubles the wait. */
  readonly codesPerAccount: number;
  readonly registrationsPerNetwork: number;
  readonly refreshesPerNetwork: number;
  readonly refreshesPerSession: number;

  /** A signing key is replaced at this age. */
  readonly keyRotationSeconds: number;
  /** How often the key file is looked at. */
  readonly keyCheckMs: number;
  /** How often revocations in force are published again. */
  readonly revocationRepeatMs: number;
  readonly oidc: readonly OidcSettings[];
  /** Time that somebody has to log in at an external provider. */
  readonly externalLoginSeconds: number;
  /** How often expired sessions are removed. */
  readonly sweepIntervalMs: number;
  /** How long `stop` waits for requests that are being answered. */
  readonly stopTimeoutMs: number;
}

export interface AuthConfig extends Partial<AuthSettings> {
  /** The key ring; made at the first start. */
  readonly keyFile: string;
}

const DAY_SECONDS = 24 * 3600;

export const AUTH_DEFAULTS: AuthSettings = {
  issuer: 'deltastream',
  audience: 'deltastream',
  accessTokenSeconds: 600,
  refreshTokenSeconds: 30 * DAY_SECONDS,
  sessionSeconds: 90 * DAY_SECONDS,
  refreshGraceMs: 10_000,
  maxSessions: 50,
  maxApiKeys: 50,
  freshLoginSeconds: 600,
  openRegistration: true,
  passwordAlgorithm: 'bcrypt',
  bcryptCost: 12,
  argon2MemoryKib: 19_456,
  argon2Passes: 2,
  hashConcurrency: 2,
  hashWaiting: 32,
  hashWaitingPerNetwork: 16,
  attemptWindowSeconds: 900,
  loginsPerNetwork: 100,
  loginsPerAccountAndNetwork: 10,
  loginsPerKnownDevice: 20,
  loginIntervalMs: 1000,
  loginsWaiting: 4,
  refusalJitterMs: 20,
  loginsPerAccount: 30,
  accountWaitMaxSeconds: 900,
  codesPerAccount: 5,
  registrationsPerNetwork: 30,
  refreshesPerNetwork: 3000,
  refreshesPerSession: 300,
  keyRotationSeconds: 30 * DAY_SECONDS,
  keyCheckMs: 60_000,
  revocationRepeatMs: 5000,
  oidc: [],
  externalLoginSeconds: 600,
  sweepIntervalMs: 3_600_000,
  stopTimeoutMs: 5000,
};

/** Access tokens that are being signed while their session is revoked begin this much later at most. */
const SIGNING_MARGIN_MS = 60_000;

/** How long after a revocation, or after the last signature of a key, an access token may still be in force. */
export const tokenLifetimeMs = ({ accessTokenSeconds }: Pick<AuthSettings, 'accessTokenSeconds'>): number =>
  accessTokenSeconds * 1000 + SIGNING_MARGIN_MS;

const LONGEST_TIMER_MS = 2 ** 31 - 1;
const MANY = 1_000_000;
const NUMBERS: readonly [keyof AuthSettings, number, number][] = [
  ['accessTokenSeconds', 1, DAY_SECONDS],
  ['refreshTokenSeconds', 1, 365 * DAY_SECONDS],
  ['sessionSeconds', 1, 3650 * DAY_SECONDS],
  ['refreshGraceMs', 0, 60_000],
  ['maxSessions', 1, 10_000],
  ['maxApiKeys', 0, 10_000],
  ['freshLoginSeconds', 1, DAY_SECONDS],
  ['bcryptCost', 4, 31],
  ['argon2MemoryKib', 8, 4_194_304],
  ['argon2Passes', 1, 1000],
  ['hashConcurrency', 1, 64],
  ['hashWaiting', 0, 10_000],
  ['hashWaitingPerNetwork', 1, 10_000],
  ['attemptWindowSeconds', 1, DAY_SECONDS],
  ['loginsPerNetwork', 1, MANY],
  ['loginsPerAccountAndNetwork', 1, MANY],
  ['loginsPerKnownDevice', 1, MANY],
  ['loginIntervalMs', 1, 60_000],
  ['loginsWaiting', 1, 1000],
  ['refusalJitterMs', 0, 10_000],
  ['loginsPerAccount', 1, MANY],
  ['accountWaitMaxSeconds', 1, DAY_SECONDS],
  ['codesPerAccount', 1, MANY],
  ['registrationsPerNetwork', 1, MANY],
  ['refreshesPerNetwork', 1, MANY],
  ['refreshesPerSession', 1, MANY],
  ['keyRotationSeconds', 60, 3650 * DAY_SECONDS],
  ['keyCheckMs', 1, LONGEST_TIMER_MS],
  ['revocationRepeatMs', 1, LONGEST_TIMER_MS],
  ['externalLoginSeconds', 1, DAY_SECONDS],
  ['sweepIntervalMs', 1, LONGEST_TIMER_MS],
  ['stopTimeoutMs', 1, LONGEST_TIMER_MS],
];

/** Fills in the defaults. Throws `invalid_setting` for a value that would silently weaken or break the service. */
export function authSettings(config: AuthConfig): AuthSettings & AuthConfig {
  const settings = { ...AUTH_DEFAULTS, ...config };
  for (const [name, low, high] of NUMBERS) {
    const value = Number(settings[name]);
    if (!Number.isInteger(value) || value < low || value > high) {
      throw new DeltaStreamError(
        'invalid_setting',
        `auth.${name}: must be a whole number, ${low} to ${high}`,
      );
    }
  }
  if (!PASSWORD_ALGORITHMS.includes(settings.passwordAlgorithm)) {
    throw new DeltaStreamError(
      'invalid_setting',
      `auth.passwordAlgorithm: must be ${PASSWORD_ALGORITHMS.join(' or ')}`,
    );
  }
  return settings;
}
