import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { systemClock } from '../../ports/clock.ts';
import { createDenylist } from './denylist.ts';
import { createKeySet } from './keys.ts';
import type { TokenVerifier } from './token.ts';
import { createTokenVerifier } from './verifier.ts';

/** A verifier, and tokens that it accepts. */
export async function createTokens(): Promise<{
  readonly verifier: TokenVerifier;
  tokenOf(role: string): Promise<string>;
}> {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const keys = createKeySet([{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'ES256' }]);
  const denylist = createDenylist({ clock: systemClock });
  return {
    verifier: createTokenVerifier({ keys, issuer: 'i', audience: 'a', clock: systemClock, denylist }),
    tokenOf: (role) =>
      new SignJWT({ sid: 's', role, email: 'a@example.com' })
        .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'k' })
        .setIssuer('i')
        .setAudience('a')
        .setSubject('u')
        .setIssuedAt()
        .setExpirationTime('5m')
        .sign(privateKey),
  };
}
