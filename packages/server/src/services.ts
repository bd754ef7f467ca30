import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Registry } from 'prom-client';
import type { PortName, Ports } from './adapters.ts';
import { replayPath, type Settings, sourceKind } from './config.ts';
import type { Logger } from './kit/log.ts';
import type { Service } from './kit/service.ts';
import type { Clock } from './ports/clock.ts';
import { createAnalytics } from './services/analytics/service.ts';
import { type AuthService, createAuth } from './services/auth/service.ts';
import { createEnricher } from './services/enricher/service.ts';
import { createFeed, type Feed, type FeedConfig, SYNTHETIC_DEFAULTS } from './services/feed/service.ts';
import { createGateway, type Gateway } from './services/gateway/service.ts';
import { createLogging, type LoggingService } from './services/logging/service.ts';
import { createOperations } from './services/operations/service.ts';
import { createSocketGateway, type SocketGateway } from './services/socket-gateway/service.ts';
import { createStorage } from './services/storage/service.ts';

/** Every service by name, with what it offers beyond `Service`. */
export interface Services {
  auth: AuthService;
  logging: LoggingService;
  operations: Service;
  storage: Service;
  analytics: Service;
  'socket-gateway': SocketGateway;
  enricher: Service;
  feed: Feed;
  gateway: Gateway;
}

/** What every service gets besides its ports. */
export interface Surroundings {
  readonly settings: Settings;
  readonly logger: Logger;
  readonly clock: Clock;
  /** The services created before this one. */
  readonly created: Partial<Services>;
}

export interface ServiceEntry<Name extends keyof Services, Needs extends PortName = PortName> {
  /** The ports it is given, and no others. */
  readonly ports: readonly Needs[];
  /** Its port when it runs without the gateway; null for a service that only works on the bus. */
  readonly alone: number | null;
  create(ports: Pick<Ports, Needs>, around: Surroundings): Services[Name] | Promise<Services[Name]>;
}

export const VERSION = '0.1.0';
const WEB_FOLDER = fileURLToPath(new URL('../../../web/dist', import.meta.url));

const entry = <Name extends keyof Services, Needs extends PortName>(definition: ServiceEntry<Name, Needs>) =>
  definition as ServiceEntry<Name>;

/** The table of services, in the order in which they are created. */
export const SERVICES: { readonly [Name in keyof Services]: ServiceEntry<Name> } = {
  auth: entry<'auth', 'users'>({
    ports: ['users'],
    alone: 8001,
    create: ({ users }, { settings, logger, clock }) =>
      createAuth(
        { users, clock, logger },
        { keyFile: join(settings.data, 'auth-key.json'), accessTokenSeconds: settings.accessTokenSeconds },
      ),
  }),
  logging: entry<'logging', 'logs'>({
    ports: ['logs'],
    alone: 8005,
    create: ({ logs }, { logger, clock, created }) =>
      createLogging({ logs, clock, logger, verifier: created.auth?.verifier }),
  }),
  operations: entry<'operations', 'bus' | 'queue'>({
    ports: ['bus', 'queue'],
    alone: 8006,
    create: ({ bus, queue }, { created }) =>
      createOperations({ bus, queue, verifier: created.auth?.verifier }),
  }),
  storage: entry<'storage', 'bus' | 'marketStore' | 'cache'>({
    ports: ['bus', 'marketStore', 'cache'],
    alone: 8003,
    create: ({ bus, marketStore, cache }, { logger, clock }) => {
      const storage = createStorage({ bus, store: marketStore, cache, clock, logger });
      if (!('metrics' in cache) || !(cache.metrics instanceof Registry)) return storage;
      return { ...storage, metrics: Registry.merge([storage.metrics, cache.metrics]) };
    },
  }),
  analytics: entry<'analytics', 'marketReader'>({
    ports: ['marketReader'],
    alone: 8004,
    create: ({ marketReader }, { logger }) => createAnalytics({ store: marketReader, logger }),
  }),
  'socket-gateway': entry<'socket-gateway', 'bus'>({
    ports: ['bus'],
    alone: 8002,
    create: ({ bus }, { settings, logger, clock }) =>
      createSocketGateway(
        { bus, clock, logger },
        { corsOrigins: settings.corsOrigins, products: expectedProducts(settings) },
      ),
  }),
  enricher: entry<'enricher', 'bus' | 'queue'>({
    ports: ['bus', 'queue'],
    alone: null,
    create: ({ bus, queue }, { settings, logger }) =>
      createEnricher({ bus, queue, logger }, { rate: settings.rate, concurrency: settings.concurrency }),
  }),
  feed: entry<'feed', 'bus'>({
    ports: ['bus'],
    alone: null,
    create: ({ bus }, { settings, logger, clock }) =>
      createFeed({ bus, clock, logger }, feedConfig(settings)),
  }),
  gateway: entry<'gateway', never>({
    ports: [],
    alone: 8000,
    create: async (_ports, { settings, logger, created }) => {
      const gateway = await createGateway(
        { upstreams: Object.values(created), logger },
        {
          host: settings.host,
          port: settings.port,
          webFolder: WEB_FOLDER,
          version: VERSION,
          corsOrigins: settings.corsOrigins,
        },
      );
      created['socket-gateway']?.attach(gateway.server);
      return gateway;
    },
  }),
};

function feedConfig(settings: Settings): FeedConfig {
  const { speed } = settings;
  if (sourceKind(settings) === 'replay')
    return { source: { kind: 'replay', path: replayPath(settings) }, speed };
  const { products, seed, drift, volatility, ticksPerSecond } = settings;
  return { source: { kind: 'synthetic', products, seed, drift, volatility, ticksPerSecond } };
}

/** Products that will come although nothing was heard of them yet, so that a client may ask for them at once. */
function expectedProducts(settings: Settings): readonly string[] {
  return sourceKind(settings) === 'synthetic' ? (settings.products ?? SYNTHETIC_DEFAULTS.products) : [];
}
