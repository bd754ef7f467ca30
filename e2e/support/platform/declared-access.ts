import { type Access, ROLES, type Role, type Scope } from '@deltastream/contracts';

/** Who sends a request, as far as access depends on it. */
export interface Principal {
  readonly name: string;
  /** Null sends no Authorization header. */
  readonly token: string | null;
  /** False for a token that is forged, expired or revoked. */
  readonly good: boolean;
  readonly role?: Role;
  /** The scopes of an API key; null for a person. */
  readonly scopes: readonly Scope[] | null;
}

export type Outcome = 'admitted' | 'unauthenticated' | 'invalid_token' | 'forbidden';

/**
 * What the declared access of a route means for a principal on another machine, where the platform does not require tokens.
 */
export function outcomeOf(access: Access, { token, good, role, scopes }: Principal): Outcome {
  if (access === 'public') return 'admitted';
  const open = access !== 'user' && access.role === undefined;
  if (token === null) return open ? 'admitted' : 'unauthenticated';
  if (!good || role === undefined) return 'invalid_token';
  if (access === 'user') return scopes === null ? 'admitted' : 'forbidden';
  const highEnough = access.role === undefined || ROLES.indexOf(role) >= ROLES.indexOf(access.role);
  return highEnough && (scopes === null || scopes.includes(access.scope)) ? 'admitted' : 'forbidden';
}
