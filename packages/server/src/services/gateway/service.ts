import type { Server } from 'node:http';
import compress from '@fastify/compress';
import cors from '@fastify/cors';
import helmet from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { healthRoutes } from '../../kit/health.ts';
import { createHttpApp } from '../../kit/http.ts';
import { listen } from '../../kit/listen.ts';
import { type Logger, serviceLogger } from '../../kit/log.ts';
import type { Check, Service } from '../../kit/service.ts';
import { serveDashboard } from './dashboard.ts';
import { collectOpenApi, serveDocumentation } from './documentation.ts';

export interface GatewayPorts {
  /** The services whose routes, health and metrics this gateway shows. */
  readonly upstreams: readonly Service[];
  readonly logger: Logger;
}

export interface GatewayConfig {
  readonly host: string;
  readonly port: number;
  /** Folder of the built page. */
  readonly webFolder: string;
  /** Version shown in the API description. */
  readonly version: string;
  /** Origins other than its own that browsers may call from; none by default. */
  readonly corsOrigins?: readonly string[];
  /** Proxies whose X-Forwarded-For is believed; none by default. */
  readonly trustedProxies?: readonly string[];
  /** Largest request body; 64 KiB. */
  readonly bodyLimitBytes?: number;
  /** Longest time a stop waits for requests under way; 5 s. */
  readonly stopTimeoutMs?: number;
}

export interface Gateway extends Service {
  /** The HTTP server, for services that speak another protocol on the same port. */
  readonly server: Server;
  /** Where it listens, once started. */
  url(): string;
}

/** The one door: routes of every service, the API description, the page, health and metrics. */
export async function createGateway(
  { upstreams, logger }: GatewayPorts,
  config: GatewayConfig,
): Promise<Gateway> {
  const own = new Registry();
  collectDefaultMetrics({ register: own });
  const app = createHttpApp({
    logger: serviceLogger(logger, 'gateway'),
    bodyLimitBytes: config.bodyLimitBytes,
    trustedProxies: config.trustedProxies,
    closeTimeoutMs: config.stopTimeoutMs,
  }) as unknown as FastifyInstance;
  let url = '';

  const gateway: Gateway = {
    name: 'gateway',
    metrics: Registry.merge([own, ...upstreams.map(({ metrics }) => metrics)]),
    server: app.server,
    url: () => url,
    async start() {
      url = await listen(app, config.host, config.port);
    },
    stop: async () => app.close(),
    ready: async () => Promise.all(upstreams.map(summaryOf)),
  };

  await collectOpenApi(app, config.version);
  await app.register(helmet, { contentSecurityPolicy: CONTENT_POLICY, strictTransportSecurity: false });
  if (config.corsOrigins?.length) {
    await app.register(cors, {
      origin: [...config.corsOrigins],
      exposedHeaders: ['x-request-id', 'retry-after'],
    });
  }
  await app.register(compress, { threshold: 1024, encodings: ['br', 'gzip'] });
  for (const upstream of upstreams) {
    if (upstream.routes) await app.register(upstream.routes);
    await app.register(healthRoutes(upstream, `/services/${upstream.name}`));
  }
  await app.register(healthRoutes(gateway));
  serveDocumentation(app);
  await serveDashboard(app, config.webFolder);
  return gateway;
}

/** Plain HTTP on a trader's own machine is the common case, so nothing here upgrades requests to TLS. */
const CONTENT_POLICY = {
  useDefaults: false,
  directives: {
    defaultSrc: ["'self'"],
    connectSrc: ["'self'", 'ws:', 'wss:'],
    imgSrc: ["'self'", 'data:'],
    objectSrc: ["'none'"],
    baseUri: ["'none'"],
    formAction: ["'self'"],
    frameAncestors: ["'none'"],
  },
};

async function summaryOf(service: Service): Promise<Check> {
  const failing = (await service.ready()).filter(({ ok }) => !ok);
  const reason = failing.map((check) => `${check.name}: ${check.reason ?? 'not ready'}`).join('; ');
  return { name: service.name, ok: failing.length === 0, reason: reason || null };
}
