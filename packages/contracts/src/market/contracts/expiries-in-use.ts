/** `--analytics-max-expiry-lag-ms`, where nothing is given. */
export const MAX_EXPIRY_LAG_MS = 3_600_000;

/** What says whether an expiry is in use. */
export interface ExpiryTimes {
  readonly expiry: string;
  readonly expiryAt: number;
  /** Of its newest chain. */
  readonly lastTimestamp: number;
}

/** The unexpired expiries of a product, ascending. */
export interface ExpiriesInUse<Expiry> {
  /** Those that figures across expiries are of, at least one; the first is chosen where no expiry is asked for. */
  readonly current: readonly Expiry[];
  /** Those that no chain comes of any more, by date: the newest is further behind that of the product than is allowed. */
  readonly outdated: readonly string[];
}

/** Those not expired when the product was last seen; the last one when all are. */
function unexpired<Expiry extends ExpiryTimes>(expiries: readonly Expiry[]): Expiry[] {
  const seenAt = Math.max(...expiries.map(({ lastTimestamp }) => lastTimestamp));
  const open = expiries.filter(({ expiryAt }) => expiryAt >= seenAt);
  return open.length > 0 ? open : expiries.slice(-1);
}

/**
 * What is no longer listed, or not sent, is not of the present that the other expiries show. Of ascending expiries, at least
 * one.
 */
export function expiriesInUse<Expiry extends ExpiryTimes>(
  expiries: readonly Expiry[],
  maxExpiryLagMs: number,
): ExpiriesInUse<Expiry> {
  const open = unexpired(expiries);
  const newest = Math.max(...open.map(({ lastTimestamp }) => lastTimestamp));
  const isOutdated = ({ lastTimestamp }: Expiry) => newest - lastTimestamp > maxExpiryLagMs;
  return {
    current: open.filter((each) => !isOutdated(each)),
    outdated: open.filter(isOutdated).map(({ expiry }) => expiry),
  };
}
