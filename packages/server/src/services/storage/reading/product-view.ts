import { isoTime } from '@deltastream/contracts';
import { facts, productInfo } from '@deltastream/reference';
import type { StoredProduct } from '../../../ports/stores/market/market-store.ts';

/** A product with its name and exchange, where they are known. */
export function productView({ product, currency, price, timestamp }: StoredProduct) {
  const info = productInfo(product);
  return {
    product,
    name: info?.name ?? product,
    exchange: info?.exchange ?? 'unknown',
    time_zone: info ? facts().data.exchanges[info.exchange].time_zone : 'UTC',
    currency,
    price,
    timestamp: timestamp === null ? null : isoTime(timestamp),
  };
}

/** Change of the price since the previous close, as the enricher computes it on every tick. */
export function productChange({ price, previousClose }: StoredProduct) {
  if (price === null || previousClose === null) return { change: null, change_pct: null };
  const change = price - previousClose;
  return { change, change_pct: (100 * change) / previousClose };
}
