import { statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { serverOf } from './adapters.ts';
import { DeltaStreamError } from './kit/errors.ts';
import { LIFECYCLE } from './kit/lifecycle/lifecycle-settings.ts';
import { SERVICE_NAMES, type Service, type ServiceName } from './kit/lifecycle/service.ts';
import { RECORDINGS } from './kit/recordings/recording-settings.ts';
import type { ServiceEntry } from './launch/create-service.ts';
import type { ProcessPortName } from './launch/process-ports.ts';
import type { MarketReader } from './ports/stores/market/market-store.ts';
import { ALERT_DELIVERY, deliverySettings } from './services/alerts/delivery/settings.ts';
import { ALERT_RULES } from './services/alerts/rules/rule-settings.ts';
import { ALERT_RUNTIME } from './services/alerts/runtime/runtime-settings.ts';
import { ANALYTICS } from './services/analytics/settings.ts';
import { authConfig } from './services/auth/settings.ts';
import { FEED } from './services/feed/settings.ts';
import { expectedProducts } from './services/feed/source-settings.ts';
import { gatewayConfig } from './services/gateway/settings.ts';
import { LOGGING } from './services/logging/settings.ts';
import { LOG_SHIPPING } from './services/logging/ship/ship-settings.ts';
import { MIRROR } from './services/mirror/settings.ts';
import { IMPORTS } from './services/operations/imports/import-settings.ts';
import { RECONCILIATION } from './services/operations/reconciliation/reconciliation-settings.ts';
import { importRefusal, TRANSFERS } from './services/operations/transfers/transfer-settings.ts';
import { socketGatewayConfig } from './services/socket-gateway/settings.ts';
import { STORAGE } from './services/storage/settings.ts';
import type { Settings } from './settings/compose.ts';
import { datasetOf, isShared, pathMaskOf } from './settings/places.ts';

export const VERSION = '0.1.0';
const WEB_FOLDER = fileURLToPath(new URL('../../../web/dist', import.meta.url));

const entry = <Made extends Service, Given extends ProcessPortName>(definition: ServiceEntry<Made, Given>) =>
  definition as ServiceEntry<Made>;

/**
 * The table of services. In which order they are created, started and stopped follows from what stands here. A process
 * loads the code of those it runs.
 */
export const SERVICES = {
  auth: entry({
    ports: ['users', 'bus'],
    provides: 'verifier',
    does: ['answer'],
    alone: 8001,
    url: 'authUrl',
    async create({ users, bus }, { settings, logger, clock }) {
      const { createAuth } = await import('./services/auth/service.ts');
      return createAuth({ users, bus, clock, logger }, authConfig(settings));
    },
  }),
  logging: entry({
    ports: ['logs', 'verifier', 'bus'],
    does: ['answer'],
    alone: 8005,
    url: 'logsUrl',
    async create({ logs, verifier, bus }, { settings, logger, clock }) {
      const { createLogging } = await import('./services/logging/service.ts');
      const folder = join(settings.data, 'logs');
      return createLogging(
        { logs, clock, logger, verifier, bus },
        { ...LOGGING.of(settings), shipping: LOG_SHIPPING.of(settings), folder },
      );
    },
  }),
  operations: entry({
    ports: ['bus', 'queue', 'marketReader', 'verifier'],
    does: ['answer'],
    needs: ['enrich', 'store'],
    alone: 8006,
    url: 'operationsUrl',
    async create({ bus, queue, marketReader: store, verifier }, { settings, logger, clock }) {
      const { createOperations } = await import('./services/operations/service.ts');
      const { openRecording } = await import('./kit/recordings/recordings.ts');
      const { createPastSource } = await import('./services/feed/synthetic/past/past-source.ts');
      const { storedDataStatus } = await import('./stored-data/status/status.ts');
      return createOperations(
        {
          storedData: () => storedDataStatus(settings),
          replayFigures: () => openReplayFigures(settings),
          bus,
          queue,
          clock,
          logger,
          verifier,
          store,
          openRecording: (path, signal, said) =>
            openRecording(path, { ...said, limits: RECORDINGS.of(settings), followLinks: false, signal }),
          openPast: createPastSource,
        },
        {
          ...LIFECYCLE.of(settings),
          ...TRANSFERS.of(settings),
          ...IMPORTS.of(settings),
          keepExisting: settings.keepExisting,
          ...RECONCILIATION.of(settings),
          maxGapMs: FEED.of(settings).maxGapMs,
          folder: settings.data,
          importRefusal: importRefusal(datasetOf(settings)),
          dataset: datasetOf(settings),
        },
      );
    },
  }),
  ingest: entry({
    ports: ['intake', 'ingestChannels', 'verifier'],
    does: ['answer'],
    needs: ['enrich', 'store'],
    alone: 8009,
    url: 'ingestUrl',
    async create({ intake, ingestChannels: { channels }, verifier }, { settings, logger }) {
      const { createIngest } = await import('./services/ingest/service.ts');
      return createIngest({ intake, channels, verifier, logger }, LIFECYCLE.of(settings));
    },
  }),
  storage: entry({
    ports: ['bus', 'queue', 'marketStore', 'cache', 'platform'],
    does: ['store', 'answer'],
    alone: 8003,
    url: 'dataUrl',
    async create({ bus, queue, marketStore: store, cache, platform }, { settings, logger, clock }) {
      const { createStorage } = await import('./services/storage/service.ts');
      const config = {
        ...LIFECYCLE.of(settings),
        stopTimeoutMs: settings.stopTimeoutMs / 4,
        ...STORAGE.of(settings),
        dataset: datasetOf(settings),
        maxExpiryLagMs: ANALYTICS.of(settings).maxExpiryLagMs,
      };
      const recomputation = {
        open: () => openRecomputation(settings, store),
        folder: recomputeFolder(settings),
      };
      return createStorage({ bus, queue, recomputation, store, cache, platform, clock, logger }, config);
    },
  }),
  analytics: entry({
    ports: ['marketReader', 'bus', 'queue'],
    does: ['answer'],
    alone: 8004,
    url: 'analyticsUrl',
    async create({ marketReader, bus, queue }, { settings, logger }) {
      const { createAnalytics } = await import('./services/analytics/service.ts');
      return createAnalytics(
        { store: marketReader, bus, queue, logger },
        {
          ...LIFECYCLE.of(settings),
          ...ANALYTICS.of(settings),
          dataset: datasetOf(settings),
        },
      );
    },
  }),
  'socket-gateway': entry({
    ports: ['bus', 'rateLimiter', 'verifier', 'platform', 'intake'],
    does: ['broadcast'],
    alone: 8002,
    url: 'socketUrl',
    async create({ bus, rateLimiter: limiter, verifier, platform, intake }, context) {
      const { createSocketGateway } = await import('./services/socket-gateway/service.ts');
      const { settings, logger, clock, trustedProxies } = context;
      const own = { trustedProxies, products: expectedProducts(settings) };
      const ports = { bus, limiter, clock, logger, platform, verifier, intake };
      return createSocketGateway(ports, socketGatewayConfig(settings, own));
    },
  }),
  enricher: entry({
    ports: ['bus', 'queue'],
    does: ['enrich'],
    needs: ['store'],
    alone: 8007,
    async create({ bus, queue }, { settings, logger, clock }) {
      const { createEnricher } = await import('./services/enricher/service.ts');
      const { enricherConfig } = await import('./services/enricher/enricher-config.ts');
      return createEnricher({ bus, queue, logger, clock }, await enricherConfig(settings));
    },
  }),
  mirror: entry({
    ports: ['bus', 'mirrorChannels'],
    does: ['broadcast'],
    wanted: { flag: '--mirror', when: ({ mirror }) => mirror !== undefined },
    alone: 8010,
    async create({ bus, mirrorChannels: { channels } }, { settings, logger }) {
      const { createMirror } = await import('./services/mirror/service.ts');
      if (channels === null) throw new DeltaStreamError('invalid_setting', '--mirror names no Redis');
      const { mirror: _, ...limits } = MIRROR.of(settings);
      const { stopTimeoutMs } = LIFECYCLE.of(settings);
      return createMirror(
        { bus, channels, logger },
        { ...limits, stopTimeoutMs, dataset: datasetOf(settings) },
      );
    },
  }),
  alerts: entry({
    ports: ['alertStore', 'bus', 'queue', 'marketReader', 'platform', 'verifier'],
    // What it takes of the streams has to be kept, as storage's.
    does: ['store', 'answer'],
    alone: 8011,
    url: 'alertsUrl',
    async create({ alertStore: store, bus, queue, marketReader, platform, verifier }, context) {
      const { createAlerts } = await import('./services/alerts/service.ts');
      const { settings, logger, clock } = context;
      return createAlerts(
        { store, bus, queue, marketReader, platform, verifier, clock, logger },
        {
          stopTimeoutMs: LIFECYCLE.of(settings).stopTimeoutMs,
          runtime: ALERT_RUNTIME.of(settings),
          delivery: deliverySettings(ALERT_DELIVERY.of(settings)),
          rules: ALERT_RULES.of(settings),
          secretFile: join(settings.data, 'alerts-key.json'),
          dataset: datasetOf(settings),
          folder: serverOf(settings.users) === null ? settings.data : null,
        },
      );
    },
  }),
  feed: entry({
    ports: ['bus', 'queue'],
    needs: ['enrich', 'store'],
    startsAfter: ['broadcast', 'answer', 'serve'],
    wanted: {
      flag: '--source',
      when: ({ source }) => source !== 'none',
      refusal({ record, keepRaw }) {
        if (record === undefined && !keepRaw) return null;
        const asked = record === undefined ? '--keep-raw' : '--record';
        return `${asked} has nothing to do with --source none: say what is played, or leave it out`;
      },
    },
    alone: 8008,
    url: 'feedUrl',
    async create({ bus, queue }, { settings, logger, clock, nextImport }) {
      const { createFeed } = await import('./services/feed/service.ts');
      const { feedConfig } = await import('./services/feed/feed-config.ts');
      return createFeed(
        { bus, clock, logger, nextImport, queue },
        feedConfig(settings, datasetOf(settings), VERSION),
      );
    },
  }),
  gateway: entry({
    ports: ['rateLimiter', 'verifier', 'platform', 'hosted'],
    does: ['serve'],
    needs: ['answer'],
    startsAfter: ['enrich', 'store', 'broadcast'],
    alone: 8000,
    async create({ rateLimiter: limiter, verifier, platform, hosted }, { settings, logger, ofProcess }) {
      const { createGateway } = await import('./services/gateway/service.ts');
      const gateway = await createGateway(
        { upstreams: hosted, limiter, platform, verifier, logger, ofProcess },
        gatewayConfig(settings, {
          port: settings.port ?? SERVICES.gateway.alone,
          webFolder: WEB_FOLDER,
          version: VERSION,
          upstreamUrls: urlsOfServices(settings),
          absent: absentServices(settings),
          maskPaths: pathMaskOf(settings),
        }),
      );
      for (const { attach } of hosted) attach?.(gateway.server);
      return gateway;
    },
  }),
} satisfies Readonly<Record<ServiceName, ServiceEntry>>;

/**
 * Today's code for stored quotes, for one `recompute`, which stops it, and what its results depend on. Rejects with
 * `invalid_setting` for a curve file.
 */
export async function openRecomputation(settings: Settings, store: MarketReader) {
  const { createColumnMemory } = await import('@deltastream/contracts');
  const { createChainEnricher } = await import('./services/enricher/chain/enrich-chain.ts');
  const { enricherConfig } = await import('./services/enricher/enricher-config.ts');
  const { createFiguresAsOf } = await import('./services/analytics/product-figures/figures-as-of.ts');
  const { rate, curves } = await enricherConfig(settings);
  const reference = settings.reference && statSync(settings.reference).mtimeMs;
  return {
    sources: {
      enrich: createChainEnricher({ rate, curves }, createColumnMemory()),
      ...createFiguresAsOf(store, ANALYTICS.of(settings)),
    },
    identity: { release: VERSION, dataset: datasetOf(settings), rate, curves, reference },
  };
}

/** Today's code for what is recorded and played again. Rejects with `invalid_setting` for a curve file. */
async function openReplayFigures(settings: Settings) {
  const { createChainEnricher } = await import('./services/enricher/chain/enrich-chain.ts');
  const { enrichTick } = await import('./services/enricher/enrich-tick.ts');
  const { enricherConfig } = await import('./services/enricher/enricher-config.ts');
  const { rate, curves } = await enricherConfig(settings);
  return { enrichChain: createChainEnricher({ rate, curves }), enrichTick };
}

/** Where it is noted how far recomputations are. */
export const recomputeFolder = (settings: Settings): string => join(settings.data, 'recompute');

/** Every service by name, with what it offers beyond `Service`. */
export type Services = {
  [Name in ServiceName]: Awaited<ReturnType<(typeof SERVICES)[Name]['create']>>;
};

/** Where a process finds a service that it does not run. */
export function urlOf(name: ServiceName, settings: Settings): string {
  const { url, alone }: ServiceEntry = SERVICES[name];
  return (url && settings[url]) ?? `http://127.0.0.1:${alone}`;
}

const urlsOfServices = (settings: Settings): Partial<Record<ServiceName, string>> => {
  const absent = absentServices(settings);
  const reachable = SERVICE_NAMES.filter((name) => 'url' in SERVICES[name] && !absent.includes(name));
  return Object.fromEntries(reachable.map((name) => [name, urlOf(name, settings)]));
};

/** Those that would have nothing to do, of a platform that is one process: nobody else runs them. */
function absentServices(settings: Settings): ServiceName[] {
  if (settings.only !== undefined || isShared(settings.bus)) return [];
  return SERVICE_NAMES.filter((name) => {
    const { wanted, url }: ServiceEntry = SERVICES[name];
    return wanted?.when(settings) === false && (url === undefined || settings[url] === undefined);
  });
}
