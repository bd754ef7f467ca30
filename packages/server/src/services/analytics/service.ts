import { ENRICHED_FIGURES, ENRICHED_SURFACES } from '@deltastream/contracts';
import { reasonOf } from '../../kit/errors.ts';
import { COMPUTE_BUCKETS, createMeter } from '../../kit/health/meter.ts';
import { createLifecycle } from '../../kit/lifecycle/lifecycle.ts';
import type { LifecycleSettings } from '../../kit/lifecycle/lifecycle-settings.ts';
import type { Service } from '../../kit/lifecycle/service.ts';
import type { Logger } from '../../kit/logging/log.ts';
import { serviceLogger } from '../../kit/logging/log.ts';
import type { Bus } from '../../ports/bus.ts';
import type { Queue } from '../../ports/queue.ts';
import type { MarketReader } from '../../ports/stores/market/market-store.ts';
import { createLanes } from './computing/lanes.ts';
import { createProductJobs, progressOf } from './computing/product-jobs.ts';
import { createForecasts } from './product-figures/forecasts.ts';
import { createNewestFigures } from './product-figures/newest-figures.ts';
import { createSessionHistory } from './product-figures/sessions/session-history.ts';
import { analyticsRoutes } from './routes.ts';
import { ANALYTICS, type AnalyticsSettings } from './settings.ts';
import { createSurfaces } from './volatility/fitting/surfaces.ts';

export interface AnalyticsPorts {
  readonly store: MarketReader;
  readonly logger: Logger;
  /** Where surfaces and figures of products go, and who computes them; without these two, on request only. */
  readonly bus?: Bus;
  readonly queue?: Queue;
}

const NO_PRODUCT = '-';

/** Serves history and figures across snapshots from the store, and computes the surface and the product figures of new chains. */
export function createAnalytics(
  { store, bus, queue, logger: root }: AnalyticsPorts,
  config: Partial<AnalyticsSettings & LifecycleSettings> & { readonly dataset?: string } = {},
): Service {
  const logger = serviceLogger(root, 'analytics');
  const { registry: metrics, counter, histogram } = createMeter('analytics');
  const seconds = histogram('request_seconds', 'Time to answer a request', COMPUTE_BUCKETS, 'route');
  const settings = { ...ANALYTICS.defaults, ...config };
  const { maxExpiryLagMs } = settings;
  const lanes = createLanes(settings, logger);
  const products = {
    history: createSessionHistory(store, settings),
    forecasts: createForecasts(lanes, settings),
    maxExpiryLagMs,
  };
  const figures = createNewestFigures(store, lanes, products, settings, metrics);
  const surfaces = createSurfaces(store, lanes, settings, metrics);
  const ports = { store, bus, queue, logger };
  const jobs = [
    createProductJobs(ports, {
      what: 'surfaces',
      planJob: 'plan-surfaces',
      computeJob: 'fit-surface',
      topic: ENRICHED_SURFACES,
      counted: counter('surfaces_total', 'Surfaces fitted and published'),
      intervalMs: settings.surfaceIntervalMs,
      maxExpiryLagMs,
      maxAgeMs: Number.POSITIVE_INFINITY,
      progress: ({ slices }) => progressOf(slices.map(({ timestamp }) => timestamp)),
      compute: surfaces.newest,
      take: surfaces.add,
    }),
    createProductJobs(ports, {
      what: 'figures of products',
      planJob: 'plan-figures',
      computeJob: 'compute-figures',
      topic: ENRICHED_FIGURES,
      counted: counter(
        'product_figures_total',
        'Times that the figures of a product were computed and published',
      ),
      intervalMs: settings.figuresIntervalMs,
      maxExpiryLagMs,
      maxAgeMs: settings.sessionCacheMs,
      progress: ({ progress }) => progress,
      compute: figures.newest,
      take: figures.add,
    }),
  ];
  const lifecycle = createLifecycle({
    name: 'analytics',
    logger: root,
    stopTimeoutMs: config.stopTimeoutMs,
    async start() {
      lanes.start();
      for (const each of jobs) await each.start();
    },
    async stop() {
      await Promise.all(jobs.map((each) => each.stop()));
      await lanes.stop();
    },
  });

  /** Heartbeats ask every second: a look-up of what is not there costs the same however much is stored. */
  async function storeProblem(): Promise<string | null> {
    try {
      await store.expiries(NO_PRODUCT);
      return null;
    } catch (error) {
      return reasonOf(error);
    }
  }

  return {
    name: 'analytics',
    start: lifecycle.start,
    stop: lifecycle.stop,
    async ready() {
      const reason = lifecycle.problem() ?? (await storeProblem());
      return [{ name: 'store', ok: reason === null, reason }];
    },
    metrics,
    routes: analyticsRoutes(store, {
      maxBaselineAgeMs: settings.maxBaselineAgeMs,
      maxExpiryLagMs,
      maxReadCells: settings.maxReadCells,
      maxResponseCells: settings.maxResponseCells,
      surfaces,
      maxSurfaceJsonBytes: settings.maxSurfaceJsonBytes,
      products,
      latestFigures: figures.latest,
      onResponse: (route, took) => seconds.observe({ route }, took),
    }),
  };
}
