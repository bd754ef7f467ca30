import type { Bar, EnrichedChain, HistoryFigure, StoredInterval } from '@deltastream/contracts';

/**
 * What analytics and the read routes may do.
 *
 * Guarantees, for every adapter (market-store.contract.ts): a read sees every write that was
 * acknowledged before it began; lists ascend in time, whichever end of the range was taken; ranges are
 * [from, to).
 */
export interface MarketReader {
  products(): Promise<StoredProduct[]>;
  expiries(product: string): Promise<StoredExpiry[]>;
  /** Latest snapshot of an expiry; null when there is none. */
  latest(product: string, expiry: string): Promise<EnrichedChain | null>;
  /** Latest snapshot at or before an instant. */
  asOf(product: string, expiry: string, atMs: number): Promise<EnrichedChain | null>;
  summaries(product: string, expiry: string, range: ListRange): Promise<SummaryPoint[]>;
  /** Every snapshot in time order, streamed, oldest first. */
  snapshots(product: string, expiry: string, range: TimeRange): AsyncIterable<EnrichedChain>;
  ticks(product: string, range: ListRange): Promise<StoredTick[]>;
  latestTick(product: string): Promise<StoredTick | null>;
  bars(product: string, interval: StoredInterval, range: ListRange): Promise<Bar[]>;
  counts(): Promise<StoreCounts>;
}

/**
 * The one writer of market data.
 *
 * Guarantees: every put resolves after its effect is durable (as far as the configured level goes) and
 * is idempotent and commutative. A snapshot is keyed by (product, expiry, timestamp): a second one with
 * the same key replaces the first when its [epoch, seq] is not smaller. A tick is keyed by
 * (product, timestamp) in the same way; bars merge by `mergeBars`.
 * Nothing is partly visible: a batch commits whole or rejects with `store_failed`.
 */
export interface MarketStore extends MarketReader {
  putSnapshots(snapshots: readonly Snapshot[]): Promise<void>;
  putTicks(ticks: readonly StoredTick[], bars: readonly Bar[]): Promise<void>;
  /** Completes what is under way, then closes; idempotent. */
  close(): Promise<void>;
}

/** A chain to be stored. */
export interface Snapshot extends EnrichedChain {
  /** The valid frame that carries this very chain, where there is one: stores keep those bytes as they are. */
  readonly frame?: Uint8Array;
}

export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
  readonly limit: number;
}

/** A range of a list, and which end of it the limit keeps: its first items by default. */
export interface ListRange extends TimeRange {
  readonly take?: 'first' | 'last';
}

export interface StoredProduct {
  readonly product: string;
  readonly currency: string;
  readonly price: number | null;
  readonly previousClose: number | null;
  readonly timestamp: number | null;
}

export interface StoredExpiry {
  readonly expiry: string;
  readonly expiryAt: number;
  readonly firstTimestamp: number;
  readonly lastTimestamp: number;
}

export interface StoredTick {
  readonly product: string;
  readonly timestamp: number;
  readonly epoch: string;
  readonly seq: number;
  /** Of an import, as in ChainHeader; absent: 0. */
  readonly generation?: number;
  readonly source: string;
  readonly currency: string;
  readonly price: number;
  readonly previousClose: number | null;
}

/** The figures of one snapshot that are kept as numbers. */
export type SummaryPoint = { readonly timestamp: number } & Readonly<Record<HistoryFigure, number | null>>;

export interface StoreCounts {
  readonly snapshots: number;
  readonly quotes: number;
  readonly ticks: number;
  readonly bars: number;
  readonly bytes: number;
}
