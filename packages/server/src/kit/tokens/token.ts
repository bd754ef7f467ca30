import { ROLES, type Role, SCOPES, type Scope } from '@deltastream/contracts';
import type { FastifyRequest } from 'fastify';
import type { Identity, TokenVerifier } from '../../ports/token-verifier.ts';
import { DeltaStreamError } from '../errors.ts';

export type { Identity, TokenVerifier } from '../../ports/token-verifier.ts';

export const TOKEN_ALGORITHM = 'ES256';
/** RFC 9068: nothing but an access token has this type, whatever else the same key may sign one day. */
export const ACCESS_TOKEN_TYPE = 'at+jwt';

/** The token of `Authorization: Bearer`, or null when there is none. */
export function bearerToken(request: FastifyRequest): string | null {
  return bearerTokenOf(request.headers.authorization);
}

const BEARER = 'bearer ';

export function bearerTokenOf(header: string | undefined): string | null {
  // As nearly all write it; the name of a scheme has no case.
  const isBearer = header?.startsWith('Bearer ') || header?.slice(0, BEARER.length).toLowerCase() === BEARER;
  if (header === undefined || !isBearer) return null;
  const token = header.slice(BEARER.length).trim();
  return token === '' || token.includes(' ') ? null : token;
}

/** Who sends the request. Rejects with `unauthenticated` without a token, `invalid_token` for a bad one. */
export async function identify(verifier: TokenVerifier, request: FastifyRequest): Promise<Identity> {
  const token = bearerToken(request);
  if (token === null) throw new DeltaStreamError('unauthenticated', 'the request carries no bearer token');
  return verifier.verify(token, request.ip);
}

/** True when the role is `minimum` or a higher one (in the order of `ROLES`) and an API key has the scope. */
export function mayDo({ role, scopes }: Identity, minimum: Role, scope: Scope): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(minimum) && (scopes === null || scopes.includes(scope));
}

export const isRole = (value: unknown): value is Role => ROLES.some((each) => each === value);
export const isScope = (value: unknown): value is Scope => SCOPES.some((each) => each === value);

/** A gateway whose callers need a token says so to the socket gateway, which may not ask by itself; it only adds to the rule. */
export const TOKEN_RULE_HEADER = 'x-deltastream-token-required';
