import type {
  Alert,
  ColumnMemory,
  EnrichedChain,
  EnrichedTick,
  PriceUpdate,
  StoredInterval,
  SurfaceFit,
  SurfaceUpdate,
} from '@deltastream/contracts';
import type { LiveBars } from './live-bars.ts';
import type { History, LostRange, StreamOrder } from './numbered-stream.ts';
import type { IsStale, TrackedChain } from './tracked-chain.ts';

/** The newest state of everything that can be followed, in memory and bounded. Written by the bus alone. */
export interface MarketState {
  /**
   * Each takes a message; false for one that is not new here: a repetition, or older than what is shown. A
   * picture that was once shown does not go back.
   */
  acceptTick(tick: EnrichedTick): boolean;
  /** The columns are this state's from then on, which may overwrite them. */
  acceptChain(chain: EnrichedChain): boolean;
  /** Where the columns of the next chain may go. */
  readonly chainMemory: ColumnMemory;
  acceptSurface(surface: SurfaceFit): boolean;
  acceptAlert(alert: Alert): boolean;
  /** Who is told of every change from now on; one listener. */
  listen(listener: MarketListener): void;
  /** Declares what did not come in time lost, and tells the listener. */
  expire(): void;
  /**
   * Joins the ticks and chains of a product anew, wherever their numbering is: another source gives them from now on. What
   * the one before gave of prices, bars, chains and the surface is forgotten: it is of another time.
   */
  rejoin(product: string): void;
  knows(product: string): boolean;
  products(): string[];
  price(product: string): PriceUpdate | null;
  prices(product: string): History<PriceUpdate> | null;
  bars(product: string): LiveBars | null;
  chain(product: string, expiry: string): TrackedChain | null;
  /** Expiries with a chain, ascending. */
  expiries(product: string): string[];
  surface(product: string): SurfaceUpdate | null;
  alerts(product: string): History<ProductAlert> | null;
  /**
   * Every chain of a product up to this number has come, or was lost and a newer one of its expiry has come: what
   * somebody has who was shown the present state. -1 before the first.
   */
  chainsCompleteUpTo(product: string): number;
  /** What was lost among the alerts that are kept, the newest ranges at least. */
  lostAlerts(product: string): readonly LostRange[];
  /** The numbering of a product's ticks or chains; null before the first. */
  order(stream: Stream, product: string): StreamOrder | null;
}

export type Stream = 'ticks' | 'chains' | 'alerts';

/** What has a newer state. */
export type MarketChange =
  | { readonly type: 'product' | 'surface' | 'alerts'; readonly product: string }
  | { readonly type: 'bars'; readonly product: string; readonly bar: StoredInterval }
  | { readonly type: 'chain'; readonly product: string; readonly expiry: string };

/** An alert about a product, which has a room. */
export type ProductAlert = Alert & { readonly product: string };

/** Messages of a stream that did not come in time. */
export interface MarketLoss {
  readonly stream: Stream;
  readonly product: string;
  readonly range: LostRange;
}

export interface MarketListener {
  changed(change: MarketChange): void;
  priced(update: PriceUpdate): void;
  lost(loss: MarketLoss): void;
}

export interface MarketStateOptions {
  /** Known before their first message. */
  readonly products: readonly string[];
  readonly maxProducts: number;
  readonly maxChains: number;
  /** Prices and alerts that are kept per product for those who resume. */
  readonly historyLength: number;
  readonly gapWaitMs: number;
  /** Whether a chain that is shown should have been followed by another; without it none is. */
  readonly isStale?: IsStale;
  /** Monotonic milliseconds; the process's own clock by default. */
  readonly now?: () => number;
}
