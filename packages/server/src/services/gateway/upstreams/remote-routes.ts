import { buffer } from 'node:stream/consumers';
import { ROUTES } from '@deltastream/contracts';
import replyFrom from '@fastify/reply-from';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import { DeltaStreamError } from '../../../kit/errors.ts';
import type { ServiceName } from '../../../kit/lifecycle/service.ts';
import { TOKEN_RULE_HEADER } from '../../../kit/tokens/token.ts';
import type { GatewayMetrics } from '../gateway-metrics.ts';
import { policyOf, type RoutePolicy } from '../route-table.ts';
import { type GatewaySettings, STALE_HEADER } from '../settings.ts';
import { createRetryBudget, discard, type Received, sendOn } from './send-on.ts';
import { passUpgrade, type Upgrades } from './upgrades.ts';
import { isCallersFault, isTimeout, type Upstream } from './upstream.ts';

export interface RemoteRoutesParts {
  readonly upstreams: ReadonlyMap<ServiceName, Upstream>;
  /** Where sockets are elsewhere. */
  readonly upgrades: Upgrades | null;
  readonly metrics: GatewayMetrics;
  readonly settings: GatewaySettings;
}

/** What a service's failure may be covered for (RFC 5861). */
const FAILED: ReadonlySet<number> = new Set([500, 502, 503, 504]);
/** A longer answer is passed on as it comes and not kept. */
const MAX_CACHED_BODY_BYTES = 4 * 1024 * 1024;
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
  settings,
}: RemoteRoutesParts): FastifyPluginAsync {
  const cached = createCachedResponses({ maxBytes: settings.keptBytes, maxAgeMs: settings.staleMs });
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
        const received = await upstream.run(async () => {
          const options = { upstream, policy, budget, etag: held?.etag ?? null, onRetry };
          const head = await sendOn(request, reply, options);
          return head && (key === null ? head : await completed(head));
        });
        if (received === null) return reply.hijack();
        if (FAILED.has(received.status) && held !== undefined) {
          if (received.body) discard(received.body);
          return standIn();
        }
        return answer(reply, received, key, held, cached);
      } catch (error) {
        const failure = translated(error, upstream.name);
        const stale = failure.code === 'invalid_request' ? null : standIn();
        if (stale === null) throw failure;
        return stale;
      }
    };
  };

  return async (app) => {
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
    for (const { method, url, schema } of ROUTES) {
      const policy = policyOf(method, url);
      const upstream = policy && upstreams.get(policy.upstream);
      if (policy && upstream) app.route({ method, url, schema, handler: handlerOf(policy, upstream) });
    }
    const sockets = upstreams.get('socket-gateway');
    const policy = policyOf('GET', '/socket.io/');
    if (sockets === undefined || policy === null || upgrades === null) return;
    const poll = handlerOf(policy, sockets);
    app.route({
      method: ['GET', 'POST'],
      url: '/socket.io/',
      schema: { hide: true } as object,
      handler: (request, reply) => {
        // The token comes in the first packet, which only the socket gateway reads.
        if (settings.tokensRequired) request.raw.headers[TOKEN_RULE_HEADER] = '1';
        return upgrades.has(request.raw)
          ? passUpgrade(request, reply, { upstream: sockets, upgrades })
          : poll(request, reply);
      },
    });
  };
}

/** Whole, where it is short enough to be kept. */
interface Completed extends Omit<Received, 'body'> {
  readonly body: Received['body'] | null;
  readonly bytes: Buffer | null;
}

async function completed(head: Received): Promise<Completed> {
  const length = Number(head.headers['content-length'] ?? Number.POSITIVE_INFINITY);
  if (head.status !== 200 || length > MAX_CACHED_BODY_BYTES) return { ...head, bytes: null };
  return { ...head, body: null, bytes: await buffer(head.body) };
}

function answer(
  reply: FastifyReply,
  received: Received | Completed,
  key: string | null,
  held: CachedResponse | undefined,
  cached: CachedResponses,
): FastifyReply {
  const { status, headers, body } = received;
  if (key !== null && held !== undefined && status === 304) {
    if (body) discard(body);
    cached.confirm(key, performance.now());
    return reply.code(200).headers(held.headers).send(held.body);
  }
  const bytes = 'bytes' in received ? received.bytes : null;
  if (key === null || bytes === null) return reply.code(status).headers(headers).send(body);
  delete headers['content-length'];
  if (isCacheable(headers))
    cached.keep(key, { body: bytes, headers, etag: textOf(headers.etag), at: performance.now() });
  return reply.code(status).headers(headers).send(bytes);
}

function sendStale(reply: FastifyReply, { body, headers, at }: CachedResponse): FastifyReply {
  const age = Math.max(0, Math.round((performance.now() - at) / 1000));
  return reply.code(200).headers(headers).header(STALE_HEADER, age).header('age', age).send(body);
}

const isCacheable = (headers: Received['headers']): boolean =>
  headers['set-cookie'] === undefined && !/no-store|private/i.test(String(headers['cache-control'] ?? ''));

const textOf = (value: string | string[] | undefined): string | null =>
  typeof value === 'string' ? value : null;

/** What an answer depends on: its address and the form that was asked for. Who asks does not matter here. */
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
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly etag: string | null;
  /** When the service last vouched for it, in monotonic ms of this process. */
  readonly at: number;
}

interface CachedResponses {
  get(key: string): CachedResponse | undefined;
  keep(key: string, answer: CachedResponse): void;
  /** The service said that it is still the same. */
  confirm(key: string, atMs: number): void;
}

interface CachedResponsesOptions {
  readonly maxBytes: number;
  /** After this time an answer is no longer worth showing. */
  readonly maxAgeMs: number;
}

const OVERHEAD_BYTES = 500;

/**
 * Recent answers. Two uses, and in neither does a caller get less than the service would give: their tag
 * lets the service say "the same" instead of sending it once more, and they are sent while it fails (stale-if-error).
 */
function createCachedResponses({ maxBytes, maxAgeMs }: CachedResponsesOptions): CachedResponses {
  const answers = new LRUCache<string, CachedResponse>({
    maxSize: maxBytes,
    sizeCalculation: ({ body }, key) => body.byteLength + key.length + OVERHEAD_BYTES,
    ttl: maxAgeMs,
  });
  return {
    get: (key) => answers.get(key),
    keep: (key, answer) => void answers.set(key, answer),
    confirm(key, atMs) {
      const held = answers.get(key);
      if (held !== undefined) answers.set(key, { ...held, at: atMs });
    },
  };
}
