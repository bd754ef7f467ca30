import { createPublicKey, type KeyObject } from 'node:crypto';
import type { JWK } from 'jose';

/** Public keys of access tokens by their `kid`. */
export interface KeySet {
  find(kid: string): KeyObject | undefined;
  /**
   * Looks for keys that were added meanwhile; absent where the set cannot know more than it does. Rejects with
   * `unavailable` when it cannot be found out.
   */
  readonly refresh?: () => Promise<void>;
}

/**
 * Imports P-256 public keys. A key of another kind, or without a `kid`, is a TypeError: with one curve and
 * one algorithm there is nothing for a token to choose.
 */
export function importKeys(jwks: readonly JWK[]): Map<string, KeyObject> {
  return new Map(
    jwks.map(({ kty, crv, x, y, kid }) => {
      if (kty !== 'EC' || crv !== 'P-256' || !x || !y || !kid)
        throw new TypeError('not a P-256 key with a kid');
      return [kid, createPublicKey({ key: { kty, crv, x, y }, format: 'jwk' })];
    }),
  );
}

/** A set of keys that never changes. */
export function createKeySet(jwks: readonly JWK[]): KeySet {
  const keys = importKeys(jwks);
  return { find: (kid) => keys.get(kid) };
}
