import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { datasetOf, type PortName, type Ports } from './adapters.ts';
import { ACCESS } from './kit/access/access-settings.ts';
import { DeltaStreamError } from './kit/errors.ts';
import type { PlatformWatch } from './kit/health/platform-watch.ts';
import { HTTP } from './kit/http/http-settings.ts';
import type { Service, ServiceName } from './kit/lifecycle/service.ts';
import type { Logger } from './kit/logging/log.ts';
import { createPathMask, type PathMask } from './kit/responses/path-mask.ts';
import type { TokenVerifier } from './kit/tokens/token.ts';
import type { Bus } from './ports/bus.ts';
import type { Clock } from './ports/clock.ts';
import { ANALYTICS } from './services/analytics/settings.ts';
import type { AuthService } from './services/auth/service.ts';
import { AUTH, type AuthConfig } from './services/auth/settings.ts';
import type { EnricherConfig } from './services/enricher/service.ts';
import { DEFAULT_CONCURRENCY } from './services/enricher/settings.ts';
import type { Feed, FeedConfig } from './services/feed/service.ts';
import { FEED } from './services/feed/settings.ts';
import { DEFAULT_PRODUCTS, SYNTHETIC } from './services/feed/synthetic/synthetic-settings.ts';
import type { Gateway } from './services/gateway/service.ts';
import { GATEWAY, type GatewayConfig } from './services/gateway/settings.ts';
import type { LoggingService } from './services/logging/service.ts';
import { LOGGING } from './services/logging/settings.ts';
import { TRANSFERS } from './services/operations/transfers/transfer-settings.ts';
import type { SocketGateway } from './services/socket-gateway/service.ts';
import { SOCKET_GATEWAY, type SocketGatewaySettings } from './services/socket-gateway/settings.ts';
import { STORAGE } from './services/storage/settings.ts';
import type { Settings } from './settings/compose.ts';
import { RECORDINGS } from './settings/recording.ts';
import { recordedAt, recordedExpiry, replayPath, sourceKind } from './settings/source.ts';
import { openDataHostRule, tokenRule, trustedProxiesOf } from './settings/token-rule.ts';

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
  /** Knows the processes on the bus, where a service of this process tells others of them. */
  readonly platform?: PlatformWatch;
  /** Numbers imports and replays above those of the store of this process, where there is one. */
  readonly nextImport?: (keepExisting: boolean) => Promise<number>;
  /** The services created before this one. */
  readonly created: Partial<Services>;
  /** Checks tokens; the same one for every service of the process. */
  verifier(): Promise<TokenVerifier>;
}

export interface ServiceEntry<Name extends keyof Services, Needs extends PortName = PortName> {
  /** The ports it is given, and no others. */
  readonly ports: readonly Needs[];
  /** Its port when it runs without the gateway and `--port` does not say another. */
  readonly alone: number;
  create(ports: Pick<Ports, Needs>, around: Surroundings): Services[Name] | Promise<Services[Name]>;
}

export const VERSION = '0.1.0';
const DEFAULT_MARKET_PRODUCTS = ['NIFTY'];
const WEB_FOLDER = fileURLToPath(new URL('../../../web/dist', import.meta.url));

const entry = <Name extends keyof Services, Needs extends PortName>(definition: ServiceEntry<Name, Needs>) =>
  definition as ServiceEntry<Name>;

