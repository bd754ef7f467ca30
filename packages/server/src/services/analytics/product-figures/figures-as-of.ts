import { isoTime, type ProductFigures } from '@deltastream/contracts';
import { missingChain } from '../../../kit/chains/missing-chain.ts';
import { silentLogger } from '../../../kit/logging/log.ts';
import type { MarketReader } from '../../../ports/stores/market/market-store.ts';
import { createLanes } from '../computing/lanes.ts';
import { readerAt } from '../reading/reader-as-of.ts';
import { ANALYTICS, type AnalyticsSettings } from '../settings.ts';
import { createForecasts } from './forecasts.ts';
import { productFigures } from './product-figures.ts';
import { createSessionHistory } from './sessions/session-history.ts';

/** Figures of products as of an instant. */
export interface FiguresAsOf {
  /**
   * From what is stored up to an instant, as computed live. Rejects with `unknown_product`, or with `no_data` where there
   * are no chains or one of those that are needed was removed, which its figures outlive.
   */
  productFigures(product: string, atMs: number): Promise<ProductFigures>;
  /** Ends the threads that forecasts are computed on; idempotent. */
  stop(): Promise<void>;
}

/** Remembers past sessions that it has read; threads are started with the first forecast. */
export function createFiguresAsOf(store: MarketReader, config: Partial<AnalyticsSettings> = {}): FiguresAsOf {
  const settings = { ...ANALYTICS.defaults, ...config };
  const lanes = createLanes(settings, silentLogger);
  const sources = {
    history: createSessionHistory(store, settings),
    forecasts: createForecasts(lanes, settings),
    maxExpiryLagMs: settings.maxExpiryLagMs,
  };
  /** By the timestamp of its figures. */
  const asOf: MarketReader['asOf'] = async (product, expiry, timestamp) => {
    const chain = await store.asOf(product, expiry, timestamp);
    if (chain?.timestamp !== timestamp) throw await missingChain(store, product, expiry, timestamp);
    return chain;
  };
  const chains = { ...store, asOf };
  return {
    productFigures: (product, atMs) =>
      productFigures(sources, readerAt(chains, isoTime(atMs)), product, 'asOf'),
    stop: lanes.stop,
  };
}
