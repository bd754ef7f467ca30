import type { Access } from '@deltastream/contracts';
import type { FastifyRequest, onRequestHookHandler } from 'fastify';
import { DeltaStreamError } from '../errors.ts';
import { bearerTokenOf, type Identity, mayDo, type TokenVerifier } from '../tokens/token.ts';
import { createHostCheck, type HostRule } from './host-rule.ts';

export interface AccessOptions {
  /** Without it no token can be checked: one that a route needs or a caller sends is refused. */
  readonly verifier: TokenVerifier | undefined;
  /** Whether routes of a mere scope ask for a token. */
  readonly tokensRequired: boolean;
  /** Which host a request without a token may name, where none is needed; any by default. */
  readonly hostRule?: HostRule;
  /** Proxies whose X-Forwarded-Host is looked at, too; none by default. */
  readonly trustedProxies?: readonly string[];
}

/**
 * Checks who may use a route as it declares. Returns who sends the request, or null for an unknown caller where
 * a route is open; not a promise when there is no token to look at, or one that is known. Fails with
 * `unauthenticated`, `invalid_token`, `forbidden` or `host_not_allowed`.
 */
export type AccessCheck = (
  access: Access,
  request: FastifyRequest,
) => Identity | null | Promise<Identity | null>;

export function createAccessCheck(options: AccessOptions): AccessCheck {
  const { verifier, tokensRequired, hostRule, trustedProxies = [] } = options;
  const refusalOfHost = createHostCheck(hostRule, trustedProxies);
  const admitted = (access: Access, identity: Identity): Identity => {
    const refusal = refusalOf(access, identity);
    if (refusal !== null) throw new DeltaStreamError('forbidden', refusal);
    return identity;
  };
  const identified = async (access: Access, token: string, address: string): Promise<Identity> => {
    if (verifier === undefined) throw new DeltaStreamError('invalid_token', 'tokens cannot be checked here');
    return admitted(access, await verifier.verify(token, address));
  };

  return (access, request) => {
    if (access === 'public') return null;
    const { authorization } = request.headers;
    const open = typeof access === 'object' && access.role === undefined && !tokensRequired;
    // Credentials of another kind are not "none": a client that sends them expects them to be looked at.
    if (open && authorization === undefined) {
      const refusal = refusalOfHost(request.raw);
      if (refusal !== null) throw refusal;
      return null;
    }
    const token = bearerTokenOf(authorization);
    if (token === null) {
      throw new DeltaStreamError('unauthenticated', 'the request carries no bearer token');
    }
    const known = verifier?.recall?.(token) ?? null;
    return known === null ? identified(access, token, request.ip) : admitted(access, known);
  };
}

/** Why this account or API key may not use a route; null when it may. */
function refusalOf(access: Access, identity: Identity): string | null {
  if (access === 'public') return null;
  if (access === 'user') return identity.scopes === null ? null : 'an API key may not manage the account';
  const { role = 'viewer', scope } = access;
  if (mayDo(identity, role, scope)) return null;
  return `this route needs the role ${role}, and of an API key the scope ${scope}`;
}

/** The hook of a route where nothing but its access is checked; null where anybody may use it. */
export function accessHook(check: AccessCheck, access: Access): onRequestHookHandler | null {
  if (access === 'public') return null;
  return (request, _reply, done) => {
    const admitted = attempt(() => check(access, request));
    if (admitted instanceof Promise) admitted.then(() => done(), done);
    else done(admitted instanceof Error ? admitted : undefined);
  };
}

/** What the work returns, or the error that it throws. */
export function attempt<T>(work: () => T): T | Error {
  try {
    return work();
  } catch (error) {
    return error as Error;
  }
}
