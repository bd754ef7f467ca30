import type { MarketStore, TimeRange } from './market-store.ts';

/** The store that the parts of the contract test; a fresh one for every test. */
export interface MarketStoreStand {
  readonly store: MarketStore;
}

export const DAY_MS = 86_400_000;
export const ALL: TimeRange = { fromMs: 0, toMs: 8.64e15, limit: 10_000 };

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
