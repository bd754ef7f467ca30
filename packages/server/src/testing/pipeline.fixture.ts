import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EnrichedChain, STORED_INTERVALS } from '@deltastream/contracts';
import { createMemoryBus } from '../adapters/memory/bus/bus-memory.ts';
import { createMemoryCache } from '../adapters/memory/cache/cache-memory.ts';
import { createMemoryQueue } from '../adapters/memory/queue/queue-memory.ts';
import { createSqliteMarketStore } from '../adapters/sqlite/market-store/market-store-sqlite.ts';
import { silentLogger } from '../kit/logging/log.ts';
import { systemClock } from '../ports/clock.ts';
import type { MarketReader, StoredTick, SummaryPoint } from '../ports/stores/market/market-store.ts';
import { createEnricher } from '../services/enricher/service.ts';
import { createStorage } from '../services/storage/service.ts';

const ALL = { fromMs: 0, toMs: 8.64e15, limit: 100_000 };

/** A frame and where it is published. */
export interface MarketFrame {
  readonly topic: string;
  readonly frame: Uint8Array;
}

/** Everything a store holds, in a form that compares. */
export async function storeContents(store: MarketReader) {
  const chains: EnrichedChain[] = [];
  const summaries: SummaryPoint[] = [];
  const ticks: StoredTick[] = [];
  const bars: unknown[] = [];
  for (const { product } of await store.products()) {
    for (const { expiry } of await store.expiries(product)) {
      for await (const chain of store.snapshots(product, expiry, ALL)) chains.push(chain);
      summaries.push(...(await store.summaries(product, expiry, ALL)));
    }
    ticks.push(...(await store.ticks(product, ALL)));
    for (const interval of STORED_INTERVALS) bars.push(...(await store.bars(product, interval, ALL)));
  }
  return { chains, summaries, ticks, bars, products: await store.products() };
}

/** What the store holds after frames went through a number of enrichers of one process, in the order given. */
export async function storedAfter(frames: readonly MarketFrame[], enrichers: number) {
  const folder = mkdtempSync(join(tmpdir(), 'pipeline-'));
  const bus = createMemoryBus();
  const queue = createMemoryQueue();
  const cache = createMemoryCache();
  const store = await createSqliteMarketStore({ folder });
  const logger = silentLogger;
  const services = [
    createStorage({ bus, store, cache, clock: systemClock, logger }),
    ...Array.from({ length: enrichers }, () => createEnricher({ bus, queue, logger })),
  ];
  for (const service of services) await service.start();
  for (const { topic, frame } of frames) await bus.publish(topic, frame);
  await bus.drained();
  const result = await storeContents(store);
  for (const service of services) await service.stop();
  await Promise.all([bus.close(), queue.close(), cache.close()]);
  await store.close();
  rmSync(folder, { recursive: true });
  return result;
}
