/** What is looked at. All of it stands in the address, so that a reload or a link shows the same. */
export interface Address {
  readonly product: string | null;
  readonly expiry: string | null;
  /** The instant that every panel shows, ISO-8601; null is live. */
  readonly at: string | null;
}

const NAMES = ['product', 'expiry', 'at'] as const;

/** The clocks of a reader and of the server may differ by as much; they are set by the network to less. */
const CLOCKS_DIFFER_MS = 60_000;

/** Reads the query of an address; an `at` that is not an instant, or one of the future, is live. */
export function readAddress(search: string, nowMs: number): Address {
  const query = new URLSearchParams(search);
  const at = query.get('at');
  const instant = at === null ? Number.NaN : Date.parse(at);
  return {
    product: query.get('product') || null,
    expiry: query.get('expiry') || null,
    at: instant <= nowMs + CLOCKS_DIFFER_MS ? new Date(instant).toISOString() : null,
  };
}

/** The query with `changes` made; what others keep there stays. */
export function writeAddress(search: string, changes: Partial<Address>): string {
  const query = new URLSearchParams(search);
  for (const name of NAMES) {
    if (!(name in changes)) continue;
    const value = changes[name];
    if (value) query.set(name, value);
    else query.delete(name);
  }
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}