/** The table of services, in the order in which they are created. A process loads the code of those it runs. */
export const SERVICES: { readonly [Name in keyof Services]: ServiceEntry<Name> } = {
  auth: entry<'auth', 'users' | 'bus'>({
    ports: ['users', 'bus'],
    alone: 8001,
    create: async ({ users, bus }, { settings, logger, clock }) => {
      const { createAuth } = await import('./services/auth/service.ts');
      return createAuth({ users, bus, clock, logger }, authConfig(settings));
    },
  }),
  logging: entry<'logging', 'logs' | 'bus'>({
    ports: ['logs', 'bus'],
    alone: 8005,
    create: async ({ logs }, { settings, logger, clock, verifier }) => {
      const { createLogging } = await import('./services/logging/service.ts');
      return createLogging({ logs, clock, logger, verifier: await verifier() }, LOGGING.of(settings));
    },
  }),
  operations: entry<'operations', 'bus' | 'queue' | 'marketReader'>({
    ports: ['bus', 'queue', 'marketReader'],
    alone: 8006,
    create: async ({ bus, queue, marketReader: store }, around) => {
      const { createOperations } = await import('./services/operations/service.ts');
      const { openRecording } = await import('./kit/recordings/recordings.ts');
      const { settings, logger, clock } = around;
      const verifier = await around.verifier();
      return createOperations(
        {
          bus,
          queue,
          clock,
          logger,
          verifier,
          store,
          openRecording: (path, signal, said) =>
            openRecording(path, { ...said, limits: RECORDINGS.of(settings), followLinks: false, signal }),
        },
        {
          ...TRANSFERS.of(settings),
          folder: settings.data,
          importRefusal: importRefusal(settings),
          dataset: datasetOf(settings),
        },
      );
    },
  }),
  storage: entry<'storage', 'bus' | 'marketStore' | 'cache'>({
    ports: ['bus', 'marketStore', 'cache'],
    alone: 8003,
    create: async ({ bus, marketStore, cache }, { settings, logger, clock }) => {
      const { createStorage } = await import('./services/storage/service.ts');
      const { Registry } = await import('prom-client');
      const config = {
        stopTimeoutMs: settings.stopTimeoutMs / 4,
        ...STORAGE.of(settings),
        dataset: datasetOf(settings),
      };
      const storage = createStorage({ bus, store: marketStore, cache, clock, logger }, config);
      if (!('metrics' in cache) || !(cache.metrics instanceof Registry)) return storage;
      return { ...storage, metrics: Registry.merge([storage.metrics, cache.metrics]) };
    },
  }),
  analytics: entry<'analytics', 'marketReader' | 'bus' | 'queue'>({
    ports: ['marketReader', 'bus', 'queue'],
    alone: 8004,
    create: async ({ marketReader, bus, queue }, { settings, logger }) => {
      const { createAnalytics } = await import('./services/analytics/service.ts');
      return createAnalytics({ store: marketReader, bus, queue, logger }, ANALYTICS.of(settings));
    },
  }),
  'socket-gateway': entry<'socket-gateway', 'bus' | 'rateLimiter'>({
    ports: ['bus', 'rateLimiter'],
    alone: 8002,
    create: async ({ bus, rateLimiter: limiter }, around) => {
      const { createSocketGateway } = await import('./services/socket-gateway/service.ts');
      const { settings, logger, clock, platform } = around;
      return createSocketGateway(
        { bus, limiter, clock, logger, platform, verifier: await around.verifier() },
        socketGatewayConfig(settings),
      );
    },
  }),
  enricher: entry<'enricher', 'bus' | 'queue'>({
    ports: ['bus', 'queue'],
    alone: 8007,
    create: async ({ bus, queue }, { settings, logger, clock }) => {
      const { createEnricher } = await import('./services/enricher/service.ts');
      return createEnricher({ bus, queue, logger, clock }, await enricherConfig(settings));
    },
  }),
  feed: entry<'feed', 'bus'>({
    ports: ['bus'],
    alone: 8008,
    create: async ({ bus }, { settings, logger, clock, nextImport }) => {
      const { createFeed } = await import('./services/feed/service.ts');
      return createFeed({ bus, clock, logger, nextImport }, feedConfig(settings));
    },
  }),
  gateway: entry<'gateway', 'bus' | 'rateLimiter'>({
    ports: ['bus', 'rateLimiter'],
    alone: 8000,
    create: async ({ rateLimiter: limiter }, around) => {
      const { createGateway } = await import('./services/gateway/service.ts');
      const { settings, logger, created, platform } = around;
      const verifier = await around.verifier();
      const gateway = await createGateway(
        { upstreams: Object.values(created), limiter, platform, verifier, logger },
        gatewayConfig(settings, urlsOfServices(settings)),
      );
      created['socket-gateway']?.attach(gateway.server);
      return gateway;
    },
  }),
};

function gatewayConfig(settings: Settings, upstreamUrls: GatewayConfig['upstreamUrls']): GatewayConfig {
  return {
    ...ACCESS.of(settings),
    ...HTTP.of(settings),
    ...GATEWAY.of(settings),
    host: settings.host,
    port: settings.port ?? SERVICES.gateway.alone,
    webFolder: WEB_FOLDER,
    version: VERSION,
    upstreamUrls,
    tokensRequired: tokenRule(settings).required,
    hostRule: openDataHostRule(settings),
    maskPaths: pathMaskOf(settings),
  };
}

/** A socket gateway alone on this machine is reached through a gateway here, which says whom it speaks for. */
function socketGatewayConfig(settings: Settings): SocketGatewaySettings {
  const { corsOrigins, socketToken, readRate } = settings;
  const requireToken = socketToken === 'required' || tokenRule(settings).required;
  return {
    ...SOCKET_GATEWAY.of(settings),
    hostRule: requireToken ? undefined : openDataHostRule(settings),
    corsOrigins,
    products: expectedProducts(settings),
    requireToken,
    requestsPerSecond: readRate,
    trustedProxies: trustedProxiesOf(settings),
  };
}

