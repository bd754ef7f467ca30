import type { ChainView } from '@deltastream/client';
import type { ShownChain } from '../../market/figures/use-chain.ts';

/** `none`: no chain of what is shown came live yet. `old`: one came, and should have been followed by another. */
export type Freshness = 'none' | 'fresh' | 'old';

/** How snapshots of one chain come to this page, by its monotonic clock. */
export interface Arrivals {
  readonly chain: string;
  /** Of the newest snapshot. */
  readonly timestamp: string;
  readonly at: number;
  /** Between those that followed each other while the page was watching; the last two, the newest at the end. */
  readonly pacesMs: readonly number[];
  /** Since then the page may have missed some: it was hidden, or had no connection. */
  readonly missed: boolean;
}

type Snapshot = Pick<ChainView, 'product' | 'expiry' | 'timestamp' | 'quotes_as_of' | 'quality'>;

/** A feed that speaks every second may pause for a moment. */
const SILENT_AFTER_MS = 15_000;
/** Quotes of a source that repeats its pages are older than their snapshot. */
const QUOTES_OLD_AFTER_MS = 60_000;
/** A feed that speaks each minute is late after so many of them. */
const INTERVALS = 3;
/** The slowest sources publish a chain every few minutes; what takes longer was an interruption, not a pace. */
const LONGEST_PACE_MS = 5 * 60_000;

/** With a chain that may be a newer snapshot, or of another product or expiry. */
export function withArrival(before: Arrivals | null, chain: Snapshot, now: number): Arrivals {
  const name = `${chain.product} ${chain.expiry}`;
  const arrival = { chain: name, timestamp: chain.timestamp, at: now, missed: false };
  if (before?.chain !== name) return { ...arrival, pacesMs: [] };
  if (before.timestamp === chain.timestamp) return before;
  const pacesMs = before.missed ? before.pacesMs : [...before.pacesMs, now - before.at].slice(-2);
  return { ...arrival, pacesMs };
}

/** The time until the next arrival says nothing of the pace: some may be missed. */
export const withGap = (before: Arrivals | null): Arrivals | null => before && { ...before, missed: true };

/** One long pause does not make a pace: the shorter of the last two does. 0 before there is one. */
const paceOf = (pacesMs: readonly number[]): number =>
  pacesMs.length === 0 ? 0 : Math.min(...pacesMs, LONGEST_PACE_MS);

interface Clocks {
  /** The page's monotonic clock. */
  readonly now: number;
  /** UTC milliseconds of the server's clock; null where the data is of another time, such as a recording. */
  readonly serverNow: number | null;
}

/** Whether the chain that is shown still comes as it did, and its quotes are of now. A stored one is never fresh. */
export function freshnessOf(
  { chain, live }: { readonly chain: Snapshot | null } & Pick<ShownChain, 'live'>,
  { at, pacesMs }: Pick<Arrivals, 'at' | 'pacesMs'>,
  { now, serverNow }: Clocks,
): Freshness {
  if (chain === null) return 'none';
  const due = INTERVALS * paceOf(pacesMs);
  const fresh = live ? 'fresh' : 'none';
  if (chain.quality.includes('stale') || now - at > Math.max(SILENT_AFTER_MS, due)) return 'old';
  if (serverNow === null || chain.quotes_as_of === null) return fresh;
  const age = serverNow - Date.parse(chain.quotes_as_of);
  return age > Math.max(QUOTES_OLD_AFTER_MS, due) ? 'old' : fresh;
}
