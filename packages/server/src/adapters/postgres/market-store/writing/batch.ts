import { type Bar, mergeBars } from '@deltastream/contracts';
import {
  isLaterFigures,
  type StoredProductFigures,
  type StoredTick,
} from '../../../../ports/stores/market/market-store.ts';
import { compareVersions } from '../../../../ports/stores/version-order.ts';
import { SNAPSHOTS, type SnapshotRow, TICKS, type Versioned, type VersionedTable } from '../rows.ts';

export const MINUTE_MS = 60_000;

/** What a caller puts. */
export interface Rows {
  readonly snapshots?: readonly SnapshotRow[];
  readonly ticks?: readonly StoredTick[];
  readonly bars?: readonly Bar[];
  readonly figures?: readonly StoredProductFigures[];
}

/** A time of a product. */
export interface TickTime {
  readonly product: string;
  readonly timestamp: number;
}

/**
 * What one commit writes: of every key one row, the one that wins inside the batch. All are in the order of their keys,
 * in which writers at the same time lock rows, so that none waits for another in a circle.
 */
export interface Batch {
  readonly snapshots: readonly SnapshotRow[];
  readonly ticks: readonly StoredTick[];
  readonly bars: readonly Bar[];
  readonly figures: readonly StoredProductFigures[];
  /** Ticks of the batch that met another price at their time inside it. */
  readonly contested: readonly TickTime[];
}

/** The batch of everything that was put since the last one. */
export function createBatch(puts: readonly Rows[]): Batch {
  const ticks = puts.flatMap((put) => put.ticks ?? []);
  const bars = new Map<string, Bar>();
  for (const bar of puts.flatMap((put) => put.bars ?? [])) {
    const key = `${bar.product} ${bar.interval} ${bar.start}`;
    const held = bars.get(key);
    bars.set(key, held === undefined ? bar : mergeBars(held, bar));
  }
  const figures = new Map<string, StoredProductFigures>();
  for (const each of puts.flatMap((put) => put.figures ?? [])) {
    const key = `${each.product} ${Math.floor(each.timestamp / MINUTE_MS)}`;
    const held = figures.get(key);
    if (held === undefined || !isLaterFigures(held, each)) figures.set(key, each);
  }
  return {
    snapshots: newest(
      SNAPSHOTS,
      puts.flatMap((put) => put.snapshots ?? []),
    ),
    ticks: newest(TICKS, ticks),
    bars: inOrder(bars),
    figures: inOrder(figures),
    contested: contestedIn(ticks),
  };
}

function newest<Row extends Versioned>({ keyOf }: VersionedTable<Row>, rows: readonly Row[]): Row[] {
  const byKey = new Map<string, Row>();
  for (const row of rows) {
    const key = keyOf(row);
    const held = byKey.get(key);
    if (held === undefined || compareVersions(row, held) >= 0) byKey.set(key, row);
  }
  return inOrder(byKey);
}

const inOrder = <T>(byKey: ReadonlyMap<string, T>): T[] =>
  [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);

function contestedIn(ticks: readonly StoredTick[]): TickTime[] {
  const prices = new Map<string, number>();
  const contested: TickTime[] = [];
  for (const tick of ticks) {
    const key = TICKS.keyOf(tick);
    if ((prices.get(key) ?? tick.price) !== tick.price) contested.push(tick);
    prices.set(key, tick.price);
  }
  return contested;
}
