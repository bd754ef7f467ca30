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
