import { productInfo } from '@deltastream/reference';
import type { ChainReader } from '../reading/reader-as-of.ts';
import type { ProductPoints } from './expiry-points.ts';

/** The volatility index that a venue publishes of a product, volatility points; null with the reason. */
type VenueIndex =
  | { readonly value: number; readonly reason: null }
  | { readonly value: null; readonly reason: 'no_venue_index' | 'venue_index_not_recorded' };

/**
 * The last value that was stored at or before the newest chain of a product; one further behind than chains may be is none.
 */
export async function venueIndex(
  reader: Pick<ChainReader, 'ticks'>,
  { product, timestamp }: ProductPoints,
  maxLagMs: number,
): Promise<VenueIndex> {
  const symbol = productInfo(product)?.volatilityIndex ?? null;
  if (symbol === null) return { value: null, reason: 'no_venue_index' };
  const range = { fromMs: Math.max(0, timestamp - maxLagMs), toMs: timestamp + 1 };
  const [tick] = await reader.ticks(symbol, { ...range, limit: 1, take: 'last' });
  return tick === undefined
    ? { value: null, reason: 'venue_index_not_recorded' }
    : { value: tick.price, reason: null };
}
