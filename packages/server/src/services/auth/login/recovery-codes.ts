import { createHash, randomBytes } from 'node:crypto';
import { base32 } from './totp.ts';

const CODES = 10;
/** 120 bits, so that a plain hash of a code cannot be guessed back. */
const CODE_BYTES = 15;
const FORMAT = /^[A-Z2-7]{24}$/;

/** Ten codes in groups of four for people to write down. */
export const newRecoveryCodes = (): string[] =>
  Array.from({ length: CODES }, () => base32(randomBytes(CODE_BYTES)).replace(/(.{4})(?=.)/g, '$1-'));

/** What is stored of a code, however its groups are written; null for what is not one. */
export function hashRecoveryCode(code: string): string | null {
  const letters = code.replace(/[\s-]/g, '').toUpperCase();
  return FORMAT.test(letters) ? createHash('sha256').update(letters).digest('hex') : null;
}
