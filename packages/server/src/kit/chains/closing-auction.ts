import { type RawChain, SYNTHETIC_SOURCE, type UnderlyingTick } from '@deltastream/contracts';
import {
  exchangeDate,
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
