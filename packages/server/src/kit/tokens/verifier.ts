import { type KeyObject, verify as verifySignature } from 'node:crypto';
import type { Scope } from '@deltastream/contracts';
import type { Clock } from '../../ports/clock.ts';
import { DeltaStreamError } from '../errors.ts';
import { createGrowingCache } from '../growing-cache.ts';
import type { Denylist } from './denylist.ts';
import { type ParsedToken, parseToken } from './format.ts';
import type { KeySet } from './keys.ts';
import {
  ACCESS_TOKEN_TYPE,
  type Identity,
  isRole,
  isScope,
  TOKEN_ALGORITHM,
  type TokenVerifier,
} from './token.ts';
import { TOKENS } from './token-settings.ts';

export interface TokenVerifierOptions {
  readonly keys: KeySet;
  readonly issuer: string;
  readonly audience: string;
  readonly clock: Clock;
  readonly denylist: Denylist;
  readonly maxCached?: number;
}

/** Of ES256, by RFC 7518. */
const SIGNATURE_BYTES = 64;
/** How far the clocks of two machines may be apart before a token seems to come from the future. */
const CLOCK_SKEW_SECONDS = 5;
const HEADER_FIELDS: ReadonlySet<string> = new Set(['alg', 'typ', 'kid']);

interface Verified {
  readonly kid: string;
  readonly identity: Identity;
}

/**
 * Checks access tokens with public keys alone: no call to the auth service, no shared secret. A remembered
 * token is still checked for its time, its key and the revocation of its session.
 */
export function createTokenVerifier(options: TokenVerifierOptions): TokenVerifier {
  const { keys, issuer, audience, clock, denylist } = options;
  const cache = createGrowingCache<string, Verified>(options.maxCached ?? TOKENS.defaults.maxCached);

  const keyOf = async (kid: string): Promise<KeyObject> => {
    let key = keys.find(kid);
    if (key === undefined && keys.refresh) {
      await keys.refresh();
      key = keys.find(kid);
    }
    if (key === undefined) throw new TypeError('its key is not known');
    return key;
  };

  const check = async (token: string): Promise<Verified> => {
    const parsed = parseToken(token);
    const kid = kidOf(parsed);
    const { signed, signature, claims } = parsed;
    if (signature.length !== SIGNATURE_BYTES) throw new TypeError('its signature has another length');
    const key = { key: await keyOf(kid), dsaEncoding: 'ieee-p1363' } as const;
    if (!verifySignature('sha256', Buffer.from(signed), key, signature)) throw new TypeError('it is forged');
    if (claims.iss !== issuer) throw new TypeError('it is of another issuer');
    if (claims.aud !== audience) throw new TypeError('it is for another audience');
    checkBeginning(claims, Math.floor(clock.now() / 1000) + CLOCK_SKEW_SECONDS);
    return { kid, identity: identityOf(claims) };
  };

  const ended = ({ exp, sessionId }: Identity): string | null => {
    if (exp * 1000 <= clock.now()) return 'it has expired';
    return denylist.has(sessionId) ? 'its session was revoked' : null;
  };

  const recall = (token: string): Identity | null => {
    const remembered = cache.get(token);
    if (remembered === undefined) return null;
    if (ended(remembered.identity) === null && keys.find(remembered.kid)) return remembered.identity;
    cache.delete(token);
    return null;
  };

  return {
    onRevoked: denylist.onAdded,
    recall,
    async verify(token) {
      const remembered = recall(token);
      if (remembered !== null) return remembered;
      try {
        const verified = await check(token);
        const why = ended(verified.identity);
        if (why !== null) throw new TypeError(why);
        cache.set(token, verified);
        return verified.identity;
      } catch (cause) {
        if (cause instanceof DeltaStreamError) throw cause;
        throw new DeltaStreamError(
          'invalid_token',
          'the access token is malformed, expired, revoked or not ours',
          { cause },
        );
      }
    },
  };
}

/**
 * The header may say which of our keys, and nothing else: an extension (`crit`, `b64`), an own key (`jwk`,
 * `x5c`) or an address of one (`jku`, `x5u`) is refused unread.
 */
function kidOf({ header }: ParsedToken): string {
  const { alg, typ, kid } = header;
  if (alg !== TOKEN_ALGORITHM || typ !== ACCESS_TOKEN_TYPE || typeof kid !== 'string') {
    throw new TypeError('it is not an access token of ours');
  }
  for (const name of Object.keys(header)) {
    if (!HEADER_FIELDS.has(name)) throw new TypeError(`its header has ${name.slice(0, 20)}`);
  }
  return kid;
}

function checkBeginning({ iat, nbf }: ParsedToken['claims'], latest: number): void {
  if (!isSeconds(iat) || iat > latest) throw new TypeError('it is of the future');
  if (nbf !== undefined && !(isSeconds(nbf) && nbf <= latest)) throw new TypeError('it is not good yet');
}

const isSeconds = (value: unknown): value is number => Number.isSafeInteger(value);

function identityOf({ sub, email, role, sid, exp, scope }: ParsedToken['claims']): Identity {
  if (
    typeof sub !== 'string' ||
    typeof email !== 'string' ||
    typeof sid !== 'string' ||
    !isRole(role) ||
    !isSeconds(exp)
  ) {
    throw new TypeError('a claim is missing or has the wrong type');
  }
  return { userId: sub, email, role, sessionId: sid, scopes: scopesOf(scope), exp };
}

function scopesOf(scope: unknown): readonly Scope[] | null {
  if (scope === undefined) return null;
  const scopes = typeof scope === 'string' ? scope.split(' ') : [];
  if (!scopes.every(isScope)) throw new TypeError('a scope is not known');
  return scopes;
}
