import { productInfo, sessionIsOpen } from '@deltastream/reference';
import { DeltaStreamError } from '../../kit/errors.ts';
import type { MarketSchedule } from '../../kit/worker-control.ts';

/**
 * A schedule that follows the sessions of products: the market is open while one of them trades. Throws
 * `invalid_setting` naming a product of which no session is known.
 */
export function marketSchedule(
  products: readonly string[],
  { market, offHours }: { readonly market: number; readonly offHours: number },
): MarketSchedule {
  const exchanges = new Set(products.map((symbol) => exchangeOf(symbol)));
  return {
    market,
    offHours,
    isOpen: (atMs) => [...exchanges].some((exchange) => sessionIsOpen(exchange, atMs)),
  };
}

function exchangeOf(symbol: string) {
  const info = productInfo(symbol);
  if (info) return info.exchange;
  throw new DeltaStreamError(
    'invalid_setting',
    `--market-products: the sessions of ${JSON.stringify(symbol)} are not known`,
  );
}
