import type { Bar } from '@deltastream/contracts';
import type {
  ListRange,
  StoredProductFigures,
  StoredTick,
  TimeRange,
} from '../../../ports/stores/market/market-store.ts';
import type { SnapshotPage } from './reading/snapshot-page.ts';

/** A batch for the writer: the blobs one after another, and where each ends. */
export interface CommitRequest {
  readonly kind: 'commit';
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly ends: Uint32Array<ArrayBuffer>;
  readonly ticks: readonly StoredTick[];
  readonly bars: readonly Bar[];
  readonly figures: readonly StoredProductFigures[];
}

/** The files whose log has grown long. */
export type CommitResult = readonly string[];

export interface StateRequest {
  readonly kind: 'state';
}

/** Computes some of what main.db lost again; returns whether there is more. */
export interface RebuildRequest {
  readonly kind: 'rebuild';
}

/**
 * A day was sealed from its hot file, up to `lastId`: the file goes, unless it was written to since. Returns whether it
 * did. `inode` says which file that was.
 */
export interface ReleaseRequest {
  readonly kind: 'release';
  readonly day: number;
  readonly lastId: number;
  readonly inode: number | undefined;
}

/** The snapshots of a day, the oldest that is there, are kept no longer. */
export interface RemoveRequest {
  readonly kind: 'remove';
  readonly day: number;
}

/** Figures are to be rolled up, for about `budgetMs`; so far as rows came less than `quietMs` ago, not yet. */
export interface RollUpRequest {
  readonly kind: 'rollUp';
  readonly budgetMs: number;
  readonly nowMs: number;
  readonly quietMs: number;
  /** Of the store: of days of which it has snapshots, and of later ones, rows and minutes are kept. */
  readonly folder: string;
  /** Rows, and minutes, before it are kept no longer; null: all are kept. */
  readonly rowsBeforeMs: number | null;
  readonly minutesBeforeMs: number | null;
}

export interface RolledUp {
  /** How many hours were rolled up. */
  readonly hours: number;
  /** There is more to do. */
  readonly more: boolean;
  /** What could not be rolled up, and stays as it is. */
  readonly problems: readonly string[];
}

/** Of the thread that seals: begins a day, writes its next segment, makes it durable. */
export type SealRequest =
  | { readonly kind: 'begin'; readonly day: number }
  | { readonly kind: 'step' }
  | { readonly kind: 'finish' };

export type WriterRequest =
  | CommitRequest
  | StateRequest
  | RebuildRequest
  | ReleaseRequest
  | RemoveRequest
  | RollUpRequest;

export interface WriterState {
  readonly storeId: string;
  /** What cannot be read, file by file, and what to do. */
  readonly damaged: readonly string[];
  /** How far that is which main.db lost and is computed again; null while nothing is. */
  readonly rebuilding: string | null;
}

export interface CheckpointRequest {
  readonly kind: 'checkpoint';
  readonly files: readonly string[];
}

export interface ChainKey {
  readonly product: string;
  readonly expiry: string;
}

export type ReadRequest =
  | { readonly kind: 'chains'; readonly product: string | null }
  | { readonly kind: 'asOf'; readonly key: ChainKey; readonly atMs: number }
  | { readonly kind: 'snapshots'; readonly key: ChainKey; readonly page: TimeRange; readonly columns: number }
  | {
      readonly kind: 'snapshotsAt';
      readonly key: ChainKey;
      readonly timestamps: readonly number[];
      /** How many columns are wanted, the first ones; of more, some may come. */
      readonly columns: number;
      /** Those whose rows are wanted; of others some may come. Null: all. */
      readonly strikes: readonly number[] | null;
    }
  | { readonly kind: 'summaries'; readonly key: ChainKey; readonly page: ListRange }
  | {
      readonly kind: 'lastSummaries';
      readonly key: ChainKey;
      readonly starts: Float64Array;
      readonly toMs: number;
      /** Places of the figures that are wanted in HISTORY_FIGURES. */
      readonly chosen: readonly number[];
    }
  | {
      readonly kind: 'lastProductFigures';
      readonly product: string;
      readonly starts: Float64Array;
      readonly toMs: number;
      /** Places of the values that are wanted in those of `productFigures`, from 0 after the time. */
      readonly chosen: readonly number[];
    }
  | { readonly kind: 'bars'; readonly product: string; readonly interval: string; readonly page: ListRange }
  | { readonly kind: 'ticks'; readonly product: string; readonly page: ListRange }
  | { readonly kind: 'latestTicks'; readonly product: string | null }
  | { readonly kind: 'productFigures'; readonly product: string; readonly page: ListRange }
  | { readonly kind: 'counts' }
  | { readonly kind: 'imports'; readonly generation: number | null }
  | { readonly kind: 'importedRows' };

/** What each read returns. Numbers of many rows come as one array, row after row; NaN stands for NULL. */
export interface ReadResults {
  chains: readonly ChainRow[];
  /** Of one. */
  asOf: SnapshotPage | null;
  /** `next` is where the following page begins; null after the last. */
  snapshots: { readonly found: SnapshotPage; readonly next: number | null };
  snapshotsAt: SnapshotPage;
  /** Timestamp and the figures in the order of HISTORY_FIGURES. */
  summaries: Float64Array<ArrayBuffer>;
  /** Timestamp and the chosen figures. */
  lastSummaries: Float64Array<ArrayBuffer>;
  lastProductFigures: Float64Array<ArrayBuffer>;
  /** Start, open_at, open, high, low, close_at, close. */
  bars: Float64Array<ArrayBuffer>;
  ticks: readonly TickBlock[];
  latestTicks: readonly TickBlock[];
  /** Timestamp, as_of, progress and the figures in the order of PRODUCT_FIGURE_NAMES. */
  productFigures: Float64Array<ArrayBuffer>;
  counts: { snapshots: number; quotes: number; ticks: number; bars: number; bytes: number };
  /** Of one import, or of the latest that has any rows. */
  imports: ImportRow | null;
  importedRows: number;
}

export interface ChainRow {
  readonly product: string;
  readonly expiry: string;
  readonly expiry_at: number;
  readonly currency: string;
  readonly spot: number | null;
  readonly first_ts: number;
  readonly last_ts: number;
}

export interface TickBlock {
  readonly product: string;
  readonly minute: number;
  readonly data: Uint8Array;
}

export interface ImportRow {
  readonly generation: number;
  readonly chains_new: number;
  readonly chains_replaced: number;
  readonly chains_same: number;
  readonly ticks_new: number;
  readonly ticks_replaced: number;
  readonly ticks_same: number;
}
