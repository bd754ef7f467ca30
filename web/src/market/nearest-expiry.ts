interface ExpiryTimes {
  readonly expiry: string;
  readonly expiry_at: string;
  readonly last_timestamp: string;
}

/** The first expiry that had not passed when the product was last seen; the last when all have. */
export function nearestExpiry(expiries: readonly ExpiryTimes[]): string | null {
  const seenAt = Math.max(...expiries.map(({ last_timestamp }) => Date.parse(last_timestamp)));
  const open = expiries.find(({ expiry_at }) => Date.parse(expiry_at) >= seenAt);
  return (open ?? expiries.at(-1))?.expiry ?? null;
}
