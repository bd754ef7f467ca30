import type { IncomingMessage } from 'node:http';
import type { Access } from '@deltastream/contracts';
import type { FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify';
import type { Allowance, Bucket, RateLimiter } from '../../ports/rate-limiter.ts';
import { DeltaStreamError } from '../errors.ts';
import type { RateClass, RoutePolicy } from '../http/route-table.ts';
import { bearerTokenOf, type Identity, mayDo, type TokenVerifier } from '../tokens/token.ts';
import { logContext } from '../tracing/trace-context.ts';
import { createAddressList, type HostRule, isLoopback, networkOf } from './addresses.ts';

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

/**
 * Whether a route asks for no token where the platform does not require them: a mere scope of nobody, a role not of callers
 * on this machine. Who lets everybody read does not let everybody write.
 */
export const isOpenWithoutTokens = (access: Access): boolean =>
  typeof access === 'object' && (access.role === undefined || access.openWithoutTokens === true);

const hasRole = (access: Access): boolean => typeof access === 'object' && access.role !== undefined;

export function createAccessCheck(options: AccessOptions): AccessCheck {
  const { verifier, tokensRequired, hostRule, trustedProxies = [] } = options;
  const refusalOfHost = createHostCheck(hostRule, trustedProxies);
  const admitted = (access: Access, identity: Identity): Identity => {
    const refusal = refusalOf(access, identity);
    if (refusal !== null) throw new DeltaStreamError('forbidden', refusal);
    const context = logContext();
    if (context !== undefined) context.user_id = identity.userId;
    return identity;
  };
  const identified = async (access: Access, token: string, address: string): Promise<Identity> => {
    if (verifier === undefined) throw new DeltaStreamError('invalid_token', 'tokens cannot be checked here');
    return admitted(access, await verifier.verify(token, address));
  };

  return (access, request) => {
    if (access === 'public') return null;
    const { authorization } = request.headers;
    const open =
      isOpenWithoutTokens(access) && !tokensRequired && (!hasRole(access) || isLoopback(request.ip));
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

/** What the hosts of a request are read from. */
type RequestHead = Pick<IncomingMessage, 'headers' | 'socket'>;

/** Why a request may not have data that is open, or null. */
export type HostCheck = (request: RequestHead) => DeltaStreamError | null;

/**
 * Every host that a request names has to be allowed; without a rule each is. Those are its Host header, and what a
 * trusted proxy says it was asked for, each proxy in turn. The header of the proxy does not stand in for Host: where
 * this machine is trusted, a page whose name was made to point here can set it.
 */
export function createHostCheck(rule: HostRule | undefined, trustedProxies: readonly string[]): HostCheck {
  if (rule === undefined) return () => null;
  const isProxy = createAddressList(trustedProxies);
  // Nearly all requests name the same host.
  let allowed: string | undefined;
  return ({ headers, socket }) => {
    const { host } = headers;
    if (host === undefined || host !== allowed) {
      if (!rule(host)) return hostRefusal(host);
      allowed = host;
    }
    const forwarded = headers['x-forwarded-host'];
    if (forwarded === undefined || !isProxy(socket.remoteAddress ?? '')) return null;
    const refused = String(forwarded)
      .split(',')
      .map((name) => name.trim())
      .find((name) => !rule(name));
    return refused === undefined ? null : hostRefusal(refused);
  };
}

/** What a request with another host is told. */
const hostRefusal = (host: string | undefined): DeltaStreamError =>
  new DeltaStreamError(
    'host_not_allowed',
    host === undefined ? 'header host: is missing' : `header host: ${JSON.stringify(host.slice(0, 100))}`,
  );

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
function attempt<T>(work: () => T): T | Error {
  try {
    return work();
  } catch (error) {
    return error as Error;
  }
}

/** Requests a second in the long run, by kind, of an address and of an account; 0 for no limit. */
export type Rates = Readonly<Record<RateClass, number>>;

/** Callers whose buckets are at hand, of each kind: made anew, a name would be read letter by letter each time. */
const MAX_KNOWN = 10_000;
/** What may come at once is what comes in this many seconds. */
const BURST_SECONDS = 2;

export interface AdmissionHookParts {
  readonly check: AccessCheck;
  readonly limiter: RateLimiter;
  readonly rates: Rates;
  readonly onRefusal: (code: string) => void;
}

/**
 * Admits requests of a route: first who sends them, then how many there were. An unknown caller is counted by
 * address, a known caller by account or API key as well; a token that is not good is counted by its
 * address, so guessing is as limited as anything else. Callbacks and plain values wherever nothing has to
 * be waited for.
 */
export function createAdmissionHook({ check, limiter, rates, onRefusal }: AdmissionHookParts) {
  return ({ access, rate }: RoutePolicy): onRequestHookHandler | null => {
    if (rate === null) return accessHook(check, access);
    const limit = limitOf(rate, rates[rate]);

    const finish = (error: Error | null, done: Done): void => {
      if (error instanceof DeltaStreamError) onRefusal(error.code);
      done(error ?? undefined);
    };
    const decide = (reply: FastifyReply, allowance: Allowance, refusal: Error | null, done: Done): void => {
      limit?.show(reply, allowance);
      finish(allowance.allowed ? refusal : tooMany(allowance), done);
    };
    const count = (
      request: FastifyRequest,
      reply: FastifyReply,
      identity: Identity | null,
      refusal: Error | null,
      done: Done,
    ): void => {
      if (limit === null) {
        finish(refusal, done);
        return;
      }
      const allowance = limiter.take(limit.buckets(request.ip, identity));
      if (allowance instanceof Promise) {
        allowance.then(
          (known) => decide(reply, known, refusal, done),
          (error: Error) => finish(error, done),
        );
      } else decide(reply, allowance, refusal, done);
    };

    return (request, reply, done) => {
      let known: Identity | null | Promise<Identity | null>;
      try {
        known = check(access, request);
      } catch (error) {
        count(request, reply, null, error as Error, done);
        return;
      }
      if (known instanceof Promise) {
        known.then(
          (identity) => count(request, reply, identity, null, done),
          (error: Error) => count(request, reply, null, error, done),
        );
      } else count(request, reply, known, null, done);
    };
  };
}

type Done = (error?: Error) => void;

/**
 * The limit of one kind of request and how it is shown: `RateLimit-Policy` and `RateLimit` as in
 * draft-ietf-httpapi-ratelimit-headers-10 (q: quota, w: seconds in which it comes back, r: what is left,
 * t: seconds until all of it is back).
 */
function limitOf(name: RateClass, perSecond: number) {
  if (perSecond === 0) return null;
  const burst = Math.max(1, Math.ceil(perSecond * BURST_SECONDS));
  const policy = `"${name}";q=${burst};w=${Math.ceil(burst / perSecond)}`;
  const known = (keyOf: (id: string) => string) => {
    const buckets = new Map<string, Bucket>();
    return (id: string): Bucket => {
      let bucket = buckets.get(id);
      if (bucket === undefined) {
        if (buckets.size === MAX_KNOWN) buckets.clear();
        bucket = { key: `${name}:${keyOf(id)}`, perSecond, burst };
        buckets.set(id, bucket);
      }
      return bucket;
    };
  };
  const ofAddress = known(networkOf);
  const ofAccount = known((userId) => `user:${userId}`);
  const ofApiKey = known((sessionId) => `key:${sessionId}`);
  return {
    buckets(ip: string, identity: Identity | null): Bucket[] {
      if (identity === null) return [ofAddress(ip)];
      const { scopes, sessionId, userId } = identity;
      return [ofAddress(ip), scopes === null ? ofAccount(userId) : ofApiKey(sessionId)];
    },
    show(reply: FastifyReply, { remaining, fullMs }: Allowance): void {
      reply.header('ratelimit-policy', policy);
      reply.header('ratelimit', `"${name}";r=${remaining};t=${Math.ceil(fullMs / 1000)}`);
    },
  };
}

const tooMany = ({ waitMs }: Allowance): DeltaStreamError =>
  new DeltaStreamError('too_many_requests', 'more requests than the limit of this route allows', {
    retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)),
  });
