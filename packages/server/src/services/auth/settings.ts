import { dirname, join } from 'node:path';
import Type from 'typebox';
import { DeltaStreamError } from '../../kit/errors.ts';
import {
  count,
  ms,
  requireValid,
  seconds,
  settingsFragment,
  type ValuesOf,
} from '../../kit/settings-fragment.ts';
import { TOKENS, type TokenSettings } from '../../kit/tokens/token-settings.ts';
import type { OidcSettings } from './login/external/oidc-provider.ts';

const DAY_SECONDS = 24 * 3600;
const attempts = (value: number, description: string) => count(value, 'attempts', description, 1, 1_000_000);

export const AUTH = settingsFragment(
  'Accounts',
  {
    registration: Type.Enum(['open', 'closed'], {
      default: 'open',
      description: 'Whether people may make accounts, or the operator alone',
    }),
    passwordAlgorithm: Type.Enum(['bcrypt', 'argon2id'], {
      default: 'bcrypt',
      description: 'How passwords are hashed from now on; older hashes are replaced at the next login',
    }),
    accessTokenSeconds: seconds(600, 'Life of an access token', DAY_SECONDS),
    oidcIssuer: Type.Optional(
      Type.String({ pattern: '^https?://', description: 'OpenID provider to log in with' }),
    ),
    oidcName: Type.String({ default: 'sso', minLength: 1, maxLength: 40, description: 'Its name here' }),
    oidcClientId: Type.Optional(Type.String({ description: 'Client id at the OpenID provider' })),
    oidcClientSecret: Type.Optional(
      Type.String({ description: 'Client secret; better in a file than on the command line', secret: true }),
    ),
    oidcRedirectUri: Type.Optional(
      Type.String({ pattern: '^https?://', description: 'Page that takes the browser back after the login' }),
    ),
  },
  'auth',
  {
    issuer: Type.String({
      default: 'deltastream',
      minLength: 1,
      description: 'Issuer of access tokens; the same in every process of a platform',
    }),
    audience: Type.String({
      default: 'deltastream',
      minLength: 1,
      description: 'Audience of access tokens; the same in every process of a platform',
    }),
    refreshTokenSeconds: seconds(
      30 * DAY_SECONDS,
      'Life of a session since its last refresh',
      365 * DAY_SECONDS,
    ),
    sessionSeconds: seconds(90 * DAY_SECONDS, 'Life of a session since its login', 3650 * DAY_SECONDS),
    refreshGraceMs: ms(10_000, 'How long a refresh may be repeated and returns the same', 0, 60_000),
    maxSessions: count(50, 'sessions', 'Sessions of an account; a login beyond ends the oldest', 1, 10_000),
    maxApiKeys: count(50, 'keys', 'API keys of an account', 0, 10_000),
    maxLayouts: count(50, 'layouts', 'Layouts of an account, of up to 64 KiB each', 0, 10_000),
    freshLoginSeconds: seconds(
      600,
      'How long a login confirms what an account without a password cannot confirm otherwise',
      DAY_SECONDS,
    ),
    bcryptCost: count(12, 'doublings', 'Work factor of bcrypt', 4, 31),
    argon2MemoryKib: count(19_456, 'KiB', 'Memory of argon2id', 8, 4_194_304),
    argon2Passes: count(2, 'passes', 'Passes of argon2id', 1, 1_000),
    hashConcurrency: count(
      2,
      'passwords',
      "Passwords hashed at a time, on libuv's threads (4 by default)",
      1,
      64,
    ),
    hashWaiting: count(32, 'passwords', 'Passwords that may wait; beyond it `unavailable`', 0, 10_000),
    hashWaitingPerNetwork: count(16, 'passwords', 'The same of one network', 1, 10_000),
    attemptWindowSeconds: seconds(900, 'Window of the limits of attempts', DAY_SECONDS),
    loginsPerNetwork: attempts(100, 'Failed log-ins of one network on all accounts'),
    loginsPerAccountAndNetwork: attempts(10, 'Failed log-ins of one network on one account'),
    loginsPerKnownDevice: attempts(20, 'Failed log-ins of a known device'),
    loginIntervalMs: ms(1_000, 'Pace of a network on one account, beyond its failed log-ins', 1, 60_000),
    loginsWaiting: count(4, 'attempts', 'Such attempts that may wait', 1, 1_000),
    refusalJitterMs: ms(20, 'A refused login waits up to this long, at random, beside its work', 0, 10_000),
    loginsPerAccount: attempts(30, 'Failed log-ins on one account before each further one doubles the wait'),
    accountWaitMaxSeconds: seconds(900, 'Longest such wait', DAY_SECONDS),
    codesPerAccount: attempts(5, 'Wrong codes of one account before each further one doubles the wait'),
    registrationsPerNetwork: attempts(30, 'Registrations of one network'),
    refreshesPerNetwork: attempts(3_000, 'Bad refresh tokens, API keys and external log-ins of a network'),
    refreshesPerSession: attempts(300, 'Refreshes of one session'),
    keyRotationSeconds: seconds(
      30 * DAY_SECONDS,
      'A signing key is replaced at this age',
      3650 * DAY_SECONDS,
      60,
    ),
    keyCheckMs: ms(60_000, 'How often the key file is looked at'),
    revocationRepeatMs: ms(5_000, 'How often revocations in force are published again'),
    externalLoginSeconds: seconds(600, 'Time to log in at an external provider', DAY_SECONDS),
    providerTimeoutSeconds: seconds(5, 'Longest wait for the OpenID provider', DAY_SECONDS),
    sweepIntervalMs: ms(3_600_000, 'How often expired sessions are removed'),
    auditDays: count(400, 'days', 'How long security events are kept', 1, 36_500),
    auditEvents: count(
      1_000_000,
      'events',
      'Security events kept at most; the oldest beyond are removed',
      1_000,
      100_000_000,
    ),
    auditWaiting: count(
      10_000,
      'events',
      'Security events that may wait while the store is away',
      1,
      1_000_000,
    ),
    auditRetryMs: ms(1_000, 'Pause before waiting security events are tried again', 1, 60_000),
    auditCheckMs: ms(
      60_000,
      'How often security events are checked against their hashes, the newest is noted, and old ones are removed',
    ),
    stopTimeoutMs: ms(5_000, 'How long a stop waits for requests under way'),
  },
);

