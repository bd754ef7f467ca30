import { inForce } from '../dates/dated.ts';
import { facts } from '../facts.ts';
import type { SettlementEntry } from '../schema.ts';
import type { Listing } from './products.ts';

export type Settlement = Pick<SettlementEntry, 'delivery' | 'style'>;

/**
 * How contracts of an expiry 'YYYY-MM-DD' settle by what is known of their exchange and kind; null where it is not known of that
 * time.
 */
export function settlementOf(
  { exchange, kind }: Pick<Listing, 'exchange' | 'kind'>,
  expiry: string,
): Settlement | null {
  const entry = inForce(facts().data.exchanges[exchange].settlement[kind] ?? [], expiry);
  return entry && { delivery: entry.delivery, style: entry.style };
}
