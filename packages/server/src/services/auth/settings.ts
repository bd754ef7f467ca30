import { DeltaStreamError } from '../../kit/errors.ts';

export interface AuthSettings {
  readonly issuer: string;
  readonly audience: string;
  readonly accessTokenSeconds: number;
  /** A session ends this long after its last refresh. */
  readonly refreshTokenSeconds: number;
  /** bcrypt's work factor, 4 to 31. */
  readonly bcryptCost: number;
  /** Passwords hashed at a time, on libuv's threads (4 by default), which file access uses too. */
  readonly hashConcurrency: number;
  /** Passwords that may wait to be hashed; beyond it a request gets `unavailable`. */
  readonly hashWaiting: number;
  /** Attempts are counted within this window, for each of register, login and refresh. */
  readonly attemptWindowSeconds: number;
  readonly attemptsPerAddress: number;
  readonly attemptsPerAccount: number;
  /** How often expired sessions are removed. */
  readonly sweepIntervalMs: number;
  /** How long `stop` waits for requests that are being answered. */
  readonly stopTimeoutMs: number;
}

export interface AuthConfig extends Partial<AuthSettings> {
  /** The key pair that signs access tokens; made at the first start. */
  readonly keyFile: string;
}

export const AUTH_DEFAULTS: AuthSettings = {
  issuer: 'deltastream',
  audience: 'deltastream',
  accessTokenSeconds: 600,
  refreshTokenSeconds: 30 * 24 * 3600,
  bcryptCost: 12,
  hashConcurrency: 2,
  hashWaiting: 32,
  attemptWindowSeconds: 60,
  attemptsPerAddress: 60,
  attemptsPerAccount: 10,
  sweepIntervalMs: 3_600_000,
  stopTimeoutMs: 5000,
};

const LONGEST_TIMER_MS = 2 ** 31 - 1;
const NUMBERS: readonly [keyof AuthSettings, number, number][] = [
  ['accessTokenSeconds', 1, 24 * 3600],
  ['refreshTokenSeconds', 1, 365 * 24 * 3600],
  ['bcryptCost', 4, 31],
  ['hashConcurrency', 1, 64],
  ['hashWaiting', 0, 10_000],
  ['attemptWindowSeconds', 1, 24 * 3600],
  ['attemptsPerAddress', 1, 1_000_000],
  ['attemptsPerAccount', 1, 1_000_000],
  ['sweepIntervalMs', 1, LONGEST_TIMER_MS],
  ['stopTimeoutMs', 1, LONGEST_TIMER_MS],
];

/** Fills in the defaults. Throws `invalid_setting` for a number that would silently weaken or break the service. */
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
  return settings;
}
