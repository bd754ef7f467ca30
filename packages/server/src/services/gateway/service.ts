import type { Server } from 'node:http';
import { ROUTES } from '@deltastream/contracts';
import compress from '@fastify/compress';
import cors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { createAccessCheck, createAdmissionHook } from '../../kit/access/access.ts';
import { healthRoutes } from '../../kit/health/health.ts';
import type { PlatformWatch } from '../../kit/health/platform-watch.ts';
import { listen } from '../../kit/http/connections/listen.ts';
import { routeUpgrades, SOCKET_PATH } from '../../kit/http/connections/routed-upgrades.ts';
import { enforcePolicies } from '../../kit/http/enforce-policies.ts';
import { createHttpApp } from '../../kit/http/http.ts';
import { LOKI_TAIL_PATH, UPSTREAMS } from '../../kit/http/route-table.ts';
import { createLifecycle } from '../../kit/lifecycle/lifecycle.ts';
import type { Check, HostedService, Service, ServiceName } from '../../kit/lifecycle/service.ts';
import { type Logger, serviceLogger } from '../../kit/logging/log.ts';
import { createEncodingChoice, createResponseBodies } from '../../kit/responses/representation.ts';
import type { TokenVerifier } from '../../kit/tokens/token.ts';
import type { RateLimiter } from '../../ports/rate-limiter.ts';
import { serveDashboard } from './dashboard.ts';
import { createGatewayMetrics } from './gateway-metrics.ts';
import { collectOpenApi, serveDocumentation } from './openapi/documentation.ts';
import { headersOfPages, OF_REFERENCE } from './page-headers.ts';
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
  /** Metrics of the process, beside its own. */
  readonly ofProcess?: readonly Registry[];
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
  const upgrades = remote.has('socket-gateway') || remote.has('logging') ? createUpgrades(settings) : null;
  if (remote.has('socket-gateway')) routeUpgrades(app, SOCKET_PATH);
  if (remote.has('logging')) routeUpgrades(app, LOKI_TAIL_PATH);
  const metrics = createGatewayMetrics(
    () => [...remote.values()],
    () => upgrades?.count() ?? 0,
  );
  const portMetrics = [...(ports.limiter.metrics ? [ports.limiter.metrics] : []), ...(ports.ofProcess ?? [])];
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
    },
  });

  const gateway: Gateway = {
    name: 'gateway',
    metrics: Registry.merge([
      own,
      app.requestTimes,
      metrics.registry,
      ...local.map((each) => each.metrics),
      ...portMetrics,
    ]),
    server: app.server,
    url: () => url,
    async describe() {
      await app.ready();
      return describeApi();
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

  const { tokensRequired, readRate, computeRate, accountRate, ingestRate } = settings;
  const bodies = createResponseBodies(settings.keptBytes);
  enforcePolicies(app, {
    admit: createAdmissionHook({
      check: createAccessCheck({ ...settings, verifier: ports.verifier }),
      limiter: ports.limiter,
      rates: { read: readRate, compute: computeRate, account: accountRate, ingest: ingestRate },
      onRefusal: metrics.refused,
    }),
    tokensRequired,
    encodings: { choose: createEncodingChoice(), bodies },
    headers: { page: await headersOfPages(), reference: OF_REFERENCE },
    isElsewhere: ({ upstream }) => remote.has(upstream as ServiceName),
  });
  await allowOrigins(app, settings);
  const describeApi = collectOpenApi(app, settings.version);
  for (const each of local) {
    if (each.routes) await app.register(each.routes);
    await app.register(healthRoutes(each, `/services/${each.name}`));
  }
  if (remote.size > 0) {
    const { remoteRoutes } = await import('./upstreams/remote-routes.ts');
    await app.register(remoteRoutes({ upstreams: remote, upgrades, metrics, bodies, settings, logger }));
  }
  if (settings.absent.length > 0) {
    const { absentRoutes } = await import('./upstreams/absent-routes.ts');
    await app.register(absentRoutes(settings.absent));
  }
  await app.register(statusRoute({ local, remote: [...remote.values()], metrics, tokensRequired, platform }));
  await app.register(healthRoutes(gateway));
  serveDocumentation(app, describeApi);
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
  for (const name of UPSTREAMS) {
    const url = settings.upstreamUrls[name];
    if (url === undefined || here.has(name)) continue;
    // What only proxies need is loaded only for them: most platforms are one process, and start quickly.
    const { createUpstream } = await import('./upstreams/upstream.ts');
    remote.set(name, createUpstream({ name, url, settings, logger }));
  }
  return remote;
}

/** Which other origins may read what is served: never with credentials. */
async function allowOrigins(app: FastifyInstance, { corsOrigins }: GatewaySettings): Promise<void> {
  if (corsOrigins.length === 0) return;
  await app.register(cors, {
    origin: corsOrigins.includes('*') ? '*' : [...corsOrigins],
    methods: [...new Set(ROUTES.map(({ method }) => method)), 'HEAD'],
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

const CORS_SECONDS = 600; // A browser asks again after this; withdrawn origins are out by then.

async function summaryOf(service: HostedService): Promise<Check> {
  const checks = await service.ready();
  const failing = checks.filter(({ ok }) => !ok);
  const named = failing.length > 0 ? failing : checks.filter((check) => check.reason !== null);
  const reason = named.map((check) => `${check.name}: ${check.reason ?? 'not ready'}`).join('; ');
  return { name: service.name, ok: failing.length === 0, reason: reason || null, aboutOthers: true };
}
