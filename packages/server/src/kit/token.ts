import { ROLES, type Role } from '@deltastream/contracts';
import type { FastifyRequest, preHandlerAsyncHookHandler } from 'fastify';
import { createLocalJWKSet, type JWK, type JWTPayload, jwtVerify } from 'jose';
import type { Clock } from '../ports/clock.ts';
import { DeltaStreamError } from './errors.ts';

export const TOKEN_ALGORITHM = 'ES256';
/** RFC 9068: nothing but an access token has this type, whatever else the same key may sign one day. */
export const ACCESS_TOKEN_TYPE = 'at+jwt';

/** Who sent a request, as the access token says. */
interface Identity {
  readonly userId: string;
  readonly email: string;
  readonly role: Role;
  readonly sessionId: string;
  /** Seconds since the Unix epoch. */
  readonly exp: number;
}

export interface TokenVerifier {
  /** Rejects with `invalid_token` when the token is malformed, forged, expired or meant for another audience. */
  verify(token: string): Promise<Identity>;
}

export interface TokenVerifierOptions {
  /** Public keys, each with its `kid`. */
  readonly keys: readonly JWK[];
  readonly issuer: string;
  readonly audience: string;
  readonly clock: Clock;
}

/** Checks access tokens with public keys alone: no call to the auth service, no shared secret. */
export function createTokenVerifier({ keys, issuer, audience, clock }: TokenVerifierOptions): TokenVerifier {
  const keySet = createLocalJWKSet({ keys: [...keys] });
  const rules = {
    algorithms: [TOKEN_ALGORITHM],
    typ: ACCESS_TOKEN_TYPE,
    issuer,
    audience,
    requiredClaims: ['exp', 'iat', 'sub', 'sid', 'role', 'email'],
  };
  return {
    async verify(token) {
      try {
        const { payload } = await jwtVerify(token, keySet, { ...rules, currentDate: new Date(clock.now()) });
        return identityOf(payload);
      } catch (error) {
        throw new DeltaStreamError('invalid_token', 'the access token is malformed, expired or not ours', {
          cause: error,
        });
      }
    },
  };
}

function identityOf({ sub, email, role, sid, exp }: JWTPayload): Identity {
  const known = ROLES.find((each) => each === role);
  if (
    known === undefined ||
    typeof sub !== 'string' ||
    typeof email !== 'string' ||
    typeof sid !== 'string'
  ) {
    throw new TypeError('a claim has the wrong type');
  }
  return { userId: sub, email, role: known, sessionId: sid, exp: exp as number };
}

/** The token of `Authorization: Bearer`, or null when there is none. */
export function bearerToken(request: FastifyRequest): string | null {
  const [, token] = /^Bearer +([A-Za-z0-9._~+/=-]+) *$/i.exec(request.headers.authorization ?? '') ?? [];
  return token ?? null;
}

/**
 * Lets a request pass when its token carries this role or a higher one (in the order of `ROLES`).
 * Throws `unauthenticated` without a token, `invalid_token` for a bad one, `forbidden` for a lower role.
 */
export function requireRole(verifier: TokenVerifier, minimum: Role): preHandlerAsyncHookHandler {
  return async (request) => {
    const token = bearerToken(request);
    if (token === null) throw new DeltaStreamError('unauthenticated', 'the request carries no bearer token');
    const { role } = await verifier.verify(token);
    if (ROLES.indexOf(role) < ROLES.indexOf(minimum)) {
      throw new DeltaStreamError('forbidden', `this route needs the role ${minimum}`);
    }
  };
}
