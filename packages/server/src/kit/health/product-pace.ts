import { MAX_PACED_PRODUCTS, type ProductPace } from '@deltastream/contracts';
import { LRUCache } from 'lru-cache';

/** When each product was last handled, and how often it is. */
export interface ProductPaces {
  handled(product: string): void;
  list(): ProductPace[];
}

/** Weight of the newest interval where it is shorter than those before; a longer one counts in full. */
const NEWEST = 1 / 8;

/** `now` is in milliseconds and never goes back. */
export function createProductPaces(now: () => number = () => performance.now()): ProductPaces {
  const paces = new LRUCache<string, { at: number; interval: number | null }>({ max: MAX_PACED_PRODUCTS });
  return {
    handled(product) {
      const at = now();
      const pace = paces.get(product);
      if (pace === undefined) {
        paces.set(product, { at, interval: null });
        return;
      }
      const interval = at - pace.at;
      const before = pace.interval ?? interval;
      pace.interval = interval > before ? interval : before + (interval - before) * NEWEST;
      pace.at = at;
    },
    list: () =>
      [...paces.entries()].map(([product, { at, interval }]) => ({
        product,
        age_ms: Math.max(0, now() - at),
        interval_ms: interval,
      })),
  };
}
