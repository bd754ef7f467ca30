export const ROLES = ['viewer', 'trader', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** What an API key may be allowed to do, within its owner's role. Managing the own account is never among it. */
export const SCOPES = [
  'market:read',
  'alerts:read',
  'alerts:manage',
  'logs:read',
  'logs:write',
  'operations:manage',
  'users:manage',
  'ingest',
] as const;
export type Scope = (typeof SCOPES)[number];

/**
 * Who may use a route. An API key needs the scope wherever one is named, and never passes as a `user`.
 * - `public`: anybody; a token is not looked at.
 * - `user`: the person of an access token.
 * - a scope: everybody where the platform does not require tokens, else any account. A token that is sent
 *   must be good in either case.
 * - a scope with a role: accounts of that role or a higher one (in the order of `ROLES`), always; with
 *   `openWithoutTokens` everybody on its machine where the platform does not require tokens.
 */
export type Access =
  | 'public'
  | 'user'
  | { readonly scope: Scope; readonly role?: Role; readonly openWithoutTokens?: true };
