import { expiriesInUse, MAX_EXPIRY_LAG_MS } from '@deltastream/client';

interface ExpiryTimes {
  readonly expiry: string;
  readonly expiry_at: string;
  readonly last_timestamp: string;
}

/**
 * The expiry that is meant where the address names none, of those with a chain at or before an instant; live where it is
 * null. By the rule of the services, as far as the list tells: the newest chain of each is taken for no later than the instant.
 */
export function nearestExpiry(expiries: readonly ExpiryTimes[], at: string | null): string | null {
  if (expiries.length === 0) return null;
  const instant = at === null ? Number.POSITIVE_INFINITY : Date.parse(at);
  const times = expiries.map(({ expiry, expiry_at, last_timestamp }) => ({
    expiry,
    expiryAt: Date.parse(expiry_at),
    lastTimestamp: Math.min(Date.parse(last_timestamp), instant),
  }));
  return expiriesInUse(times, MAX_EXPIRY_LAG_MS).current[0].expiry;
}

const LONGEST_MS = 30_000; // Expiries are listed by the day.
/** After an expiry has passed, until chains that are newer are stored. */
const PASSING_MS = 2_000;

/** Milliseconds until the list of expiries is to be read again: when the next one has passed. */
export function untilNextExpiry(expiries: readonly Pick<ExpiryTimes, 'expiry_at'>[], now: number): number {
  const ahead = expiries
    .map(({ expiry_at }) => Date.parse(expiry_at) + PASSING_MS - now)
    .filter((ms) => ms > 0);
  return Math.min(LONGEST_MS, ...ahead);
}