/** What clients are shown instead of the paths that the settings name. */
export function pathMaskOf(settings: Settings): PathMask {
  return createPathMask({
    ...(sourceKind(settings) === 'replay' && { [replayPath(settings)]: 'the recording' }),
    [settings.data]: 'the data folder',
  });
}

/** Where a gateway finds the services that do not run beside it. */
function urlsOfServices(settings: Settings): Partial<Record<ServiceName, string>> {
  return {
    auth: authUrlOf(settings),
    storage: settings.dataUrl ?? alone('storage'),
    analytics: settings.analyticsUrl ?? alone('analytics'),
    logging: settings.logsUrl ?? alone('logging'),
    operations: settings.operationsUrl ?? alone('operations'),
    'socket-gateway': settings.socketUrl ?? alone('socket-gateway'),
  };
}

/** Where a process without the auth service has tokens checked. */
export const authUrlOf = ({ authUrl }: Pick<Settings, 'authUrl'>): string => authUrl ?? alone('auth');

const alone = (name: keyof Services): string => `http://127.0.0.1:${SERVICES[name].alone}`;

/** What the auth service is told, also by commands that work on accounts without it. */
export function authConfig(settings: Settings): AuthConfig {
  return {
    ...AUTH.of(settings),
    keyFile: join(settings.data, 'auth-key.json'),
    oidc: oidcClients(settings),
  };
}

function oidcClients(settings: Settings): NonNullable<AuthConfig['oidc']> {
  const { oidcIssuer, oidcName, oidcClientId, oidcClientSecret, oidcRedirectUri } = settings;
  if (oidcIssuer === undefined) return [];
  if (oidcClientId === undefined || oidcRedirectUri === undefined) {
    throw new DeltaStreamError(
      'invalid_setting',
      '--oidc-issuer needs --oidc-client-id and --oidc-redirect-uri',
    );
  }
  return [
    {
      name: oidcName,
      issuer: oidcIssuer,
      clientId: oidcClientId,
      clientSecret: oidcClientSecret,
      redirectUri: oidcRedirectUri,
    },
  ];
}

/** Generated and recorded data never share a store, so one cannot be taken for the other. */
function importRefusal(settings: Settings): string | null {
  if (datasetOf(settings) !== 'synthetic') return null;
  return 'generated data is kept here: import where --source is none or --dataset names another';
}

/** How a service checks tokens: with the auth service of this process, else with what it publishes. */
export async function tokenVerifier(
  bus: Bus,
  { settings, logger, clock, created }: Omit<Surroundings, 'verifier'>,
): Promise<TokenVerifier> {
  if (created.auth) return created.auth.verifier;
  const { createRemoteVerifier } = await import('./kit/tokens/remote-verifier.ts');
  const { issuer, audience } = AUTH.of(settings);
  return createRemoteVerifier({ authUrl: authUrlOf(settings), issuer, audience, clock, bus, logger });
}

async function enricherConfig(settings: Settings): Promise<EnricherConfig> {
  const { rate, rateCurve, concurrency, marketConcurrency, offHoursConcurrency } = settings;
  const curves =
    rateCurve === undefined
      ? undefined
      : (await import('./services/enricher/rate.ts')).readRateCurves(rateCurve);
  if (marketConcurrency === undefined && offHoursConcurrency === undefined) {
    return { rate, curves, concurrency };
  }
  const { marketSchedule } = await import('./services/enricher/market-schedule.ts');
  const schedule = marketSchedule(settings.marketProducts ?? settings.products ?? DEFAULT_MARKET_PRODUCTS, {
    market: marketConcurrency ?? concurrency ?? DEFAULT_CONCURRENCY,
    offHours: offHoursConcurrency ?? concurrency ?? DEFAULT_CONCURRENCY,
  });
  return { rate, curves, concurrency, schedule };
}

function feedConfig(settings: Settings): FeedConfig {
  const { speed, keepExisting, ...limits } = FEED.of(settings);
  const dataset = datasetOf(settings);
  if (sourceKind(settings) === 'replay')
    return {
      source: {
        kind: 'replay',
        path: replayPath(settings),
        product: settings.recordedProduct,
        expiry: recordedExpiry(settings),
        recordedAt: recordedAt(settings),
        limits: RECORDINGS.of(settings),
      },
      ...limits,
      speed,
      dataset,
      keepExisting,
    };
  return { source: { kind: 'synthetic', ...SYNTHETIC.of(settings) }, ...limits, dataset };
}

/** Products that will come although nothing was heard of them yet, so that a client may ask for them at once. */
function expectedProducts(settings: Settings): readonly string[] {
  return sourceKind(settings) === 'synthetic' ? (settings.products ?? DEFAULT_PRODUCTS) : [];
}
