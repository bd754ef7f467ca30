import type { ChainView } from '@deltastream/client';

/** `none`: no chain of what is shown came yet. `old`: it came, and should have been followed by another. */
export type Freshness = 'none' | 'fresh' | 'old';

/** How snapshots of one chain come to this page, by its monotonic clock. */
export interface Arrivals {
  readonly chain: string;
  /** Of the newest snapshot. */
  readonly timestamp: string;
  readonly at: number;
  /** Between the last two; null before the second. */
  readonly paceMs: number | null;
}

type Snapshot = Pick<ChainView, 'product' | 'expiry' | 'timestamp' | 'quotes_as_of' | 'quality'>;

/** A feed that speaks every second may pause for a moment. */
const SILENT_AFTER_MS = 15_000;
/** Quotes of a source that repeats its pages are older than their snapshot. */
const QUOTES_OLD_AFTER_MS = 60_000;
/** A feed that speaks each minute is late after so many of them. */
const INTERVALS = 3;

/** With a chain that may be a newer snapshot, or of another product or expiry. */
export function withArrival(before: Arrivals | null, chain: Snapshot, now: number): Arrivals {
  const name = `${chain.product} ${chain.expiry}`;
  if (before?.chain !== name) return { chain: name, timestamp: chain.timestamp, at: now, paceMs: null };
  if (before.timestamp === chain.timestamp) return before;
  return { chain: name, timestamp: chain.timestamp, at: now, paceMs: now - before.at };
}

interface Clocks {
  /** The page's monotonic clock. */
  readonly now: number;
  /** UTC milliseconds of the server's clock; null where the data is of another time, such as a recording. */
  readonly serverNow: number | null;
}

/** Whether the chain that is shown still comes as it did, and its quotes are of now. */
export function freshnessOf(
  chain: Snapshot | null,
  { at, paceMs }: Pick<Arrivals, 'at' | 'paceMs'>,
  { now, serverNow }: Clocks,
): Freshness {
  if (chain === null) return 'none';
  const due = INTERVALS * (paceMs ?? 0);
  if (chain.quality.includes('stale') || now - at > Math.max(SILENT_AFTER_MS, due)) return 'old';
  if (serverNow === null || chain.quotes_as_of === null) return 'fresh';
  const age = serverNow - Date.parse(chain.quotes_as_of);
  return age > Math.max(QUOTES_OLD_AFTER_MS, due) ? 'old' : 'fresh';
}
