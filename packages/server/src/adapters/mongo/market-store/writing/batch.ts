import { type Bar, mergeBars } from '@deltastream/contracts';
import type { StoredProductFigures } from '../../../../ports/stores/market/market-store.ts';
import { compareVersions } from '../../../../ports/stores/version-order.ts';
import type { SnapshotDocument, TickDocument, Versioned } from '../documents.ts';

/** What one commit writes: of every key one document, the one that wins inside the batch. */
export interface Batch {
  readonly snapshots: readonly SnapshotDocument[];
  /** Expiry instant, spot and currency of the snapshots, by the same index. */
  readonly chains: readonly ChainFacts[];
  readonly ticks: readonly TickDocument[];
  readonly bars: readonly Bar[];
  readonly figures: readonly StoredProductFigures[];
  /** Ticks of the batch that met another price at their time inside it. */
  readonly contested: readonly TickTime[];
}

/** A time of a product. */
export interface TickTime {
  readonly product: string;
  readonly timestamp: number;
}

export interface ChainFacts {
  readonly expiryAt: number;
  readonly currency: string;
  readonly spot: number | null;
}

export interface SnapshotEntry {
  readonly document: SnapshotDocument;
  readonly facts: ChainFacts;
}

/** What a caller puts. */
export interface Rows {
  readonly entries?: readonly SnapshotEntry[];
  readonly ticks?: readonly TickDocument[];
  readonly bars?: readonly Bar[];
  readonly figures?: readonly StoredProductFigures[];
}

/** The batch of everything that was put since the last one. */
export function createBatch(puts: readonly Rows[]): Batch {
  const entries = puts.flatMap((put) => put.entries ?? []);
  const ticks = puts.flatMap((put) => put.ticks ?? []);
  const bars = puts.flatMap((put) => put.bars ?? []);
  const figures = puts.flatMap((put) => put.figures ?? []);
  const snapshots = new Map<string, SnapshotEntry>();
  for (const entry of entries) keepNewer(snapshots, entry.document, entry, ({ document }) => document);
  const latestTicks = new Map<string, TickDocument>();
  const prices = new Map<string, number>();
  const contested: TickTime[] = [];
  for (const tick of ticks) {
    const key = tick._id.toString('latin1');
    if ((prices.get(key) ?? tick.price) !== tick.price) {
      contested.push({ product: tick.product, timestamp: tick.at.getTime() });
    }
    prices.set(key, tick.price);
    keepNewer(latestTicks, tick, tick, (each) => each);
  }
  const merged = new Map<string, Bar>();
  for (const bar of bars) {
    const key = `${bar.product} ${bar.interval} ${bar.start}`;
    const held = merged.get(key);
    merged.set(key, held === undefined ? bar : mergeBars(held, bar));
  }
  const latest = [...snapshots.values()];
  return {
    snapshots: latest.map(({ document }) => document),
    chains: latest.map(({ facts }) => facts),
    ticks: [...latestTicks.values()],
    bars: [...merged.values()],
    figures,
    contested,
  };
}

function keepNewer<T>(
  map: Map<string, T>,
  document: Versioned,
  entry: T,
  versionOf: (entry: T) => Versioned,
): void {
  const key = document._id.toString('latin1');
  const held = map.get(key);
  if (held === undefined || compareVersions(document, versionOf(held)) >= 0) map.set(key, entry);
}
