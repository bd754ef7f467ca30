import type { Scope } from '@deltastream/contracts';
import { SignJWT } from 'jose';
import { ACCESS_TOKEN_TYPE, TOKEN_ALGORITHM } from '../../../kit/tokens/token.ts';
import type { User } from '../../../ports/stores/users/user-store.ts';
import type { SigningKey } from '../secrets/key-ring.ts';

export interface AccessTokenOptions {
  readonly issuer: string;
  readonly audience: string;
  readonly lifetimeSeconds: number;
}

/** What a token is good for: a person's session, or an API key within its scopes. */
export interface TokenGrant {
  readonly user: Pick<User, 'id' | 'email' | 'role'>;
  readonly sessionId: string;
  readonly scopes?: readonly Scope[];
}

/** Signs a JWT (RFC 9068) that names the user and the session it belongs to. */
export function signAccessToken(
  key: SigningKey,
  { issuer, audience, lifetimeSeconds }: AccessTokenOptions,
  { user, sessionId, scopes }: TokenGrant,
  nowMs: number,
): Promise<string> {
  const issuedAt = Math.floor(nowMs / 1000);
  const scope = scopes && { scope: scopes.join(' ') };
  return new SignJWT({ sid: sessionId, role: user.role, email: user.email, ...scope })
    .setProtectedHeader({ alg: TOKEN_ALGORITHM, typ: ACCESS_TOKEN_TYPE, kid: key.kid })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject(user.id)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + lifetimeSeconds)
    .sign(key.privateKey);
}
