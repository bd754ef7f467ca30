import type { ListRange, MarketReader, StoredExpiry } from '../../ports/stores/market-store.ts';

/** Expiries that a store is asked for at the same time. */
const LANES = 4;

/** `--analytics-max-expiry-lag-ms`, where nothing is given. */
export const MAX_EXPIRY_LAG_MS = 3_600_000;

/** The unexpired expiries of a product, ascending. */
export interface ExpiriesInUse<Expiry = StoredExpiry> {
  /** Those that figures across expiries are of, at least one; the first is chosen where no expiry is asked for. */
  readonly current: readonly Expiry[];
  /** Those that no chain comes of any more, by date: the newest is further behind that of the product than is allowed. */
  readonly outdated: readonly string[];
}

/** Those not expired when the product was last seen; the last one when all are. */
function unexpired(expiries: readonly StoredExpiry[]): StoredExpiry[] {
  const seenAt = Math.max(...expiries.map(({ lastTimestamp }) => lastTimestamp));
  const open = expiries.filter(({ expiryAt }) => expiryAt >= seenAt);
  return open.length > 0 ? open : expiries.slice(-1);
}

/**
 * What is no longer listed, or not sent, is not of the present that the other expiries show. Of ascending expiries, at least
 * one.
 */
export function expiriesInUse(expiries: readonly StoredExpiry[], maxExpiryLagMs: number): ExpiriesInUse {
  const open = unexpired(expiries);
  const newest = Math.max(...open.map(({ lastTimestamp }) => lastTimestamp));
  const isOutdated = ({ lastTimestamp }: StoredExpiry) => newest - lastTimestamp > maxExpiryLagMs;
  return {
    current: open.filter((each) => !isOutdated(each)),
    outdated: open.filter(isOutdated).map(({ expiry }) => expiry),
  };
}

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
