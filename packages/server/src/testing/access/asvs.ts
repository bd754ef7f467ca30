/** One requirement of OWASP ASVS 5.0.0, in our words, and what shows that it holds. */
export interface AsvsRow {
  readonly id: string;
  readonly requirement: string;
  /** What was measured or counted, or how it is done. */
  readonly shown: string;
  /** A file from the repository's root and the title of a test in it; without one the requirement is not met. */
  readonly evidence: readonly [file: string, test: string] | null;
  /** What is missing where the requirement is met in part. */
  readonly gap?: string;
}

const AUTH = 'packages/server/src/services/auth';
const SERVER = 'packages/server/src';

export const ASVS: readonly AsvsRow[] = [
  {
    id: '1.2.4',
    requirement: 'No injection into queries',
    shown: '10 hostile values in every field of 17 routes: 400, 0 queries',
    evidence: [
      `${AUTH}/http/hostile-bodies.integration.test.ts`,
      'refuses operators, prototypes, lists and deep values in every field, before any query',
    ],
  },
  {
    id: '2.2.1',
    requirement: 'Input is validated against what is expected',
    shown: '`__proto__`, unknown fields, 5,000 levels: 400; 70 kB: 413; forms: 415; 0 queries',
    evidence: [
      `${AUTH}/http/hostile-bodies.integration.test.ts`,
      'refuses bodies that are not an object of its fields, before any query',
    ],
  },
  {
    id: '2.3.4',
    requirement: 'Nothing can be had twice by asking at the same time',
    shown: '100 concurrent registrations of one address in 4 spellings: 1 user',
    evidence: [
      `${AUTH}/login/password-log-in.integration.test.ts`,
      'makes one account of many simultaneous registrations of one address in its spellings',
    ],
  },
  {
    id: '3.3.1',
    requirement: 'Cookies are Secure, with a prefix that says so',
    shown: 'Secure over https; without the prefix, because a trader at home uses plain http',
    evidence: null,
  },
  {
    id: '3.3.4',
    requirement: 'Cookies that scripts need not read are HttpOnly',
    shown: 'the one cookie marks a known device and is no credential',
    evidence: [
      `${AUTH}/throttle/throttle.integration.test.ts`,
      'marks a device at its first login with a cookie that scripts cannot read',
    ],
  },
  {
    id: '6.1.1',
    requirement: 'Throttling is documented, malicious lockout included',
    shown: '[auth.md](auth.md#guessing)',
    evidence: [
      `${AUTH}/throttle/throttle.integration.test.ts`,
      'slows a network down that has tried many accounts, and refuses what comes faster',
    ],
  },
  {
    id: '6.2.1',
    requirement: 'Passwords have 8 characters or more, 15 advised',
    shown: '8 to 256 code points',
    evidence: [`${AUTH}/secrets/password-rules.unit.test.ts`, 'refuse the length of %j'],
  },
  {
    id: '6.2.3',
    requirement: 'A change of password needs the present one',
    shown: 'and ends every other session',
    evidence: [
      `${AUTH}/accounts/account.integration.test.ts`,
      'needs the present one, and ends every other session',
    ],
  },
  {
    id: '6.2.4',
    requirement: 'Passwords are checked against the 3,000 most common',
    shown: '11,611 of 8 characters or more, 100% refused',
    evidence: [
      `${AUTH}/secrets/password-rules.unit.test.ts`,
      'know every password of their list, which has at least 3,000 that are long enough',
    ],
  },
  {
    id: '6.2.5',
    requirement: 'No rules on kinds of characters',
    shown: 'any script',
    evidence: [`${AUTH}/secrets/password-rules.unit.test.ts`, 'take %j, whatever kinds of characters it has'],
  },
  {
    id: '6.2.8',
    requirement: 'Passwords are verified as they are, never cut',
    shown: 'all 256 characters count; NFKC, so that keyboards agree, is the one change',
    evidence: [
      `${AUTH}/secrets/password-hasher.unit.test.ts`,
      'reads a password beyond the 72 bytes of bcrypt, and beyond a zero byte',
    ],
  },
  {
    id: '6.2.11',
    requirement: 'Words of the context are refused',
    shown: 'the platform, the email, the name',
    evidence: [`${AUTH}/secrets/password-rules.unit.test.ts`, 'refuse %j as weak'],
  },
  {
    id: '6.2.12',
    requirement: 'Passwords are checked against known breaches',
    shown: 'the bundled list comes from breaches',
    gap: 'no larger list or service is asked',
    evidence: [`${AUTH}/login/password-log-in.integration.test.ts`, 'refuses what guessers try first'],
  },
  {
    id: '6.3.1',
    requirement: 'Guessing and credential stuffing are stopped',
    shown: '10,000 guesses inside one /64 with forged X-Forwarded-For: 10 looked at; the owner logs in',
    evidence: [
      `${AUTH}/throttle/throttle.integration.test.ts`,
      'lets 10 of 10,000 guesses through that rotate inside one /64 and claim other addresses',
    ],
  },
  {
    id: '6.3.2',
    requirement: 'No default accounts',
    shown: 'registration makes viewers; other roles by the operator',
    evidence: [
      `${AUTH}/login/password-log-in.integration.test.ts`,
      'refuses what does not fit, and never a role chosen by the caller',
    ],
  },
  {
    id: '6.3.3',
    requirement: 'A second factor is used',
    shown: 'offered (TOTP), not enforced; none resists phishing',
    evidence: null,
  },
  {
    id: '6.3.4',
    requirement: 'Every way to log in is as strong as the others',
    shown: 'the second factor is asked for after a password and after a provider alike; API keys have scopes',
    evidence: [
      `${AUTH}/login/external/external-login.integration.test.ts`,
      'asks for the second factor of the account',
    ],
  },
  {
    id: '6.3.5',
    requirement: 'Users are notified of suspicious logins',
    shown: 'the platform sends no messages',
    evidence: null,
  },
  {
    id: '6.3.8',
    requirement: 'Accounts cannot be deduced from refused logins',
    shown:
      'n = 1,000 each: Kolmogorov-Smirnov distance < 0.1, so that a threshold is right at most 55 times in 100',
    gap: 'registration tells that an email is taken, because no message can be sent instead',
    evidence: [
      `${AUTH}/login/login-time.integration.test.ts`,
      'a refused login takes as long for a known as for an unknown account',
    ],
  },
  {
    id: '6.4.3',
    requirement: 'A forgotten password can be reset securely',
    shown: "the operator's `user reset`; ends sessions, leaves the second factor",
    evidence: [
      `${AUTH}/accounts/reset-user.integration.test.ts`,
      'gives a new password and ends the sessions, but does not bypass the second factor',
    ],
    gap: 'by the operator only: the platform sends no messages',
  },
  {
    id: '6.5.1',
    requirement: 'One-time codes work once',
    shown: '20 logins at the same time with one code: 1 passes',
    evidence: [
      `${AUTH}/login/second-factor.integration.test.ts`,
      'takes each code once, also of many at the same time, and no earlier one after it',
    ],
  },
  {
    id: '6.5.2',
    requirement: 'Recovery codes of 112 bits or more may be stored under a plain hash',
    shown: '120 bits, SHA-256',
    evidence: [
      `${AUTH}/login/totp.unit.test.ts`,
      'are ten, of 120 bits, and known however their groups are written',
    ],
  },
  {
    id: '6.5.5',
    requirement: 'Codes live 30 s',
    shown: 'RFC 6238 vectors, single use',
    evidence: [`${AUTH}/login/totp.unit.test.ts`, 'are good one step early and one step late'],
    gap: 'one step early or late is taken, for clocks that differ',
  },
  {
    id: '6.5.6',
    requirement: 'A lost factor can be revoked',
    shown: 'with password and a code or recovery code',
    evidence: [`${AUTH}/login/second-factor.integration.test.ts`, 'is removed with password and code'],
  },
  {
    id: '6.8.1',
    requirement: 'Identities of one provider cannot pass as those of another',
    shown: 'found by issuer and subject; an email never takes an account over',
    evidence: [
      `${AUTH}/login/external/external-login.integration.test.ts`,
      'never takes over an account with the same email; its owner links it',
    ],
  },
  {
    id: '6.8.2',
    requirement: "Signatures of a provider's assertions are always checked",
    shown: 'forged ID tokens: 100% refused',
    evidence: [`${AUTH}/login/external/external-login.integration.test.ts`, 'refuses forged ID tokens'],
  },
  {
    id: '7.1.2',
    requirement: 'The number of sessions is bounded and documented',
    shown: '50; one more ends the oldest',
    evidence: [`${AUTH}/accounts/account.integration.test.ts`, 'are bounded: one more ends the oldest'],
  },
  {
    id: '7.2.3',
    requirement: 'Reference tokens have 128 random bits or more',
    shown: '384 bits; stored as SHA-256',
    evidence: [`${AUTH}/sessions/refresh.integration.test.ts`, 'stores no token, only hashes'],
  },
  {
    id: '7.3.1',
    requirement: 'Sessions end when idle',
    shown: '30 days by default',
    evidence: [
      `${AUTH}/sessions/refresh.integration.test.ts`,
      'extends a session at each use, and ends it 30 days after the last',
    ],
  },
  {
    id: '7.3.2',
    requirement: 'Sessions end however much they are used',
    shown: '90 days by default',
    evidence: [
      `${AUTH}/sessions/refresh.integration.test.ts`,
      'ends a session 90 days after its login, however often it is used',
    ],
  },
  {
    id: '7.4.1',
    requirement: 'After its end a session is of no use',
    shown: 'refresh racing logout 1,000 times: 0 live tokens after; elsewhere within 1 s',
    evidence: [
      `${AUTH}/sessions/refresh-race.integration.test.ts`,
      'leaves no live token behind when it races a revocation',
    ],
  },
  {
    id: '7.4.2',
    requirement: 'Deleting an account ends its sessions',
    shown: 'and its API keys; also those of logins at the same time',
    evidence: [
      `${AUTH}/accounts/account.integration.test.ts`,
      'leaves no session of a login at the same time',
    ],
  },
  {
    id: '7.4.3',
    requirement: 'A change of factors ends other sessions',
    shown: 'password and second factor; 30 races with 4 logins each: 0 left',
    evidence: [
      `${AUTH}/accounts/account.integration.test.ts`,
      'leaves no session of a login under the old password, however they meet',
    ],
  },
  {
    id: '7.4.5',
    requirement: 'Administrators can end sessions',
    shown:
      'of one user at `/api/admin/users`, which lists them, too; all at once, by `keys rotate --withdraw`',
    evidence: [
      `${AUTH}/accounts/users/user-administration.integration.test.ts`,
      'ends the sessions of an account, and no others',
    ],
  },
  {
    id: '7.5.1',
    requirement: 'Changing what authenticates needs authentication again',
    shown: 'password, or a login of the last 10 minutes where there is none',
    evidence: [
      `${AUTH}/accounts/account.integration.test.ts`,
      'of one without a password needs a fresh login',
    ],
  },
  {
    id: '7.5.2',
    requirement: 'Users see and end their sessions',
    shown: 'one by one or all',
    gap: 'without the password again, because ending a session is urgent',
    evidence: [
      `${AUTH}/accounts/account.integration.test.ts`,
      'are revoked one by one, those of others never',
    ],
  },
  {
    id: '8.2.1',
    requirement: 'Functions are for those who may use them',
    shown: 'roles in order; an API key needs its scope as well',
    evidence: [
      'packages/server/src/kit/access/access.unit.test.ts',
      '%j for %s: the role in order, and of an API key the scope',
    ],
  },
  {
    id: '9.1.1',
    requirement: 'Tokens are believed for their signature',
    shown: 'changed, zero, random, DER, cut: 100% refused on 8 places',
    evidence: [
      `${SERVER}/testing/access/token-attacks.integration.test.ts`,
      'are refused by every service and the socket, all of them, while a good one is let in',
    ],
  },
  {
    id: '9.1.2',
    requirement: 'Algorithms are on a list of one',
    shown: 'none, HS256 under the public key, RS256, ES384: 100% refused',
    evidence: [
      `${AUTH}/sessions/access-token.unit.test.ts`,
      'are refused in every forged form, before and after a good one was remembered',
    ],
  },
  {
    id: '9.1.3',
    requirement: 'Keys come from where they were configured',
    shown: '`kid` as path, SQL, object; `jwk`, `jku`, `x5u`, `x5c`, `crit`: 100% refused',
    evidence: [
      `${SERVER}/testing/access/token-attacks.integration.test.ts`,
      'are refused by every service and the socket, all of them, while a good one is let in',
    ],
  },
  {
    id: '9.2.1',
    requirement: 'Tokens are good within their time only',
    shown: 'expired, `nbf` and `iat` in the future, none: 100% refused; a remembered token ends, too',
    evidence: [`${AUTH}/sessions/access-token.unit.test.ts`, 'end at their expiry, remembered or not'],
  },
  {
    id: '9.2.2',
    requirement: 'Tokens are of the type that is asked for',
    shown: '`JWT`, `id+jwt`, none: 100% refused',
    evidence: [
      `${AUTH}/sessions/access-token.unit.test.ts`,
      'are refused in every forged form, before and after a good one was remembered',
    ],
  },
  {
    id: '9.2.3',
    requirement: 'Tokens are for this audience',
    shown: 'another, a list, none: 100% refused; another issuer likewise',
    evidence: [
      `${SERVER}/testing/access/token-attacks.integration.test.ts`,
      'are refused by every service and the socket, all of them, while a good one is let in',
    ],
  },
  {
    id: '10.1.2',
    requirement: 'What a provider sends belongs to the flow that was begun here',
    shown: 'sealed flow with state, nonce and PKCE; swapped, changed, replayed, late: refused',
    evidence: [
      `${AUTH}/login/external/external-login.integration.test.ts`,
      'refuses what does not belong to the flow',
    ],
  },
  {
    id: '10.4.5',
    requirement: 'Replay of a refresh token revokes all that descend from it',
    shown:
      '50 concurrent refreshes: 1 successor; the parent within 10 s gets it again; a grandparent revokes',
    evidence: [
      `${AUTH}/sessions/refresh.integration.test.ts`,
      'revokes the family at once when a grandparent comes back',
    ],
  },
  {
    id: '10.4.8',
    requirement: 'Refresh tokens have an absolute expiry',
    shown: '90 days by default',
    evidence: [
      `${AUTH}/sessions/refresh.integration.test.ts`,
      'ends a session 90 days after its login, however often it is used',
    ],
  },
  {
    id: '10.5.1',
    requirement: 'ID tokens cannot be replayed',
    shown: 'another nonce, audience, issuer, time: refused',
    evidence: [`${AUTH}/login/external/external-login.integration.test.ts`, 'refuses forged ID tokens'],
  },
  {
    id: '10.5.2',
    requirement: 'Users are identified by what is never given to another',
    shown: 'the subject; a changed email changes nothing',
    evidence: [
      `${AUTH}/login/external/external-login.integration.test.ts`,
      'makes an account at the first time and finds it at the next, whatever the email is by then',
    ],
  },
  {
    id: '11.2.2',
    requirement: 'Algorithms and keys can be replaced',
    shown: 'hashes name their algorithm and are replaced at login; signing keys rotate',
    evidence: [
      `${AUTH}/login/password-log-in.integration.test.ts`,
      'replaces a hash that is out of date at the next right password, and keeps the sessions',
    ],
  },
  {
    id: '11.3.3',
    requirement: 'Encrypted data cannot be changed unnoticed',
    shown: 'AES-256-GCM; every byte flipped: refused',
    evidence: [`${AUTH}/login/totp.unit.test.ts`, 'opens nothing that was changed anywhere'],
  },
  {
    id: '11.4.2',
    requirement: 'Passwords are stored under a slow hash',
    shown: 'bcrypt cost 12 or argon2id (19 MiB, 2 passes) over a keyed HMAC',
    evidence: [
      `${AUTH}/secrets/password-hasher.unit.test.ts`,
      'matches nothing without the key, so that a stolen database cannot be guessed at',
    ],
  },
  {
    id: '13.3.1',
    requirement: 'Secrets are kept apart and protected',
    shown: 'one key file, mode 0600, checked at every start',
    gap: 'a file, not a vault',
    evidence: [
      `${AUTH}/secrets/key-file.integration.test.ts`,
      'refuses a file that others may use (mode %o)',
    ],
  },
  {
    id: '16.2.5',
    requirement: 'Logs hold no credentials',
    shown: 'no password, token, key, code, hash or email in any entry',
    evidence: [`${AUTH}/service.integration.test.ts`, 'logs no password, token or hash'],
  },
  {
    id: '16.3.1',
    requirement: 'Authentication is logged, successful or not',
    shown: '20 events, kept by the logging service, and as a chain of hashes in the user store',
    evidence: [
      `${AUTH}/audit/audit.integration.test.ts`,
      'security events are kept by the logging service and in the trail, in order, without secrets or emails',
    ],
  },
  {
    id: '16.3.2',
    requirement: 'Refused authorisation is logged',
    shown: 'counted in metrics by action and code, not logged one by one',
    evidence: null,
  },
  {
    id: '16.5.3',
    requirement: 'Failures do not open anything',
    shown: 'with the bus away a logout still holds here and in the store',
    evidence: [
      `${AUTH}/sessions/revocation.integration.test.ts`,
      'holds here and in the store when the bus is away',
    ],
  },
];

