import { SignJWT } from 'jose';
import { ACCESS_TOKEN_TYPE, TOKEN_ALGORITHM } from '../../kit/token.ts';
import type { User } from '../../ports/user-store.ts';
import type { SigningKey } from './signing-key.ts';

export interface AccessTokenOptions {
  readonly issuer: string;
  readonly audience: string;
  readonly lifetimeSeconds: number;
}

/** Signs a JWT (RFC 9068) that names the user and the session it belongs to. */
export function signAccessToken(
  key: SigningKey,
  { issuer, audience, lifetimeSeconds }: AccessTokenOptions,
  { id, email, role }: User,
  sessionId: string,
  nowMs: number,
): Promise<string> {
  const issuedAt = Math.floor(nowMs / 1000);
  return new SignJWT({ sid: sessionId, role, email })
    .setProtectedHeader({ alg: TOKEN_ALGORITHM, typ: ACCESS_TOKEN_TYPE, kid: key.kid })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject(id)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + lifetimeSeconds)
    .sign(key.privateKey);
}
