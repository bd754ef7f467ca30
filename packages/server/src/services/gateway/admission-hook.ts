import type { FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify';
import { type AccessCheck, accessHook, attempt } from '../../kit/access/access.ts';
import { networkOf } from '../../kit/access/client-address.ts';
import { DeltaStreamError } from '../../kit/errors.ts';
import type { RateClass, RoutePolicy } from '../../kit/http/route-table.ts';
import type { Identity } from '../../kit/tokens/token.ts';
import type { Allowance, Bucket, RateLimiter } from '../../ports/rate-limiter.ts';

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

    const count = (
      request: FastifyRequest,
      reply: FastifyReply,
      identity: Identity | null,
      refusal: Error | null,
      done: (error?: Error) => void,
    ): void => {
      const finish = (error: Error | null) => {
        if (error instanceof DeltaStreamError) onRefusal(error.code);
        done(error ?? undefined);
      };
      if (limit === null) {
        finish(refusal);
        return;
      }
      const decide = (allowance: Allowance) => {
        limit.show(reply, allowance);
        finish(allowance.allowed ? refusal : tooMany(allowance));
      };
      const allowance = limiter.take(limit.buckets(request.ip, identity));
      if (allowance instanceof Promise) allowance.then(decide, finish);
      else decide(allowance);
    };

    return (request, reply, done) => {
      const known = attempt(() => check(access, request));
      if (!(known instanceof Promise)) {
        if (known instanceof Error) count(request, reply, null, known, done);
        else count(request, reply, known, null, done);
        return;
      }
      known.then(
        (identity) => count(request, reply, identity, null, done),
        (error: Error) => count(request, reply, null, error, done),
      );
    };
  };
}

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
