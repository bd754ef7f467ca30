import { buffer } from 'node:stream/consumers';
import { ROUTES } from '@deltastream/contracts';
import replyFrom from '@fastify/reply-from';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import { DeltaStreamError } from '../../../kit/errors.ts';
import { upgradeOf } from '../../../kit/http/connections/routed-upgrades.ts';
import { LOKI_TAIL_PATH, policyOf, type RoutePolicy } from '../../../kit/http/route-table.ts';
import type { ServiceName } from '../../../kit/lifecycle/service.ts';
import type { Logger } from '../../../kit/logging/log.ts';
import { entityTag, type ResponseBodies } from '../../../kit/responses/representation.ts';
import { TOKEN_RULE_HEADER } from '../../../kit/tokens/token.ts';
import { inSpan } from '../../../kit/tracing/trace-context.ts';
import type { GatewayMetrics } from '../gateway-metrics.ts';
import { type GatewaySettings, STALE_HEADER } from '../settings.ts';
import { createEventStreams } from './event-streams.ts';
import { createRetryBudget, discard, type Received, sendOn } from './send-on.ts';
import { passUpgrade, type Upgrades } from './upgrades.ts';
import { isCallersFault, isTimeout, type Upstream } from './upstream.ts';

export interface RemoteRoutesParts {
  readonly upstreams: ReadonlyMap<ServiceName, Upstream>;
  /** Where sockets, or the log, are elsewhere. */
  readonly upgrades: Upgrades | null;
  readonly metrics: GatewayMetrics;
  /** Where the bodies of responses are cached, by their tag. */
  readonly bodies: ResponseBodies;
  readonly settings: GatewaySettings;
  readonly logger: Logger;
}

/** What a service's failure may be covered for (RFC 5861). */
const FAILED: ReadonlySet<number> = new Set([500, 502, 503, 504]);
const CACHED_URLS = 1_000;

/**
 * The routes of services that run elsewhere, at the same paths and with the same schemas, which are for the
 * documentation here: the service itself validates and serialises. A path that no route declares is not
 * passed on.
 */
export function remoteRoutes({
  upstreams,
  upgrades,
  metrics,
  bodies,
  settings,
  logger,
}: RemoteRoutesParts): FastifyPluginAsync {
  const cached = createCachedResponses(bodies, settings);
  const eventStreams = createEventStreams();
  const budgets = new Map(
    [...upstreams.keys()].map((name) => [name, createRetryBudget({ share: settings.retryShare })]),
  );

  const handlerOf = (policy: RoutePolicy, upstream: Upstream) => {
    const budget = budgets.get(upstream.name) ?? createRetryBudget();
    const onRetry = () => metrics.retried(upstream.name);

    return async (request: FastifyRequest, reply: FastifyReply) => {
      const key = policy.cache === 'revalidate' && request.method === 'GET' ? keyOf(request) : null;
      const held = key === null ? undefined : cached.get(key);
      const standIn = (): FastifyReply | null => {
        if (held === undefined) return null;
        metrics.stale(upstream.name);
        return sendStale(reply, held);
      };
      try {
        const ask = (spanId: string | null) => async () => {
          const options = { upstream, policy, budget, etag: held?.tag ?? null, onRetry, spanId };
          const head = await sendOn(request, reply, options);
          // The same deadline holds at the service, whichever notices first: either way it did not answer.
          if (head?.status === 504) {
            discard(head.body);
            throw new DeltaStreamError('timeout', `the ${upstream.name} service did not answer in time`);
          }
          return head && (key === null ? head : await completed(head, settings.maxKeptBodyBytes));
        };
        const name = `ask ${upstream.name}`;
        const received = await inSpan(logger, name, 'client', (spanId) => upstream.run(ask(spanId)));
        if (received === null) return reply.hijack();
        if (FAILED.has(received.status) && held !== undefined) {
          if (received.body) discard(received.body);
          return standIn();
        }
        if (received.body && isEventStream(received.headers['content-type'])) {
          const events = eventStreams.add(received.body);
          return reply.code(received.status).headers(received.headers).send(events);
        }
        return respond(reply, received, key, held, cached);
      } catch (error) {
        const failure = translated(error, upstream.name);
        const stale = failure.code === 'invalid_request' ? null : standIn();
        if (stale === null) throw failure;
        return stale;
      }
    };
  };

  return async (app) => {
    app.addHook('preClose', async () => eventStreams.end());
    // Bodies pass as they are; the cap of the route holds for them.
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    app.setValidatorCompiler(() => () => true);
    app.setSerializerCompiler(() => (data) => JSON.stringify(data));
    await app.register(replyFrom, {
      disableRequestLogging: true,
      cacheURLs: CACHED_URLS,
      undici: {
        connections: settings.connectionsPerUpstream,
        connect: { timeout: settings.connectTimeoutMs },
      },
    });
    for (const { method, url, schema, bodyLimit } of ROUTES) {
      const policy = policyOf(method, url);
      const upstream = upstreams.get(policy.upstream as ServiceName);
      if (upstream) app.route({ method, url, schema, bodyLimit, handler: handlerOf(policy, upstream) });
    }
    const logging = upstreams.get('logging');
    if (logging !== undefined && upgrades !== null) {
      const answer = handlerOf(policyOf('GET', LOKI_TAIL_PATH), logging);
      app.route({
        method: 'GET',
        url: LOKI_TAIL_PATH,
        exposeHeadRoute: false,
        schema: { hide: true } as object,
        handler: (request, reply) =>
          upgradeOf(request.raw) === undefined
            ? answer(request, reply)
            : passUpgrade(request, reply, { upstream: logging, upgrades }),
      });
    }
    const sockets = upstreams.get('socket-gateway');
    const policy = policyOf('GET', '/socket.io/');
    if (sockets === undefined || upgrades === null) return;
    const poll = handlerOf(policy, sockets);
    app.route({
      method: ['GET', 'POST'],
      url: '/socket.io/',
      schema: { hide: true } as object,
      handler: (request, reply) => {
        // The token comes in the first packet, which only the socket gateway reads.
        if (settings.tokensRequired) request.raw.headers[TOKEN_RULE_HEADER] = '1';
        return upgradeOf(request.raw) === undefined
          ? poll(request, reply)
          : passUpgrade(request, reply, { upstream: sockets, upgrades });
      },
    });
  };
}

