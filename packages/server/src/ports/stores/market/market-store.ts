import type {
  Bar,
  ColumnMemory,
  ColumnName,
  EnrichedChain,
  HistoryFigure,
  ProductFigureName,
  ProductFigures,
  StoredInterval,
} from '@deltastream/contracts';
import type { Metered } from '../../metered.ts';

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
  /** The figures of every snapshot; where those are kept no longer, what is left of them. */
  summaries(product: string, expiry: string, range: ListRange): Promise<SummaryPoint[]>;
  /**
   * The last summary of each interval that has one, with these figures, by default all. Intervals begin at `starts`, which
   * ascend, and end where the next begins, the last one at `toMs`. Costs what the intervals cost, not what lies in them.
   * Of the time whose figures were thinned, that is the last one left.
   */
  lastSummaries<Figure extends HistoryFigure = HistoryFigure>(
    product: string,
    expiry: string,
    starts: readonly number[],
    toMs: number,
    figures?: readonly Figure[],
  ): Promise<FigurePoint<Figure>[]>;
  /**
   * Every snapshot in time order, streamed, oldest first.
   *
   * @param memory where the columns of each may go, which is done with before the next is asked for
   */
  snapshots(
    product: string,
    expiry: string,
    range: TimeRange,
    memory?: ColumnMemory,
  ): AsyncIterable<EnrichedChain>;
  /**
   * The snapshots of these instants, which ascend, streamed; an instant that has none is left out. Columns after
   * `through` may be missing, which costs less the earlier it lies. Where strikes are named, rows of others may be missing,
   * which costs the less the fewer they are.
   */
  snapshotsAt(
    product: string,
    expiry: string,
    timestamps: readonly number[],
    through?: ColumnName,
    strikes?: readonly number[],
  ): AsyncIterable<EnrichedChain>;
  ticks(product: string, range: ListRange): Promise<StoredTick[]>;
  latestTick(product: string): Promise<StoredTick | null>;
  bars(product: string, interval: StoredInterval, range: ListRange): Promise<Bar[]>;
  /** The last figures of a product of each minute; where those are kept no longer, what is left of them. */
  productFigures(product: string, range: ListRange): Promise<StoredProductFigures[]>;
  /** As `lastSummaries`, of the figures of a product. */
  lastProductFigures<Figure extends ProductFigureName = ProductFigureName>(
    product: string,
    starts: readonly number[],
    toMs: number,
    figures?: readonly Figure[],
  ): Promise<ProductFigurePoint<Figure>[]>;
  counts(): Promise<StoreCounts>;
  /** What the rows of an import became, each counted when it was first taken. */
  importCounts(generation: number): Promise<ImportCounts>;
  /** The greatest number of an import of which rows were taken, whether or not it keeps what is stored; 0: none. */
  latestImport(): Promise<number>;
  /** How many rows of all imports together were taken: greater whenever one of them brought any. */
  importedRows(): Promise<number>;
}

/**
 * The one writer of market data.
 *
 * Guarantees: every put resolves after its effect is durable (as far as the configured level goes) and
 * is idempotent and commutative. A snapshot is keyed by (product, expiry, timestamp): a second one with
 * the same key replaces the first when its version is not smaller in the order of `compareVersions`
 * ([generation, epoch, seq]). A tick is keyed by (product, timestamp) in the same way. Bars merge by
 * `mergeBars`, except those of a time at which two prices met: they are computed from the ticks that are
 * stored, so that nothing of the one that lost stays in them.
 * Of the figures of a product one is kept of each minute, by `isLaterFigures`; of equal ones the one put last.
 * Nothing is partly visible: a batch commits as one or rejects with `store_failed`.
 * Stored bytes that are not what was written are never returned: the read rejects with `stored_data_damaged`
 * and names where they lie; putting what they held again makes it good.
 */
export interface MarketStore extends MarketReader, Metered {
  putSnapshots(snapshots: readonly Snapshot[]): Promise<void>;
  putTicks(ticks: readonly StoredTick[], bars: readonly Bar[]): Promise<void>;
  putProductFigures(figures: readonly StoredProductFigures[]): Promise<void>;
  /** Names this store, for good, and no other. */
  readonly storeId: string;
  /** What is wrong with the store now, for an operator; empty when nothing is. */
  problems(): readonly StoreProblem[];
  /** Completes what is under way, then closes; idempotent. */
  close(): Promise<void>;
}

export interface StoreProblem {
  /** What, where, and what to do. */
  readonly reason: string;
  /** True when the store does its work nevertheless, as with one damaged file of a past day. */
  readonly working: boolean;
}

/** Rows of an import: at a free key, in place of others, or in place of others that say the same. */
export interface ImportCounts {
  readonly chains: RowCounts;
  readonly ticks: RowCounts;
}

export interface RowCounts {
  readonly new: number;
  readonly replaced: number;
  readonly same: number;
}

/** A chain to be stored. */
export type Snapshot = EnrichedChain | FramedChain;

/** A chain as the valid frame that carries it, with what the frame says before its columns: stores keep its bytes as they are. */
export interface FramedChain extends Omit<EnrichedChain, 'columns'> {
  readonly frame: Uint8Array;
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

/** The figures of a product as they are kept: its numbers. */
export type StoredProductFigures = Omit<
  ProductFigures,
  'expiries' | 'exposure_expiries' | 'null_reasons' | 'dataset'
>;

/** True where figures are later than others, or of the same instant and of more, or later, chains. */
export function isLaterFigures(
  a: Pick<ProductFigures, 'timestamp' | 'progress'>,
  b: Pick<ProductFigures, 'timestamp' | 'progress'>,
): boolean {
  return a.timestamp > b.timestamp || (a.timestamp === b.timestamp && a.progress > b.progress);
}

/** Figures of one snapshot. */
export type FigurePoint<Figure extends string> = { readonly timestamp: number } & Readonly<
  Record<Figure, number | null>
>;

/** Those that are kept as numbers. */
export type SummaryPoint = FigurePoint<HistoryFigure>;

/** Figures of a product at one instant. */
export interface ProductFigurePoint<Figure extends ProductFigureName>
  extends Pick<StoredProductFigures, 'timestamp' | 'as_of'> {
  readonly values: Readonly<Record<Figure, number | null>>;
}

export interface StoreCounts {
  readonly snapshots: number;
  readonly quotes: number;
  readonly ticks: number;
  readonly bars: number;
  readonly bytes: number;
}
