import { Histogram, Registry } from 'prom-client';
import { reasonOf } from '../../kit/errors.ts';
import type { Logger } from '../../kit/log.ts';
import { serviceLogger } from '../../kit/log.ts';
import type { Service } from '../../kit/service.ts';
import type { MarketReader } from '../../ports/market-store.ts';
import { analyticsRoutes } from './routes.ts';

export interface AnalyticsPorts {
  readonly store: MarketReader;
  readonly logger: Logger;
}

export interface AnalyticsConfig {
  /** How much older than its window a build-up's earlier snapshot may be. */
  readonly maxBaselineAgeMs: number;
}

const ANALYTICS_DEFAULTS: AnalyticsConfig = { maxBaselineAgeMs: 1_800_000 };

/** Answers history and figures across snapshots from the store; computes on request and keeps nothing. */
export function createAnalytics(
  { store, logger: root }: AnalyticsPorts,
  config: Partial<AnalyticsConfig> = {},
): Service {
  const logger = serviceLogger(root, 'analytics');
  const metrics = new Registry();
  const seconds = new Histogram({
    name: 'deltastream_analytics_request_seconds',
    help: 'Time to answer a request',
    labelNames: ['route'],
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2],
    registers: [metrics],
  });
  let running = false;

  async function storeProblem(): Promise<string | null> {
    try {
      await store.products();
      return null;
    } catch (error) {
      return reasonOf(error);
    }
  }

  return {
    name: 'analytics',
    async start() {
      running = true;
      logger.debug('started');
    },
    async stop() {
      running = false;
    },
    async ready() {
      const reason = running ? await storeProblem() : 'not started';
      return [{ name: 'store', ok: reason === null, reason }];
    },
    metrics,
    routes: analyticsRoutes(store, {
      ...ANALYTICS_DEFAULTS,
      ...config,
      onAnswer: (route, took) => seconds.observe({ route }, took),
    }),
  };
}
