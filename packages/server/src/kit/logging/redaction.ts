/** Names of fields whose values never reach a log. */
export const SECRET_FIELDS = [
  'password',
  'new_password',
  'current_password',
  'token',
  'access_token',
  'refresh_token',
  'api_key',
  'apiKey',
  'secret',
  'client_secret',
  'authorization',
  'cookie',
  '["set-cookie"]',
] as const;

const SECRET_NAMES: ReadonlySet<string> = new Set(
  SECRET_FIELDS.map((field) => field.replace(/^\["|"\]$/g, '')),
);

export const isSecretField = (name: string): boolean => SECRET_NAMES.has(name);

export const REMOVED = '[removed]';

/** Where a word begins in a line of JSON, in which a line break is a letter that stands behind a backslash. */
const BEGIN = String.raw`(?<=^|[^\w]|\\[bfnrt])`;
/** The same, and not behind a hyphen: else a long text would be read again from each of many beginnings. */
const BEGIN_OF_SIGNED = String.raw`(?<=^|[^\w-]|\\[bfnrt])`;

/** What of a text gives a secret away: a password in a URL, a bearer token, a JSON web token, a key of ours. */
const SECRETS: readonly (readonly [hint: string, pattern: RegExp, replacement: string])[] = [
  ['://', /(:\/\/[^\s/:@"]*):[^\s/@"]+@/g, `$1:${REMOVED}@`],
  ['earer ', new RegExp(`${BEGIN}([Bb]earer )[\\w.~+/=-]{8,}`, 'g'), `$1${REMOVED}`],
  ['eyJ', new RegExp(`${BEGIN_OF_SIGNED}eyJ[\\w-]{5,}\\.[\\w-]{5,}\\.[\\w-]*`, 'g'), REMOVED],
  ['ds_', new RegExp(`${BEGIN}ds_[0-9a-f]{16}_[0-9a-f]{64}\\b`, 'g'), REMOVED],
];

/** The line without what looks like a secret, wherever it stands. A line that has no hint of one is not searched. */
export function withoutSecrets(line: string): string {
  let kept = line;
  for (const [hint, pattern, replacement] of SECRETS) {
    if (kept.includes(hint)) kept = kept.replace(pattern, replacement);
  }
  return kept;
}
