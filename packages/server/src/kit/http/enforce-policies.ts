import type {
  FastifyInstance,
  FastifyReply,
  onRequestHookHandler,
  onSendHookHandler,
  RouteHandlerMethod,
} from 'fastify';
import { DeltaStreamError } from '../errors.ts';
import { createRepresentation, type Encodings } from '../responses/representation.ts';
import { type Content, policyOf, type RoutePolicy, YEAR_SECONDS } from './route-table.ts';

export interface PolicyParts {
  /** The hook that lets callers pass, ahead of every other of a route; null where nothing has to be checked. */
  admit(policy: RoutePolicy): onRequestHookHandler | null;
  /** Whether routes of a mere scope ask for a token. */
  readonly tokensRequired: boolean;
  /** In which encodings responses leave that may be kept; as they are by default. */
  readonly encodings?: Encodings;
  /** Headers that browsers heed, where they are not those of data. */
  readonly headers?: Readonly<Partial<Record<Content, Readonly<Record<string, string>>>>>;
  /** Whether a route is only passed on, and waited for by who passes it. */
  isElsewhere?(policy: RoutePolicy): boolean;
}

/**
 * Puts its policy of the one table on every route that is registered from now on, so that who may use a route, how long
 * its response may take, who may keep it and what a browser may do with it hold wherever the route is served. A route
 * that the table does not cover is not served: registering it throws. Call before any route is registered.
 */
export function enforcePolicies(app: FastifyInstance, parts: PolicyParts): void {
  const { admit, tokensRequired, encodings, headers = {}, isElsewhere = () => false } = parts;
  const deadlines = createDeadlines();
  const representations = new Map<string, onSendHookHandler<unknown>>();
  const enforced = new Set<unknown>();
  const representationOf = (policy: RoutePolicy, isTimed: boolean) => {
    const cacheControl = cacheControlOf(policy, tokensRequired);
    const key = `${isTimed} ${cacheControl}`;
    let hook = representations.get(key);
    if (hook === undefined) {
      hook = representation(createRepresentation(cacheControl, encodings), isTimed ? deadlines : null);
      representations.set(key, hook);
      enforced.add(hook);
    }
    return hook;
  };

  app.addHook('onClose', async () => deadlines.stop());
  app.addHook('onRoute', (route) => {
    const [method] = [route.method].flat();
    // Preflights of browsers carry no credentials and reach no handler of ours.
    if (method === 'OPTIONS') return;
    // Fastify makes the HEAD of a GET from the route as these hooks left it.
    if (hooks<unknown>(route.onSend).some((hook) => enforced.has(hook))) return;
    const policy = policyOf(method, route.url);
    const ofContent = headers[policy.content];
    route.onRequest = [
      ...hooks(admit(policy) ?? undefined),
      ...(ofContent === undefined ? [] : [headersHook(ofContent)]),
      ...hooks(route.onRequest),
    ];
    const { timeoutMs } = policy;
    const isTimed = timeoutMs !== null && !isElsewhere(policy);
    // First: what Fastify adds to HEAD takes the body away.
    route.onSend = [representationOf(policy, isTimed), ...hooks(route.onSend)];
    if (isTimed) route.handler = timed(route.handler, timeoutMs, deadlines);
  });
}

/** A handler that has so long for its response, from when the request is there complete: how long its body may take is another limit. */
const timed = (handle: RouteHandlerMethod, timeoutMs: number, deadlines: Deadlines): RouteHandlerMethod =>
  function (request, reply) {
    const result = handle.call(this, request, reply);
    deadlines.watch(reply, timeoutMs);
    return result;
  };

/** There is a response ahead of its encoding: a second one while that is under way would break into the first. */
const representation = (
  encode: onSendHookHandler<unknown>,
  deadlines: Deadlines | null,
): onSendHookHandler<unknown> =>
  deadlines === null
    ? encode
    : function (request, reply, body, done) {
        deadlines.done(reply);
        return encode.call(this, request, reply, body, done);
      };

const headersHook =
  (headers: Readonly<Record<string, string>>): onRequestHookHandler =>
  (_request, reply, done) => {
    reply.headers(headers);
    done();
  };

const hooks = <Hook>(given: Hook | Hook[] | undefined): Hook[] =>
  given === undefined ? [] : ([given].flat() as Hook[]);

function cacheControlOf({ cache, access }: RoutePolicy, tokensRequired: boolean): string {
  if (cache === 'never') return 'no-store';
  if (cache === 'revalidate') {
    return access === 'public' || !tokensRequired ? 'public, no-cache' : 'private, no-cache';
  }
  return `public, max-age=${cache}${cache === YEAR_SECONDS ? ', immutable' : ''}`;
}

/** Longest times for responses of this process. */
export interface Deadlines {
  /** Does nothing where there is a response already. */
  watch(reply: FastifyReply, timeoutMs: number): void;
  /** There is a response. */
  done(reply: FastifyReply): void;
  stop(): void;
}

const RESPONDED = Symbol('responded');

type WatchedReply = FastifyReply & { [RESPONDED]?: true };

/**
 * One timer for all requests instead of one for each, which would cost a cached response more than everything
 * else that is done for it; what has its response when its handler returns is not even noted. Who is late is told `timeout` within `checkMs`; what is answered after that is dropped.
 */
export function createDeadlines(checkMs = 100): Deadlines {
  const waiting = new Map<WatchedReply, number>();
  const timer = setInterval(() => {
    const now = performance.now();
    for (const [reply, deadline] of waiting) {
      if (deadline > now) continue;
      waiting.delete(reply);
      if (!reply.sent) reply.send(new DeltaStreamError('timeout', 'the service did not answer in time'));
    }
  }, checkMs);
  timer.unref();
  return {
    watch(reply: WatchedReply, timeoutMs) {
      if (reply[RESPONDED] !== true) waiting.set(reply, performance.now() + timeoutMs);
    },
    done(reply: WatchedReply) {
      reply[RESPONDED] = true;
      waiting.delete(reply);
    },
    stop() {
      clearInterval(timer);
      waiting.clear();
    },
  };
}
