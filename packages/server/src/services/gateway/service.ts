import type { Server } from 'node:http';
import compress from '@fastify/compress';
import cors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { createAccessCheck } from '../../kit/access/access.ts';
import { accessHook, enforceAccess } from '../../kit/access/enforce-access.ts';
import { healthRoutes } from '../../kit/health/health.ts';
import type { PlatformWatch } from '../../kit/health/platform-watch.ts';
import { createHttpApp } from '../../kit/http/http.ts';
import { listen } from '../../kit/http/listen.ts';
import { createLifecycle } from '../../kit/lifecycle/lifecycle.ts';
import type { Check, HostedService, Service, ServiceName } from '../../kit/lifecycle/service.ts';
import { type Logger, serviceLogger } from '../../kit/logging/log.ts';
import type { TokenVerifier } from '../../kit/tokens/token.ts';
import type { RateLimiter } from '../../ports/rate-limiter.ts';
import { createAdmissionHook } from './admission-hook.ts';
import { serveDashboard } from './dashboard.ts';
import { createGatewayMetrics, type GatewayMetrics } from './gateway-metrics.ts';
import { collectOpenApi, serveDocumentation } from './openapi/documentation.ts';
import { createDeadlines, type Deadlines } from './responses/deadlines.ts';
import {
  createEncodedBodies,
  createEncodingChoice,
  createRepresentation,
} from './responses/representation.ts';
import { OF_DATA, securityHeaders } from './responses/security-headers.ts';
import { PREFIXES, policyOf } from './route-table.ts';
import { GATEWAY_DEFAULTS, type GatewayConfig, type GatewaySettings, STALE_HEADER } from './settings.ts';
import { statusRoute } from './status-route.ts';
import { createUpgrades } from './upstreams/upgrades.ts';
import type { Upstream } from './upstreams/upstream.ts';

export interface GatewayPorts {
  /** The services whose routes, health and metrics are mounted in this process. */
  readonly upstreams: readonly HostedService[];
  readonly limiter: RateLimiter;
  /** Without it no route that needs a token can be used. */
  readonly verifier?: TokenVerifier;
  /** Knows the processes on the bus; without it only the services behind the gateway are spoken of. */
  readonly platform?: PlatformWatch;
  readonly logger: Logger;
}

export interface Gateway extends Service {
  /** The HTTP server, for services that speak another protocol on the same port. */
  readonly server: Server;
  /** Where it listens, once started. */
  url(): string;
  /** The OpenAPI document of its routes; it need not have started. */
  describe(): Promise<object>;
}

/**
 * The single HTTP entry point: routes of every service, here or elsewhere, under one table of policies; the API
 * description, the page, health and metrics.
 */
export async function createGateway(ports: GatewayPorts, config: GatewayConfig): Promise<Gateway> {
  const settings: GatewaySettings = { ...GATEWAY_DEFAULTS, ...config };
  const { upstreams: local, platform } = ports;
  const logger = serviceLogger(ports.logger, 'gateway');
  const own = new Registry();
  collectDefaultMetrics({ register: own });
  const app = createHttpApp({ logger, ...settings }) as unknown as FastifyInstance;
  const remote = await remoteUpstreams(local, settings, logger);
  const upgrades = remote.has('socket-gateway') ? createUpgrades(app, app.server, settings) : null;
  const metrics = createGatewayMetrics(
    () => [...remote.values()],
    () => upgrades?.count() ?? 0,
  );
  const deadlines = createDeadlines();
  const portMetrics = ports.limiter.metrics ? [ports.limiter.metrics] : [];
  let url = '';

  const lifecycle = createLifecycle({
    name: 'gateway',
    logger: ports.logger,
    stopTimeoutMs: settings.closeGraceMs + settings.closeTimeoutMs,
    async start() {
      url = await listen(app, settings.host, settings.port);
    },
    async stop() {
      // A passed-on socket would hold the server open; requests under way may still need their upstreams.
      upgrades?.stop();
      await app.close();
      for (const each of remote.values()) each.stop();
      deadlines.stop();
    },
  });

  const gateway: Gateway = {
    name: 'gateway',
    metrics: Registry.merge([own, metrics.registry, ...local.map((each) => each.metrics), ...portMetrics]),
    server: app.server,
    url: () => url,
    async describe() {
      await app.ready();
      return app.swagger();
    },
    start: lifecycle.start,
    stop: lifecycle.stop,
    async ready() {
      const reason = lifecycle.problem();
      return [
        ...(reason === null ? [] : [{ name: 'listening', ok: false, reason }]),
        ...(await Promise.all(local.map(summaryOf))),
        ...(platform ? [platform.check()] : []),
      ];
    },
  };

  const { tokensRequired } = settings;
  admitCallers(app, ports, settings, metrics);
  await collectOpenApi(app, settings.version);
  await applySecurity(app, settings);
  applyPolicies(app, local, tokensRequired, deadlines);
  for (const each of local) {
    if (each.routes) await app.register(each.routes);
    await app.register(healthRoutes(each, `/services/${each.name}`));
  }
  if (remote.size > 0) {
    const { remoteRoutes } = await import('./upstreams/remote-routes.ts');
    await app.register(remoteRoutes({ upstreams: remote, upgrades, metrics, settings }));
  }
  await app.register(statusRoute({ local, remote: [...remote.values()], metrics, tokensRequired, platform }));
  await app.register(healthRoutes(gateway));
  serveDocumentation(app);
  await app.register(async (page) => {
    await page.register(compress, { threshold: 1024, encodings: ['br', 'gzip'] });
    await serveDashboard(page, settings.webFolder);
  });
  return gateway;
}

