interface ExpiryTimes {
  readonly expiry: string;
  readonly expiry_at: string;
  readonly last_timestamp: string;
}

/**
 * The first expiry that had not passed at an instant; live (null), when the product was last seen. The last one when
 * all have passed.
 */
export function nearestExpiry(expiries: readonly ExpiryTimes[], at: string | null): string | null {
  const lastSeen = Math.max(...expiries.map(({ last_timestamp }) => Date.parse(last_timestamp)));
  const instant = at === null ? lastSeen : Date.parse(at);
  const open = expiries.find(({ expiry_at }) => Date.parse(expiry_at) >= instant);
  return (open ?? expiries.at(-1))?.expiry ?? null;
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
