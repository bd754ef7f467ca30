import type { ProductFigures } from '@deltastream/contracts';
import type { Registry } from 'prom-client';
import { COMPUTE_BUCKETS, createMeter } from '../../../kit/health/meter.ts';
import type { MarketReader } from '../../../ports/stores/market/market-store.ts';
import { createComputedResults } from '../computing/computed-results.ts';
import type { Lanes } from '../computing/lanes.ts';
import { createNewestResults } from '../computing/newest-results.ts';
import { progressOf } from '../computing/product-jobs.ts';
import { readExpiriesInUse } from '../reading/expiry-choice.ts';
import type { AnalyticsSettings } from '../settings.ts';
import { type ProductSources, productFigures } from './product-figures.ts';

/** Figures of what is stored now, by the chains they are of. */
export interface NewestFigures {
  /**
   * Those last published by any process, or computed where a chain came since; meanwhile those before may be returned.
   * Rejects as `productFigures`.
   */
  latest(product: string): Promise<ProductFigures>;
  /** Those of the newest chains, never those before. */
  newest(product: string): Promise<ProductFigures>;
  /** Takes what any process published; false for those of another dataset. */
  add(figures: ProductFigures): boolean;
}

export type NewestFiguresSettings = Pick<
  AnalyticsSettings,
  'figuresStaleMs' | 'sessionCacheMs' | 'maxCachedFigures'
> & {
  /** What the store holds; figures of another dataset on the bus are not taken. */
  readonly dataset?: string;
};

const keyOf = (product: string, progress: number): string => `${product} ${progress}`;

export function createNewestFigures(
  store: MarketReader,
  lanes: Pick<Lanes, 'run'>,
  sources: ProductSources,
  { figuresStaleMs, sessionCacheMs, maxCachedFigures, dataset }: NewestFiguresSettings,
  registry: Registry,
): NewestFigures {
  const help = 'Time to read and compute the figures of one product';
  const seconds = createMeter('analytics', registry).histogram(
    'product_figures_seconds',
    help,
    COMPUTE_BUCKETS,
  );
  // Kept no longer than past sessions, a correction of which has their timestamp.
  const results = createComputedResults<ProductFigures>(lanes, {
    most: { live: maxCachedFigures },
    ttl: sessionCacheMs,
  });
  const recent = createNewestResults(results, { staleMs: figuresStaleMs, most: maxCachedFigures });

  async function compute(product: string): Promise<ProductFigures> {
    const begun = performance.now();
    const figures = await productFigures(sources, store, product, 'live');
    seconds.observe((performance.now() - begun) / 1000);
    return { ...figures, ...(dataset && { dataset }) };
  }

  async function find(product: string, mayBeStale: boolean): Promise<ProductFigures> {
    const { current } = await readExpiriesInUse(store, product, sources.maxExpiryLagMs);
    const key = keyOf(product, progressOf(current.map(({ lastTimestamp }) => lastTimestamp)));
    return recent.find(product, key, () => compute(product), mayBeStale);
  }

  return {
    latest: (product) => find(product, true),
    newest: (product) => find(product, false),
    add(figures) {
      const { dataset: ofOthers, product, progress } = figures;
      if (ofOthers !== undefined && dataset !== undefined && ofOthers !== dataset) return false;
      results.add(keyOf(product, progress), figures);
      return true;
    },
  };
}