export interface AuthSettings extends ValuesOf<typeof AUTH.own> {
  /** How this process checks tokens. */
  readonly tokens: TokenSettings;
  readonly oidc: readonly OidcSettings[];
}

export interface AuthConfig extends Partial<AuthSettings> {
  /** The key ring; made at the first start. */
  readonly keyFile: string;
}

/** Where the newest security event is noted: beside the key, out of reach of who writes to the store. */
export const auditNoteFile = ({ keyFile }: Pick<AuthConfig, 'keyFile'>): string =>
  join(dirname(keyFile), 'audit-note.json');

/** Access tokens that are being signed while their session is revoked begin this much later at most. */
const SIGNING_MARGIN_MS = 60_000;

/** How long after a revocation, or after the last signature of a key, an access token may still be in force. */
export const tokenLifetimeMs = ({ accessTokenSeconds }: Pick<AuthSettings, 'accessTokenSeconds'>): number =>
  accessTokenSeconds * 1000 + SIGNING_MARGIN_MS;

/** Fills in the defaults. Throws `invalid_setting` for a value that would silently weaken or break the service. */
export function authSettings(config: AuthConfig): AuthSettings & AuthConfig {
  const settings = { ...AUTH.defaults, tokens: TOKENS.defaults, oidc: [], ...config };
  requireValid('auth', AUTH.own, settings);
  return settings;
}

type AuthSource = ValuesOf<typeof AUTH.published & typeof TOKENS.published> & { readonly data: string };

/** What the auth service is told, also by commands that work on accounts without it. */
export function authConfig(settings: AuthSource): AuthConfig {
  return {
    ...AUTH.of(settings),
    tokens: TOKENS.of(settings),
    keyFile: join(settings.data, 'auth-key.json'),
    oidc: oidcClients(settings),
  };
}

function oidcClients(settings: AuthSource): NonNullable<AuthConfig['oidc']> {
  const { oidcIssuer, oidcName, oidcClientId, oidcClientSecret, oidcRedirectUri } = settings;
  if (oidcIssuer === undefined) return [];
  if (oidcClientId === undefined || oidcRedirectUri === undefined) {
    throw new DeltaStreamError(
      'invalid_setting',
      '--oidc-issuer needs --oidc-client-id and --oidc-redirect-uri',
    );
  }
  return [
    {
      name: oidcName,
      issuer: oidcIssuer,
      clientId: oidcClientId,
      clientSecret: oidcClientSecret,
      redirectUri: oidcRedirectUri,
      timeoutSeconds: settings.authProviderTimeoutSeconds,
    },
  ];
}
