import { createHash } from 'node:crypto';
import bcrypt from 'bcrypt';
import type { Turns } from './turns.ts';

export interface PasswordHasher {
  /** Answers a bcrypt hash. */
  hash(password: string): Promise<string>;
  /** Compares with a hash; without one it does the same work and answers false. */
  matches(password: string, hash: string | null): Promise<boolean>;
}

export interface PasswordHasherOptions {
  /** bcrypt's work factor, 4 to 31; the time doubles with each step. */
  readonly cost: number;
  readonly turns: Turns;
  /** Called at each computation. */
  readonly onComputation: () => void;
}

/** Hashes passwords in turn, on libuv's threads, so that log-ins hold up neither each other's nor other work. */
export async function createPasswordHasher(options: PasswordHasherOptions): Promise<PasswordHasher> {
  const { cost, turns, onComputation } = options;
  /** What an unknown account is compared with, so that the answer takes as long as for a known one. */
  const nobody = await hashPassword('', cost);
  const compute = <T>(work: () => Promise<T>) =>
    turns.take(() => {
      onComputation();
      return work();
    });

  return {
    hash: (password) => compute(() => hashPassword(password, cost)),
    async matches(password, hash) {
      const equal = await compute(() => bcrypt.compare(digest(password), hash ?? nobody));
      return equal && hash !== null;
    },
  };
}

/**
 * bcrypt over base64(SHA-256(NFKC(password))): bcrypt alone stops reading at 72 bytes and at a zero byte,
 * and a password must not depend on how a keyboard composes its letters.
 */
export const hashPassword = (password: string, cost: number): Promise<string> =>
  bcrypt.hash(digest(password), cost);

const digest = (password: string): string =>
  createHash('sha256').update(password.normalize('NFKC')).digest('base64');
