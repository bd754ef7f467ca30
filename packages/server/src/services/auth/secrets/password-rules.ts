import { readFile } from 'node:fs/promises';
import { DeltaStreamError } from '../../../kit/errors.ts';

export interface PasswordRules {
  /**
   * Throws `weak_password` for a password that guessers try first, and `invalid_request` for one that is too
   * short or too long. `context` is what others know of the account: its email, its name.
   */
  check(password: string, context: readonly string[]): void;
}

const MIN_PASSWORD = 8; // NIST SP 800-63B, for an account that may have a second factor.
const MAX_PASSWORD = 256; // Bounds the work of a hash; above what SP 800-63B asks to permit (64).

const LIST = new URL('./common-passwords.txt', import.meta.url);
const COMMENT = /^#( |$)/;
const PLATFORM_WORDS = ['deltastream', 'delta', 'stream'];
const MIN_CONTEXT_WORD = 4; // A shorter part of a name is in too many good passwords.
/** Characters a password must have besides what others know. */
const MIN_OWN_CHARACTERS = 5;
/** What people put around a common password to please a rule: an exclamation mark, a year. */
const MAX_DECORATION = 6;
const MIN_DISTINCT = 4; // Fewer are a key that was held down.

/** Length, a list of common passwords and what is known of the account; never rules on kinds of characters. */
export async function loadPasswordRules(): Promise<PasswordRules> {
  const lines = (await readFile(LIST, 'utf8')).split('\n').filter((line) => !COMMENT.test(line));
  // One text: as a set of strings the list would take ten times the memory, and it is searched once a new password.
  const list = `\n${lines.join('\n')}\n`;
  const isListed = (text: string): boolean => !text.includes('\n') && list.includes(`\n${text}\n`);

  const isCommon = (text: string): boolean => {
    const plain = withoutSubstitutes(text);
    if (isListed(text) || isListed(plain)) return true;
    const core = text.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '');
    const bare = core.length >= MIN_CONTEXT_WORD && text.length - core.length <= MAX_DECORATION;
    return bare && (isListed(core) || isListed(withoutSubstitutes(core)));
  };

  return {
    check(password, context) {
      const text = password.normalize('NFKC').toLowerCase();
      const length = [...text].length;
      if (length < MIN_PASSWORD || length > MAX_PASSWORD) {
        throw new DeltaStreamError(
          'invalid_request',
          `password: must have ${MIN_PASSWORD} to ${MAX_PASSWORD} characters`,
        );
      }
      if (isCommon(text)) throw weak('it is one of the most common, or close to one');
      if (isMonotonous(text)) throw weak('it repeats or counts through a few characters');
      if (ownCharacters(text, context) < MIN_OWN_CHARACTERS) {
        throw weak('it is made of the email, the name or the platform');
      }
    },
  };
}

const SUBSTITUTES: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
  '!': 'i',
};

const withoutSubstitutes = (text: string): string =>
  text.replace(/[013457@$!]/g, (sign) => SUBSTITUTES[sign]);

function isMonotonous(text: string): boolean {
  const codes = [...text].map((character) => character.codePointAt(0) ?? 0);
  const step = codes[1] - codes[0];
  const counts = Math.abs(step) === 1 && codes.every((code, i) => i === 0 || code - codes[i - 1] === step);
  return counts || new Set(codes).size < MIN_DISTINCT || /^(.{1,5})\1+$/u.test(text);
}

/** How many characters are left without the words that others know. */
function ownCharacters(text: string, context: readonly string[]): number {
  const words = context
    .flatMap((each) => [each, ...each.split(/[^\p{L}\p{N}]+/u)])
    .map((word) => word.normalize('NFKC').toLowerCase())
    .filter((word) => word.length >= MIN_CONTEXT_WORD);
  const longestFirst = [...words, ...PLATFORM_WORDS].toSorted((a, b) => b.length - a.length);
  const rest = longestFirst.reduce((left, word) => left.replaceAll(word, ''), text);
  return rest.length;
}

const weak = (why: string) => new DeltaStreamError('weak_password', `password: ${why}`);
