import { createHash, createHmac } from 'node:crypto';
import bcrypt from 'bcrypt';
import type { AuthSettings } from '../settings.ts';

export type PasswordAlgorithm = AuthSettings['passwordAlgorithm'];

/** How passwords become text in the store, and how old such text is still understood. */
export interface PasswordScheme {
  hash(password: string): Promise<string>;
  /** False also for text of no known form. */
  matches(password: string, stored: string): Promise<boolean>;
  /** True when `stored` was not made as `hash` makes it now. */
  outdated(stored: string): boolean;
}

export interface PasswordSchemeOptions {
  readonly algorithm: PasswordAlgorithm;
  /** bcrypt's work factor, 4 to 31; the time doubles with each step. */
  readonly bcryptCost: number;
  /** argon2id's memory in KiB and passes, on one lane. */
  readonly argon2MemoryKib: number;
  readonly argon2Passes: number;
  /** Keys the HMAC in front: without it hashes of a stolen database cannot even be guessed at. */
  readonly key: Buffer;
}

/** `$hs256-<algorithm>$k=<key id>$` and then what the algorithm itself writes, in PHC's manner. */
const STORED = /^\$hs256-(bcrypt|argon2id)\$k=([\w-]{8})(\$.+)$/;

/**
 * bcrypt or argon2id over base64(HMAC-SHA-256(key, NFKC(password))). bcrypt alone stops reading at 72 bytes
 * and at a zero byte, and a password must not depend on how a keyboard composes its letters. Text of the
 * first release, `$2b$...` over base64(SHA-256(NFKC(password))), is understood and outdated.
 */
export function createPasswordScheme(options: PasswordSchemeOptions): PasswordScheme {
  const { algorithm, bcryptCost, argon2MemoryKib, argon2Passes, key } = options;
  const keyId = createHash('sha256').update(key).digest('base64url').slice(0, 8);
  const digest = (password: string) =>
    createHmac('sha256', key).update(password.normalize('NFKC')).digest('base64');
  const settings =
    algorithm === 'bcrypt'
      ? new RegExp(`^\\$2b\\$${String(bcryptCost).padStart(2, '0')}\\$`)
      : new RegExp(`^\\$argon2id\\$v=19\\$m=${argon2MemoryKib},t=${argon2Passes},p=1\\$`);

  const compute = async (input: string): Promise<string> => {
    if (algorithm === 'bcrypt') return bcrypt.hash(input, bcryptCost);
    const argon2 = await import('@node-rs/argon2');
    return argon2.hash(input, { memoryCost: argon2MemoryKib, timeCost: argon2Passes, parallelism: 1 });
  };

  return {
    hash: async (password) => `$hs256-${algorithm}$k=${keyId}${await compute(digest(password))}`,
    async matches(password, stored) {
      const parts = STORED.exec(stored);
      if (parts === null) return bcrypt.compare(firstDigest(password), stored);
      const [, kind, storedKeyId, inner] = parts;
      if (storedKeyId !== keyId) {
        // As much work as for any other account, so that the time does not say that this one exists.
        await compute(digest(password));
        return false;
      }
      if (kind === 'bcrypt') return bcrypt.compare(digest(password), inner);
      const argon2 = await import('@node-rs/argon2');
      return argon2.verify(inner, digest(password));
    },
    outdated(stored) {
      const [, kind, storedKeyId, inner] = STORED.exec(stored) ?? [];
      return kind !== algorithm || storedKeyId !== keyId || !settings.test(inner);
    },
  };
}

const firstDigest = (password: string): string =>
  createHash('sha256').update(password.normalize('NFKC')).digest('base64');
