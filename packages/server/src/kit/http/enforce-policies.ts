import type { FastifyInstance, onRequestHookHandler, onSendHookHandler } from 'fastify';
import { createRepresentation, type Encodings } from '../responses/representation.ts';
import { createDeadlines, inTime, timed } from './response-times.ts';
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
      const encode = createRepresentation(cacheControl, encodings);
      hook = isTimed ? inTime(encode, deadlines) : encode;
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
