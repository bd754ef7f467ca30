import { type ProductInfo, productInfo, sessionIsOpen } from '@deltastream/reference';
import { DeltaStreamError } from '../../kit/errors.ts';
import type { MarketSchedule } from '../../kit/lifecycle/worker-control.ts';

/**
 * A schedule that follows the sessions of products: the market is open while one of them trades. Throws
 * `invalid_setting` naming a product of which no session is known.
 */
export function marketSchedule(
  products: readonly string[],
  { market, offHours }: { readonly market: number; readonly offHours: number },
): MarketSchedule {
  const known = products.map((symbol) => knownProduct(symbol));
  return {
    market,
    offHours,
    isOpen: (atMs) => known.some((product) => sessionIsOpen(product, atMs)),
  };
}

function knownProduct(symbol: string): ProductInfo {
  const info = productInfo(symbol);
  if (info) return info;
  throw new DeltaStreamError(
    'invalid_setting',
    `--market-products: the sessions of ${JSON.stringify(symbol)} are not known`,
  );
}
