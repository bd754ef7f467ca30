import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type EnrichedChain,
  MARKET_CHAINS,
  MARKET_TICKS,
  STORED_INTERVALS,
  type UnderlyingTick,
} from '@deltastream/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMemoryBus } from './adapters/bus-memory/bus-memory.ts';
import { createMemoryCache } from './adapters/cache-memory/cache-memory.ts';
import { createSqliteMarketStore } from './adapters/market-store-sqlite/market-store-sqlite.ts';
import { createMemoryQueue } from './adapters/queue-memory/queue-memory.ts';
import { silentLogger } from './kit/log.ts';
import { systemClock } from './ports/clock.ts';
import type { MarketStore, StoredTick, SummaryPoint } from './ports/market-store.ts';
import { pricedChain } from './services/enricher/chain.fixture.ts';
import { createEnricher } from './services/enricher/service.ts';
import { createStorage } from './services/storage/service.ts';

const START = Date.UTC(2026, 7, 19, 6);
const ALL = { fromMs: 0, toMs: 8.64e15, limit: 100_000 };
const EXPIRIES = ['2026-08-26', '2026-09-02'];

/** One message of the market: a chain or a tick, at a time that others may share, with a seq of its own. */
interface Message {
  readonly kind: 'chain' | 'tick';
  readonly product: string;
  readonly expiry: string;
  readonly second: number;
  readonly level: number;
}

const message: fc.Arbitrary<Message> = fc.record({
  kind: fc.constantFrom('chain' as const, 'tick' as const),
  product: fc.constantFrom('NIFTY', 'BTC'),
  expiry: fc.constantFrom(...EXPIRIES),
  second: fc.nat(400),
  level: fc.integer({ min: 23_500, max: 24_500 }),
});

const STRIKES = Array.from({ length: 8 }, (_, i) => 23_600 + 100 * i);

function frameOf(given: Message, seq: number): { topic: string; frame: Uint8Array } {
  const timestamp = START + given.second * 1000;
  if (given.kind === 'chain') {
    const chain = pricedChain({ forward: given.level, strikes: STRIKES });
    const { product, expiry } = given;
    return {
      topic: MARKET_CHAINS.name,
      frame: MARKET_CHAINS.frames.encode({ ...chain, product, expiry, timestamp, seq }),
    };
  }
  const tick: UnderlyingTick = {
    product: given.product,
    timestamp,
    epoch: 'fixture',
    seq,
    source: 'fixture',
    currency: 'INR',
    price: given.level,
    previous_close: 24_000,
    quality: [],
  };
  return { topic: MARKET_TICKS.name, frame: MARKET_TICKS.frames.encode(tick) };
}

/** Everything a store holds, in a form that compares. */
async function contents(store: MarketStore) {
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

/** What the store holds after the messages went through a number of enrichers, in the order given. */
async function storedAfter(frames: readonly { topic: string; frame: Uint8Array }[], enrichers: number) {
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
  const result = await contents(store);
  for (const service of services) await service.stop();
  await Promise.all([bus.close(), queue.close(), cache.close()]);
  await store.close();
  rmSync(folder, { recursive: true });
  return result;
}

describe('the pipeline', () => {
  it('stores the same from shuffled, duplicated input split over three enrichers as from sorted input to one (property)', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(message, { minLength: 1, maxLength: 60 }),
        fc.array(fc.nat(), { minLength: 150, maxLength: 150 }),
        async (messages, random) => {
          const sorted = messages
            .toSorted((a, b) => a.second - b.second)
            .map((each, i) => frameOf(each, i + 1));
          const duplicated = sorted.flatMap((frame, i) => (random[i] % 3 === 0 ? [frame, frame] : [frame]));
          const shuffled = duplicated
            .map((frame, i) => ({ frame, key: random[i] ?? i }))
            .sort((a, b) => a.key - b.key)
            .map(({ frame }) => frame);
          const oracle = await storedAfter(sorted, 1);
          expect(await storedAfter(shuffled, 3)).toEqual(oracle);
        },
      ),
      { numRuns: 15 },
    );
  }, 120_000);
});
