import type { Role, Scope } from '@deltastream/contracts';

/** Who sent a request, as the access token says. */
export interface Identity {
  readonly userId: string;
  readonly email: string;
  readonly role: Role;
  readonly sessionId: string;
  /** What an API key may do; null for a person's session, which may do whatever the role may. */
  readonly scopes: readonly Scope[] | null;
  /** Seconds since the Unix epoch. */
  readonly exp: number;
}

/**
 * Checks access tokens, with the auth service of the process or with what it publishes.
 *
 * Guarantees, for every adapter (token-verifier.contract.ts):
 * - A token that was good is refused from the moment at which the adapter learns that its session was revoked.
 * - What it recalls is what `verify` resolves with at that moment.
 */
export interface TokenVerifier {
  /**
   * Rejects with `invalid_token` when the token is malformed, forged, expired, revoked or meant for another
   * audience, with `too_many_requests` when too many unknown ones came from this address, and with `unavailable`
   * when it cannot be found out.
   */
  verify(token: string, address?: string): Promise<Identity>;
  /** Who sent a token that was verified before and is still good, at once; null where `verify` has to say. */
  recall?(token: string): Identity | null;
  /** Calls back with the id of each session that is revoked from now on. Returns the unsubscribe function. */
  onRevoked(listener: (sessionId: string) => void): () => void;
}
