import { type Bar, HISTORY_FIGURES, type HistoryFigure } from '@deltastream/contracts';
import type { Snapshot, StoredTick } from '../../../ports/stores/market/market-store.ts';
import type { Cells } from '../../rollups/merge-figures.ts';
import { snapshotKey, tickKey } from './keys.ts';

/** Which batch of which writer wrote a document; marks.ts says when it may be seen. */
export interface Stamp {
  readonly writer: number;
  readonly batch: number;
}

/** What snapshots and ticks have in common: a key in time, a version, and how many quotes they count for. */
export interface Versioned {
  readonly _id: Buffer;
  readonly at: Date;
  readonly epoch: string;
  readonly seq: number;
  /** Of an import; absent: 0. */
  readonly generation?: number;
  readonly quotes: number;
}

/** A document in its collection. `was` is what it replaced, for as long as its own batch may not be seen. */
export type Stored<T extends Versioned> = T & Stamp & { readonly was?: T | null };

export interface SnapshotDocument extends Versioned, Readonly<Partial<Record<HistoryFigure, number>>> {
  readonly product: string;
  readonly expiry: string;
  /**
   * The full snapshot in the bytes of the chain codec; the other fields are for queries and people. Absent where quotes are
   * kept no longer, and then it and its quotes are not counted: `quoteSeries` leaves those out.
   */
  readonly data: Buffer;
}

export interface TickDocument extends Versioned {
  readonly product: string;
  readonly source: string;
  readonly currency: string;
  readonly price: number;
  readonly previous_close: number | null;
}

/** A bar as pairs of [time, price], which merge by the server's own order: first by time, then by price. */
export interface BarDocument {
  readonly _id: string;
  readonly open: readonly [Date, number];
  readonly high: number;
  readonly low: number;
  readonly close: readonly [Date, number];
  /** Rises with every write, so that who computes a bar anew sees that it was written meanwhile; absent: 0. */
  readonly writes?: number;
}

/** A figure that is null is left out. */
export function snapshotDocument(chain: Snapshot, quotes: number, data: Uint8Array): SnapshotDocument {
  const figures: Partial<Record<HistoryFigure, number>> = {};
  for (const name of HISTORY_FIGURES) {
    const value = chain.summary[name];
    if (value !== null) figures[name] = value;
  }
  const { product, expiry, timestamp, epoch, seq, generation } = chain;
  return {
    _id: snapshotKey(product, expiry, timestamp),
    product,
    expiry,
    at: new Date(timestamp),
    epoch,
    seq,
    ...(generation ? { generation } : {}),
    quotes,
    ...figures,
    data: Buffer.from(data.buffer, data.byteOffset, data.byteLength),
  };
}

/** The time and these figures of a snapshot. */
export const snapshotCells = (document: SnapshotDocument, figures: readonly HistoryFigure[]): Cells => [
  document.at.getTime(),
  ...figures.map((name) => document[name] ?? null),
];

export function tickDocument(tick: StoredTick): TickDocument {
  const { product, timestamp, epoch, seq, generation, source, currency, price, previousClose } = tick;
  return {
    _id: tickKey(product, timestamp),
    product,
    at: new Date(timestamp),
    epoch,
    seq,
    ...(generation ? { generation } : {}),
    quotes: 0,
    source,
    currency,
    price,
    previous_close: previousClose,
  };
}

export function storedTick(document: TickDocument): StoredTick {
  const { product, at, epoch, seq, generation, source, currency, price, previous_close } = document;
  return {
    product,
    timestamp: at.getTime(),
    epoch,
    seq,
    ...(generation === undefined ? {} : { generation }),
    source,
    currency,
    price,
    previousClose: previous_close,
  };
}

/** Product, interval and start with leading zeros, so that ids of one product and interval ascend in time. */
export const barId = (product: string, interval: string, start: number): string =>
  `${product} ${interval} ${String(start).padStart(16, '0')}`;

export function barDocument(bar: Bar): BarDocument {
  return {
    _id: barId(bar.product, bar.interval, bar.start),
    open: [new Date(bar.open_at), bar.open],
    high: bar.high,
    low: bar.low,
    close: [new Date(bar.close_at), bar.close],
  };
}

export function barOf(product: string, interval: Bar['interval'], document: BarDocument): Bar {
  const { _id, open, high, low, close } = document;
  return {
    product,
    interval,
    start: Number(_id.slice(_id.lastIndexOf(' ') + 1)),
    open_at: open[0].getTime(),
    open: open[1],
    high,
    low,
    close_at: close[0].getTime(),
    close: close[1],
  };
}
