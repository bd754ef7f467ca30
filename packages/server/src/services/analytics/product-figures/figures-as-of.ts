import { isoTime, type ProductFigures } from '@deltastream/contracts';
import { silentLogger } from '../../../kit/logging/log.ts';
import type { MarketReader } from '../../../ports/stores/market-store.ts';
import { createLanes } from '../computing/lanes.ts';
import { readerAt } from '../reader-as-of.ts';
import { ANALYTICS, type AnalyticsSettings } from '../settings.ts';
import { createForecasts } from './forecasts.ts';
import { productFigures } from './product-figures.ts';
import { createSessionHistory } from './session-history.ts';

/**
 * Makes the function that computes the figures of a product from what is stored up to an instant, as they are computed
 * live. It remembers past sessions that it has read; forecasts are computed
 * on threads that end when they have had nothing to do for a while. Rejects with `unknown_product` or `no_data`.
 */
export function createFiguresAsOf(
  store: MarketReader,
  config: Partial<AnalyticsSettings> = {},
): (product: string, atMs: number) => Promise<ProductFigures> {
  const settings = { ...ANALYTICS.defaults, ...config };
  const lanes = createLanes(settings, silentLogger);
  const sources = {
    history: createSessionHistory(store, settings),
    forecasts: createForecasts(lanes, settings),
  };
  return (product, atMs) => productFigures(sources, readerAt(store, isoTime(atMs)), product, 'asOf');
}