/** `docs/asvs.md`. */
export function renderAsvs(rows: readonly AsvsRow[] = ASVS): string {
  const missed = rows.filter(({ evidence }) => evidence === null).length;
  const inPart = rows.filter(({ gap }) => gap !== undefined).length;
  const lines = rows.map(({ id, requirement, shown, evidence, gap }) => {
    const figure = gap === undefined ? shown : `${shown}. **In part**: ${gap}`;
    return `| ${id} | ${requirement} | ${figure} | ${evidence === null ? '**not met**' : proofOf(evidence)} |`;
  });
  return [
    '# Accounts against OWASP ASVS 5.0.0',
    '',
    `${rows.length - missed - inPart} requirements are met and ${inPart} in part, each with the test that shows it; ${missed} are not met.`,
    'Ids are those of version 5.0.0; requirements are in our words. Those on pages, TLS and files are not the',
    "auth service's. Generated by `node .ci/write-asvs.ts`; a test fails when this page or a test's title drifts.",
    '',
    '| ASVS | requirement | figure or way | test |',
    '|---|---|---|---|',
    ...lines,
    '',
  ].join('\n');
}

const proofOf = ([file, test]: readonly [string, string]): string =>
  `[${file.slice(file.lastIndexOf('/') + 1)}](../${file}): ${test}`;
