import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PAST_MARKET_CHAINS, PAST_MARKET_TICKS } from '@deltastream/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMemoryBus } from '../../adapters/memory/bus/bus-memory.ts';
import { createMemoryCache } from '../../adapters/memory/cache/cache-memory.ts';
import { createMemoryQueue } from '../../adapters/memory/queue/queue-memory.ts';
import { createSqliteMarketStore } from '../../adapters/sqlite/market-store/market-store-sqlite.ts';
import { createLogger } from '../../kit/logging/log.ts';
import { PAST_JOB } from '../../kit/past-order.ts';
import type { Bus } from '../../ports/bus.ts';
import { createManualClock, systemClock } from '../../ports/clock.ts';
import type { MarketStore } from '../../ports/stores/market/market-store.ts';
import { storeContents } from '../../testing/pipeline.fixture.ts';
import { createEnricher } from '../enricher/service.ts';
import { createFeed } from '../feed/service.ts';
import { createPastSource } from '../feed/synthetic/past/past-source.ts';
import { createStorage } from '../storage/service.ts';
import { createOperations } from './service.ts';

const START = Date.parse('2026-08-19T05:07:00.000Z');
const CONFIG = { products: ['NIFTY'], syntheticHistory: 3, pastStepMs: 900_000, strikes: 10, expiries: 2 };
/** 27 chains of three expiries on two days, 6 of two on the third: the nearest expired at the close before. */
const CHAINS = 3 * 27 + 3 * 27 + 2 * 6;

describe('the past of a synthetic market', () => {
  let folder: string;
  let store: MarketStore;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'past-'));
    store = await createSqliteMarketStore({ folder });
  });
  afterEach(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });

  /** A platform of one process on the store; the market stands still once it has begun. */
  async function start(
    startMs: number,
    given: object = {},
    endsAfter = Number.POSITIVE_INFINITY,
    isGone: (topic: string) => boolean = () => true,
  ) {
    const memory = createMemoryBus();
    const published: string[] = [];
    const bus: Bus = {
      ...memory,
      async publish(topic, frame) {
        // As when the process is gone: nothing more is said on any topic.
        if (published.length >= endsAfter && isGone(topic)) throw new Error('gone');
        if (topic === PAST_MARKET_CHAINS.name || topic === PAST_MARKET_TICKS.name) published.push(topic);
        return memory.publish(topic, frame);
      },
    };
    const queue = createMemoryQueue({ backoffUnitMs: 1 });
    const warnings: string[] = [];
    const logger = createLogger('warn', { write: (line) => warnings.push(line) });
    const source = { kind: 'synthetic', startMs, ...CONFIG, ...given } as const;
    const config = { folder, importRefusal: null, dataset: 'synthetic', importSettledAfterMs: 200 };
    const operations = createOperations({ bus, queue, store, logger, openPast: createPastSource }, config);
    const services = [
      createStorage({ bus, store, cache: createMemoryCache(), clock: systemClock, logger }),
      createEnricher({ bus, queue, logger }),
      operations,
      createFeed({ bus, queue, clock: createManualClock(startMs), logger }, { source, dataset: 'synthetic' }),
    ];
    for (const service of services) await service.start();
    return {
      published,
      warnings,
      queue,
      operations,
      /** Resolves when the past was written, or found to be there. */
      async written() {
        await expect.poll(async () => (await queue.jobs(PAST_JOB, 10)).length).toBe(0);
        await bus.drained();
      },
      async stop() {
        for (const service of services.toReversed()) await service.stop();
        await Promise.all([memory.close(), queue.close()]);
      },
    };
  }
  const pastChains = async () => {
    const { chains } = await storeContents(store);
    return chains.filter(({ timestamp }) => timestamp < START);
  };

  it('is written by a first start, enriched, through the consumers of the live market', async () => {
    const platform = await start(START);
    await platform.written();
    const chains = await pastChains();
    expect(chains).toHaveLength(CHAINS);
    expect(chains.every(({ summary }) => (summary.atm_iv ?? 0) > 0.05 && summary.pcr_oi !== null)).toBe(true);
    expect(chains.every(({ generation = 0, dataset }) => generation < 0 && dataset === 'synthetic')).toBe(
      true,
    );
    const bars = await store.bars('NIFTY', '15m', { fromMs: 0, toMs: START, limit: 1000 });
    expect(bars).toHaveLength(26 + 26 + 6);
    await platform.stop();
  });

  it('is not written again by a second start', async () => {
    const first = await start(START);
    await first.written();
    await first.stop();
    const second = await start(START + 3_600_000, { syntheticHistory: 5, seed: 9 });
    await second.written();
    expect(second.published).toEqual([]);
    expect(await pastChains()).toHaveLength(CHAINS);
    await second.stop();
  });

  it('is completed by the next start after one that was interrupted, wherever it was', async () => {
    const complete = await start(START);
    await complete.written();
    await complete.stop();
    const expected = await pastChains();
    for (const after of [1, 40, CHAINS + 40]) {
      await store.close();
      rmSync(folder, { recursive: true });
      store = await createSqliteMarketStore({ folder });
      const interrupted = await start(START, {}, after);
      await expect.poll(() => interrupted.published.length).toBe(after);
      await interrupted.stop();
      const resumed = await start(START + 60_000);
      await resumed.written();
      await resumed.stop();
      const withoutNumber = (chains: typeof expected) => chains.map(({ generation: _, ...chain }) => chain);
      expect(withoutNumber(await pastChains())).toEqual(withoutNumber(expected));
    }
  });

  it('is not continued with other settings than it was begun with, which the log says', async () => {
    const interrupted = await start(START, {}, 40, (topic) => topic.startsWith('market:past'));
    await expect.poll(async () => (await pastChains()).length).toBeGreaterThan(10);
    await interrupted.stop();
    const partly = await pastChains();
    for (const given of [{ seed: 9 }, { syntheticHistory: 5 }, { strikes: 12 }]) {
      const other = await start(START + 60_000, given);
      await other.written();
      await other.stop();
      expect([other.published, other.warnings]).toEqual([[], [expect.stringMatching(/other settings/)]]);
      expect(await pastChains()).toEqual(partly);
    }
    const same = await start(START + 120_000);
    await same.written();
    await same.stop();
    expect(await pastChains()).toHaveLength(CHAINS);
    const after = await start(START + 180_000, { pastStepMs: 600_000 });
    await after.written();
    await after.stop();
    expect([after.published, after.warnings]).toEqual([[], []]);
  });

  it('is left to a market that is new: one that runs for days gets none', async () => {
    const first = await start(START, { syntheticHistory: 0 });
    await expect.poll(async () => (await store.products()).length).toBe(1);
    await first.stop();
    const later = await start(START + 2 * 86_400_000);
    await later.written();
    expect(later.published).toEqual([]);
    await later.stop();
  });

  it('ends with a stop at once, and says until then how far it is', async () => {
    const platform = await start(START, { syntheticHistory: 200, pastStepMs: 60_000, strikes: 40 });
    await expect
      .poll(async () => (await platform.operations.ready()).map(({ reason }) => reason).join())
      .toMatch(/^the past of NIFTY is written: \d+ chains so far/);
    const begun = performance.now();
    await platform.operations.stop();
    expect(performance.now() - begun).toBeLessThan(5_000);
    await platform.stop();
  });
});
