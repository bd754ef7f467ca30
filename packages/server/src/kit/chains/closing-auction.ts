import type { RawChain, UnderlyingTick } from '@deltastream/contracts';
import { SYNTHETIC_SOURCE } from '@deltastream/contracts/codec';
import {
  exchangeDate,
  frozenSpan,
  type ProductInfo,
  productInfo,
  sessionPhase,
  spotIsFrozen,
} from '@deltastream/reference';

/**
 * True while the price of the underlying stands still in the closing auction of its exchange: what a snapshot
 * shows of it is older than the snapshot. False for a product that is not in the reference data.
 */
export function isFrozen(shown: Pick<UnderlyingTick, 'product' | 'source' | 'timestamp'>): boolean {
  const info = keepingHours(shown);
  return info !== null && spotIsFrozen(info, shown.timestamp);
}

/** When prices of a product stand still on the day of an instant, but generated ones; null where they never do. */
export function frozenOn(
  product: string,
  atMs: number,
): { readonly from: number; readonly until: number } | null {
  const info = productInfo(product);
  const span = info === null ? null : frozenSpan(info, atMs);
  return span === null || Number.isNaN(span.from) ? null : span;
}

/**
 * True on the day of expiry once the closing auction has given the price that contracts settle at, although they
 * trade on for minutes: what they are worth is certain, and no volatility is in it.
 */
export function settlementIsKnown(chain: RawChain): boolean {
  const info = keepingHours(chain);
  if (info === null || chain.expiry !== exchangeDate(info.exchange, chain.timestamp)) return false;
  return sessionPhase(info, chain.timestamp) === 'settlement_known';
}

/** Generated markets never close: their prices move round the clock. */
function keepingHours({ product, source }: Pick<UnderlyingTick, 'product' | 'source'>): ProductInfo | null {
  return source === SYNTHETIC_SOURCE ? null : productInfo(product);
}