/** The complete body, where it is short enough to be cached. */
interface Completed extends Omit<Received, 'body'> {
  readonly body: Received['body'] | null;
  readonly bytes: Buffer | null;
}

async function completed(head: Received, maxBytes: number): Promise<Completed> {
  const length = Number(head.headers['content-length'] ?? Number.POSITIVE_INFINITY);
  if (head.status !== 200 || length > maxBytes) return { ...head, bytes: null };
  return { ...head, body: null, bytes: await buffer(head.body) };
}

function respond(
  reply: FastifyReply,
  received: Received | Completed,
  key: string | null,
  held: CachedResponse | undefined,
  cached: CachedResponses,
): FastifyReply {
  const { status, headers, body } = received;
  if (key !== null && held !== undefined && status === 304) {
    if (body) discard(body);
    cached.confirm(key, held.tag);
    return reply.code(200).headers(held.headers).send(held.body);
  }
  const bytes = 'bytes' in received ? received.bytes : null;
  if (key === null || bytes === null) return reply.code(status).headers(headers).send(body);
  delete headers['content-length'];
  cached.keep(key, bytes, headers);
  return reply.code(status).headers(headers).send(bytes);
}

function sendStale(reply: FastifyReply, { body, headers, at }: CachedResponse): FastifyReply {
  const age = Math.max(0, Math.round((performance.now() - at) / 1000));
  return reply.code(200).headers(headers).header(STALE_HEADER, age).header('age', age).send(body);
}

/** What a response depends on: its address and the form that was asked for. Who asks does not matter here. */
const keyOf = ({ raw, headers }: FastifyRequest): string => `${raw.url}\n${headers.accept ?? ''}`;

function translated(error: unknown, name: ServiceName): DeltaStreamError {
  if (error instanceof DeltaStreamError) return error;
  const options = { cause: error };
  if (isCallersFault(error)) {
    return new DeltaStreamError('invalid_request', 'the path or a header cannot be passed on', options);
  }
  if (isTimeout(error)) {
    return new DeltaStreamError('timeout', `the ${name} service did not answer in time`, options);
  }
  return new DeltaStreamError('unavailable', `the ${name} service cannot be reached`, {
    ...options,
    retryAfterSeconds: 1,
  });
}

/** A complete 200 of a service, as it may be shown to anyone who may ask for it. */
interface CachedResponse {
  readonly body: Uint8Array;
  readonly tag: string;
  readonly headers: Readonly<Record<string, string | string[]>>;
  /** When the service last vouched for it, in monotonic ms of this process. */
  readonly at: number;
}

interface CachedResponses {
  get(key: string): CachedResponse | undefined;
  /** Does nothing where the service says that nobody may keep it. */
  keep(key: string, body: Buffer, headers: CachedResponse['headers']): void;
  /** The service said that it is still the same. */
  confirm(key: string, tag: string): void;
}

/** Addresses whose newest response is known. */
const MAX_KNOWN = 10_000;

/**
 * Recent responses: of each address the head and the tag, by which the body is among those of all responses. Two uses,
 * and in neither does a caller get less than the service would give: the tag lets the service say "the same" instead of
 * sending it once more, and they are sent while it fails (stale-if-error), up to `staleMs` after it last vouched for them.
 */
function createCachedResponses(
  bodies: ResponseBodies,
  { staleMs, tokensRequired }: Pick<GatewaySettings, 'staleMs' | 'tokensRequired'>,
): CachedResponses {
  // What a service gives to a token alone is `private`: it is cached where every caller has to show a good one here, too.
  const refused = tokensRequired ? /no-store/i : /no-store|private/i;
  const newest = new LRUCache<string, Omit<CachedResponse, 'body'>>({ max: MAX_KNOWN, ttl: staleMs });
  return {
    get(key) {
      const head = newest.get(key);
      const body = head && bodies.get(head.tag);
      return body && { ...head, body };
    },
    keep(key, body, headers) {
      if (headers['set-cookie'] !== undefined || refused.test(String(headers['cache-control'] ?? ''))) return;
      const tag = typeof headers.etag === 'string' ? headers.etag : entityTag(body);
      const before = newest.peek(key)?.tag;
      if (before !== undefined && before !== tag) bodies.drop(before);
      bodies.keep(tag, body);
      newest.set(key, { tag, headers, at: performance.now() });
    },
    confirm(key, tag) {
      const head = newest.get(key);
      if (head?.tag === tag) newest.set(key, { ...head, at: performance.now() });
    },
  };
}

const isEventStream = (type: string | string[] | undefined): boolean =>
  typeof type === 'string' && type.startsWith('text/event-stream');
