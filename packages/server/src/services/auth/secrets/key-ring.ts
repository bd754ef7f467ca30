import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import type { getKeys } from '@deltastream/contracts';
import type { Static } from 'typebox';
import { TOKEN_ALGORITHM } from '../../../kit/tokens/token.ts';

/** A public key as the JWKS shows it. */
export type PublicJwk = Static<(typeof getKeys.schema.response)[200]>['keys'][number];

export interface SigningKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicJwk: PublicJwk;
}

/**
 * The keys of access tokens. `next` is published before it signs, so that verifiers that remember keys have it in
 * time; `current` signs; `retiring` are published until the last token they signed has expired.
 */
export interface KeyRing {
  /** What all other secrets of the service are derived from; it never changes. */
  readonly secret: Buffer;
  readonly next: SigningKey;
  readonly current: SigningKey;
  readonly currentSinceMs: number;
  readonly retiring: readonly RetiringKey[];
}

export interface RetiringKey {
  readonly publicJwk: PublicJwk;
  readonly untilMs: number;
}

const SECRET_BYTES = 32; // The key length of AES-256 and HMAC-SHA-256.

export const createKeyRing = (nowMs: number): KeyRing => ({
  secret: randomBytes(SECRET_BYTES),
  next: createSigningKey(),
  current: createSigningKey(),
  currentSinceMs: nowMs,
  retiring: [],
});

/** The next key becomes the current one; the one it replaces stays published for `retireMs`. */
export function rotateKeys(ring: KeyRing, nowMs: number, retireMs: number): KeyRing {
  const { publicJwk } = ring.current;
  return {
    secret: ring.secret,
    next: createSigningKey(),
    current: ring.next,
    currentSinceMs: nowMs,
    retiring: [...withoutExpired(ring, nowMs), { publicJwk, untilMs: nowMs + retireMs }],
  };
}

/** After a leak: every key is replaced at once, and every access token in force is refused. */
export const withdrawKeys = ({ secret }: KeyRing, nowMs: number): KeyRing => ({
  ...createKeyRing(nowMs),
  secret,
});

const withoutExpired = ({ retiring }: KeyRing, nowMs: number): RetiringKey[] =>
  retiring.filter(({ untilMs }) => untilMs > nowMs);

export const publishedKeys = (ring: KeyRing, nowMs: number): PublicJwk[] => [
  ring.current.publicJwk,
  ring.next.publicJwk,
  ...withoutExpired(ring, nowMs).map(({ publicJwk }) => publicJwk),
];

export const createSigningKey = (): SigningKey =>
  signingKeyOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);

/** A private JWK as a signing key. Throws when it is not one of P-256 whose halves belong together. */
export function importSigningKey(jwk: unknown): SigningKey {
  const privateKey = createPrivateKey({ key: jwk as Record<string, string>, format: 'jwk' });
  const key = signingKeyOf(privateKey);
  const { x, y } = jwk as { x?: unknown; y?: unknown };
  if (key.publicJwk.x !== x || key.publicJwk.y !== y)
    throw new TypeError('its halves do not belong together');
  return key;
}

export const exportSigningKey = ({ privateKey }: SigningKey) => privateKey.export({ format: 'jwk' });

function signingKeyOf(privateKey: KeyObject): SigningKey {
  const { kty, crv, x, y } = derivedPublicKey(privateKey).export({ format: 'jwk' });
  if (kty !== 'EC' || crv !== 'P-256' || !x || !y) throw new TypeError('it is not a P-256 key');
  const kid = thumbprintOf({ crv, kty, x, y });
  return { kid, privateKey, publicJwk: { kty, crv, x, y, kid, alg: TOKEN_ALGORITHM, use: 'sig' } };
}

/** By way of PEM, which carries the private half alone into the derivation. */
const derivedPublicKey = (privateKey: KeyObject): KeyObject =>
  createPublicKey(privateKey.export({ format: 'pem', type: 'sec1' }));

/** RFC 7638: members in this order, without spaces. */
const thumbprintOf = ({ crv, kty, x, y }: { crv: string; kty: string; x: string; y: string }): string =>
  createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
