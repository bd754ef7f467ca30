import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/**
 * `familyId.secret`, both random. The family id is as secret as the rest: access tokens and logs carry the
 * session id derived from it, so that only someone who held a token of the family can present its id, and a
 * known family with a wrong secret means reuse.
 */
export interface RefreshToken {
  readonly familyId: string;
  readonly secret: string;
}

const FAMILY_BYTES = 16; // Unique without coordination, as a UUID.
const SECRET_BYTES = 32; // Cannot be guessed, and its plain hash not reversed.
const FORMAT = /^([\w-]{22})\.([\w-]{43})$/;

export const newFamilyId = (): string => randomBytes(FAMILY_BYTES).toString('base64url');
export const newSecret = (): string => randomBytes(SECRET_BYTES).toString('base64url');

/**
 * The one successor of a token. It follows from the token and a key of this service, so that a
 * repeated exchange returns the same without anything being stored.
 */
export const successorOf = (key: Buffer, { familyId, secret }: RefreshToken): string =>
  createHmac('sha256', key).update(`${familyId}.${secret}`).digest('base64url');

export const formatRefreshToken = ({ familyId, secret }: RefreshToken): string => `${familyId}.${secret}`;

export function parseRefreshToken(text: string): RefreshToken | null {
  const match = FORMAT.exec(text);
  return match === null ? null : { familyId: match[1], secret: match[2] };
}

/** What is stored of a secret; 256 random bits need no slow hash. */
export const hashSecret = (secret: string): string => createHash('sha256').update(secret).digest('hex');

export function isSecretOf(secret: string, storedHash: string | null): boolean {
  if (storedHash === null) return false;
  const given = Buffer.from(hashSecret(secret));
  const stored = Buffer.from(storedHash);
  return given.length === stored.length && timingSafeEqual(given, stored);
}

/** Names the session in access tokens and logs without giving its family id away. */
export const sessionIdOf = (familyId: string): string =>
  createHash('sha256').update(`session ${familyId}`).digest('base64url').slice(0, 22);
