import type { ListRange, MarketReader, StoredExpiry } from '../../ports/stores/market/market-store.ts';

/** Expiries that a store is asked for at the same time. */
const LANES = 4;

/** Expiries as they stood at an instant: those that had a chain, with the time of their newest then. */
export async function expiriesSeenBy(
  store: Pick<MarketReader, 'summaries'>,
  product: string,
  expiries: readonly StoredExpiry[],
  atMs: number,
): Promise<StoredExpiry[]> {
  const seenBy = async (known: StoredExpiry): Promise<StoredExpiry | null> => {
    if (known.lastTimestamp <= atMs) return known;
    if (known.firstTimestamp > atMs) return null;
    const last: ListRange = { fromMs: known.firstTimestamp, toMs: atMs + 1, limit: 1, take: 'last' };
    const [point] = await store.summaries(product, known.expiry, last);
    return point === undefined ? null : { ...known, lastTimestamp: point.timestamp };
  };
  const seen: (StoredExpiry | null)[] = [];
  for (let i = 0; i < expiries.length; i += LANES) {
    seen.push(...(await Promise.all(expiries.slice(i, i + LANES).map(seenBy))));
  }
  return seen.filter((expiry) => expiry !== null);
}