/** The services of the table that do not run here and whose address is known. */
async function remoteUpstreams(
  local: readonly HostedService[],
  settings: GatewaySettings,
  logger: Logger,
): Promise<Map<ServiceName, Upstream>> {
  const here = new Set(local.map(({ name }) => name));
  const remote = new Map<ServiceName, Upstream>();
  for (const { upstream: name } of PREFIXES) {
    const url = settings.upstreamUrls[name];
    if (url === undefined || here.has(name) || remote.has(name)) continue;
    // What only proxies need is loaded only for them: most platforms are one process, and start quickly.
    const { createUpstream } = await import('./upstreams/upstream.ts');
    remote.set(name, createUpstream({ name, url, settings, logger }));
  }
  return remote;
}

/** Headers for every answer, and which other origins may read it: never with credentials. */
async function applySecurity(app: FastifyInstance, { corsOrigins }: GatewaySettings): Promise<void> {
  const ofPages = await securityHeaders();
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(request.raw.url?.startsWith('/api/') ? OF_DATA : ofPages);
    done();
  });
  if (corsOrigins.length === 0) return;
  await app.register(cors, {
    origin: corsOrigins.includes('*') ? '*' : [...corsOrigins],
    credentials: false,
    maxAge: CORS_SECONDS,
    exposedHeaders: [
      'x-request-id',
      'retry-after',
      'etag',
      'ratelimit',
      'ratelimit-policy',
      'age',
      STALE_HEADER,
    ],
  });
}

const CORS_SECONDS = 600;

/** Checks who may use each route that is registered from now on, and how often where the table has a limit. */
function admitCallers(
  app: FastifyInstance,
  { limiter, verifier }: GatewayPorts,
  { tokensRequired, hostRule, trustedProxies, readRate, computeRate, accountRate }: GatewaySettings,
  metrics: GatewayMetrics,
): void {
  const check = createAccessCheck({ verifier, tokensRequired, hostRule, trustedProxies });
  const rates = { read: readRate, compute: computeRate, account: accountRate };
  const withLimit = createAdmissionHook({ check, limiter, rates, onRefusal: metrics.refused });
  const withoutLimit = accessHook(check);
  enforceAccess(app, {
    hookOf(access, method, url) {
      const policy = policyOf(method, url);
      return policy === null ? withoutLimit(access, method, url) : withLimit(access, policy.rate);
    },
    fallback: (method, url) => policyOf(method, url)?.access,
  });
}

/** Puts the policy of the table on each route that is registered from now on, wherever its service runs. */
function applyPolicies(
  app: FastifyInstance,
  local: readonly HostedService[],
  tokensRequired: boolean,
  deadlines: Deadlines,
): void {
  const shared = { choose: createEncodingChoice(), bodies: createEncodedBodies() };
  const present = createRepresentation({
    ...shared,
    cacheControl: `${tokensRequired ? 'private' : 'public'}, no-cache`,
  });
  const keepOut = createRepresentation({ ...shared, cacheControl: 'no-store' });

  const here = new Set(local.map(({ name }) => name));

  app.addHook('onRoute', (route) => {
    const [method] = [route.method].flat();
    const policy = policyOf(method, route.url);
    if (policy === null) return;
    // First: what Fastify adds to HEAD takes the body away.
    route.onSend = [policy.cache === 'revalidate' ? present : keepOut, ...hooks(route.onSend)];
    route.bodyLimit ??= policy.bodyLimitBytes;
    // What is elsewhere has the same limit where it is asked.
    if (!here.has(policy.upstream)) return;
    const { timeoutMs } = policy;
    // From when the request is there whole: how long its body may take is another limit.
    route.preValidation = [
      (_request, reply, done) => {
        deadlines.watch(reply, timeoutMs);
        done();
      },
      ...hooks(route.preValidation),
    ];
    route.onSend.push((_request, reply, body, done) => {
      deadlines.done(reply);
      done(null, body);
    });
  });
}

const hooks = <Hook>(given: Hook | Hook[] | undefined): Hook[] =>
  given === undefined ? [] : ([given].flat() as Hook[]);

async function summaryOf(service: HostedService): Promise<Check> {
  const checks = await service.ready();
  const failing = checks.filter(({ ok }) => !ok);
  const named = failing.length > 0 ? failing : checks.filter((check) => check.reason !== null);
  const reason = named.map((check) => `${check.name}: ${check.reason ?? 'not ready'}`).join('; ');
  return { name: service.name, ok: failing.length === 0, reason: reason || null, aboutOthers: true };
}
