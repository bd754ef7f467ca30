import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Bar,
  ENRICHED_CHAINS,
  ENRICHED_FIGURES,
  ENRICHED_TICKS,
  type EnrichedTick,
  PRODUCT_FIGURE_NAMES,
  type ProductFigures,
} from '@deltastream/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMemoryBus } from '../../adapters/memory/bus/bus-memory.ts';
import { createSqliteMarketStore } from '../../adapters/sqlite/market-store/market-store-sqlite.ts';
import { DeltaStreamError } from '../../kit/errors.ts';
import { createLogger } from '../../kit/logging/log.ts';
import { barAt, EXPIRY, NOON, storableChain } from '../../ports/stores/market/market-store.fixture.ts';
import { startStorage } from './storage.fixture.ts';

const ALL = { fromMs: 0, toMs: 8.64e15, limit: 1000 };
let storage: Awaited<ReturnType<typeof startStorage>>;
beforeEach(async () => {
  storage = await startStorage();
});
afterEach(() => storage.end());

const publishChain = (chain = storableChain()) =>
  storage.bus.publish(ENRICHED_CHAINS.name, ENRICHED_CHAINS.frames.encode(chain));

function enrichedTick(seq: number, bars: Bar[] = []): EnrichedTick {
  return {
    product: 'NIFTY',
    timestamp: NOON + seq * 1000,
    epoch: 'run-1',
    seq,
    source: 'test',
    currency: 'INR',
    price: 24_000 + seq,
    previous_close: 23_950,
    change: 50 + seq,
    change_pct: 0.2,
    quality: [],
    bars,
  };
}

const publishTick = (tick: EnrichedTick) =>
  storage.bus.publish(ENRICHED_TICKS.name, ENRICHED_TICKS.frames.encode(tick));

const NO_FIGURES = Object.fromEntries(PRODUCT_FIGURE_NAMES.map((name) => [name, null]));
const figuresAt = (timestamp: number, iv_30d: number): ProductFigures => ({
  ...{ product: 'NIFTY', timestamp, as_of: NOON, progress: timestamp, expiries: [EXPIRY] },
  ...{
    exposure_expiries: [],
    values: { ...NO_FIGURES, iv_30d } as ProductFigures['values'],
    null_reasons: {},
  },
});

describe('storage', () => {
  it('holds a chain that waits for its commit as its frame, without columns', async () => {
    const put: object[] = [];
    const own = await startStorage({
      async openStore(folder) {
        const store = await createSqliteMarketStore({ folder });
        const putSnapshots: typeof store.putSnapshots = async (chains) => {
          put.push(...chains);
          await store.putSnapshots(chains);
        };
        return { ...store, putSnapshots };
      },
    });
    const chain = storableChain();
    await own.bus.publish(ENRICHED_CHAINS.name, ENRICHED_CHAINS.frames.encode(chain));
    await own.bus.drained();
    expect(put).toHaveLength(1);
    expect(put[0]).toHaveProperty('frame');
    expect(put[0]).not.toHaveProperty('columns');
    expect(await own.store.latest('NIFTY', EXPIRY)).toEqual(chain);
    await own.end();
  });

  it('stores chains, ticks and bars, and acknowledges them', async () => {
    await publishChain();
    await publishTick(enrichedTick(1, [barAt(NOON, 24_001)]));
    await storage.bus.drained();
    expect(await storage.store.latest('NIFTY', EXPIRY)).toEqual(storableChain());
    expect(await storage.store.latestTick('NIFTY')).toMatchObject({ price: 24_001, previousClose: 23_950 });
    expect(await storage.store.bars('NIFTY', '1m', ALL)).toEqual([barAt(NOON, 24_001)]);
    expect(await storage.service.metrics.metrics()).toContain(
      'deltastream_storage_stored_total{kind="chain"} 1',
    );
  });

  it('stores the figures of products, of each minute the last', async () => {
    const all = [figuresAt(NOON + 2000, 0.2), figuresAt(NOON + 1000, 0.1), figuresAt(NOON + 60_000, 0.3)];
    for (const each of [...all, all[0]]) {
      await storage.bus.publish(ENRICHED_FIGURES.name, ENRICHED_FIGURES.frames.encode(each));
    }
    await storage.bus.drained();
    const stored = await storage.store.productFigures('NIFTY', ALL);
    expect(stored.map(({ timestamp, values }) => [timestamp - NOON, values.iv_30d, values.iv_7d])).toEqual([
      [2000, 0.2, null],
      [60_000, 0.3, null],
    ]);
  });

  it('keeps no chain in the cache that was read before its correction was stored', async () => {
    const gate = Promise.withResolvers<void>();
    const read = Promise.withResolvers<void>();
    const own = await startStorage({
      async openStore(folder) {
        const store = await createSqliteMarketStore({ folder });
        return {
          ...store,
          async latest(product, expiry) {
            const chain = await store.latest(product, expiry);
            read.resolve();
            await gate.promise;
            return chain;
          },
        };
      },
    });
    const publish = async (given: Parameters<typeof storableChain>[0]) => {
      await own.bus.publish(ENRICHED_CHAINS.name, ENRICHED_CHAINS.frames.encode(storableChain(given)));
      await own.bus.drained();
    };
    await publish({ seq: 1 });
    const early = own.get(`/api/data/chain/NIFTY?expiry=${EXPIRY}`);
    await read.promise;
    await publish({ seq: 7, epoch: 'a.csv', generation: 1 });
    gate.resolve();
    expect((await early).body.seq).toBe(1);
    expect((await own.get(`/api/data/chain/NIFTY?expiry=${EXPIRY}`)).body.seq).toBe(7);
    await own.end();
  });

  it('names damaged data in its readiness, and stays ready', async () => {
    const reason = 'hot-20260819.db: file is not a database';
    const own = await startStorage({
      openStore: async (folder) => ({
        ...(await createSqliteMarketStore({ folder })),
        problems: () => [{ reason, working: true }],
      }),
    });
    expect(await own.service.ready()).toContainEqual({ name: 'market_store', ok: true, reason });
    await own.end();
  });

  it('refuses messages of another dataset, and takes those that name none', async () => {
    const own = await startStorage({}, { dataset: 'recorded' });
    const publish = (given: Parameters<typeof storableChain>[0]) =>
      own.bus.publish(ENRICHED_CHAINS.name, ENRICHED_CHAINS.frames.encode(storableChain(given)));
    await publish({ seq: 1, dataset: 'synthetic' });
    await own.bus.publish(
      ENRICHED_TICKS.name,
      ENRICHED_TICKS.frames.encode({ ...enrichedTick(1), dataset: 'synthetic' }),
    );
    await own.bus.publish(
      ENRICHED_FIGURES.name,
      ENRICHED_FIGURES.frames.encode({ ...figuresAt(NOON, 0.2), dataset: 'synthetic' }),
    );
    await publish({ seq: 2, timestamp: NOON + 1, dataset: 'recorded' });
    await publish({ seq: 3, timestamp: NOON + 2 });
    await own.bus.drained();
    expect(await own.store.counts()).toMatchObject({ snapshots: 2, ticks: 0 });
    expect(await own.store.productFigures('NIFTY', ALL)).toEqual([]);
    expect(await own.bus.deadLetters(ENRICHED_CHAINS.name)).toMatchObject([
      { deliveries: 1, reason: expect.stringMatching(/"synthetic" come.*"recorded".*--dataset/) },
    ]);
    expect(await own.service.ready()).toContainEqual({
      name: 'dataset',
      ok: true,
      reason: expect.stringContaining('synthetic'),
    });
    await own.end();
  });

  it('refuses to share the bus with another store, until it is told to take over', async () => {
    const { bus } = storage;
    const another = { bus: { ...bus, close: async () => {} } };
    await expect(startStorage(another)).rejects.toMatchObject({
      code: 'storage_group_taken',
      message: expect.stringContaining(storage.store.storeId),
    });
    const taking = await startStorage(another, { takeOverStorage: true });
    expect(await bus.claim('storage', storage.store.storeId)).toBe(taking.store.storeId);
    await taking.end();
  });

  it('stores nothing more once another store took over, and says which', async () => {
    await storage.end();
    storage = await startStorage({}, { claimCheckMs: 5 });
    await publishChain();
    await storage.bus.drained();
    await storage.bus.claim('storage', 'another', { takeOver: true });
    await expect
      .poll(() => storage.service.ready())
      .toContainEqual({
        name: 'consuming',
        ok: false,
        reason: expect.stringContaining('the store another took over'),
      });
    await publishChain(storableChain({ timestamp: NOON + 60_000, seq: 2 }));
    await sleep(20);
    expect(await storage.store.counts()).toMatchObject({ snapshots: 1 });
    expect((await storage.get('/api/data/chain/NIFTY')).status).toBe(200);
  });

  it('claims the group again on a bus that lost it', async () => {
    await storage.end();
    const claims: string[] = [];
    const bus = createMemoryBus();
    const noting = {
      ...bus,
      claim: async (group: string, owner: string) => {
        claims.push(owner);
        return bus.claim(group, owner);
      },
    };
    storage = await startStorage({ bus: noting }, { claimCheckMs: 5 });
    await expect.poll(() => claims.length).toBeGreaterThan(2);
    expect(new Set(claims)).toEqual(new Set([storage.store.storeId]));
  });

  it('acknowledges nothing before it is durable', async () => {
    storage.failWith(new DeltaStreamError('store_failed', 'disk full'));
    await publishChain();
    await expect
      .poll(() => storage.service.ready())
      .toContainEqual({ name: 'market_store', ok: false, reason: 'disk full' });
    expect(storage.bus.stats()).toContainEqual(
      expect.objectContaining({ topic: ENRICHED_CHAINS.name, group: 'storage', backlog: 1 }),
    );
    storage.failWith(null);
  });

  it('outlives an outage of the store: nothing is dead-lettered, everything is stored after it', async () => {
    storage.failWith(new DeltaStreamError('store_failed', 'disk full'));
    for (let seq = 0; seq < 300; seq++) {
      await publishChain(storableChain({ seq, timestamp: NOON + seq }));
      await publishTick(enrichedTick(seq));
    }
    await new Promise((resolve) => setTimeout(resolve, 300));
    storage.failWith(null);
    await storage.bus.drained();
    expect(await storage.store.counts()).toMatchObject({ snapshots: 300, ticks: 300 });
    expect(await storage.bus.deadLetters(ENRICHED_CHAINS.name)).toEqual([]);
    expect((await storage.service.ready()).every(({ ok }) => ok)).toBe(true);
  });

  it('sends what is not a message to the dead letters with the reason, and stores the rest', async () => {
    await storage.bus.publish(ENRICHED_CHAINS.name, new Uint8Array([1, 2, 3]));
    await publishChain();
    await storage.bus.drained();
    expect(await storage.bus.deadLetters(ENRICHED_CHAINS.name)).toMatchObject([
      { deliveries: 1, reason: expect.stringContaining('enriched:chains') },
    ]);
    expect(await storage.store.counts()).toMatchObject({ snapshots: 1 });
  });

  it('ends in the same state when messages come twice and in any order', async () => {
    const seqs = [5, 1, 3, 2, 4];
    for (const seq of [...seqs, ...seqs.toReversed()]) {
      await publishChain(storableChain({ seq, timestamp: NOON + (seq % 2) }));
      await publishTick(enrichedTick(seq, [barAt(NOON + seq * 1000, 24_000 + seq)]));
    }
    await storage.bus.drained();
    expect(await storage.store.counts()).toMatchObject({ snapshots: 2, ticks: 5, bars: 1 });
    expect((await storage.store.latest('NIFTY', EXPIRY))?.seq).toBe(5);
    expect(await storage.store.bars('NIFTY', '1m', ALL)).toMatchObject([{ open: 24_001, close: 24_005 }]);
  });

  it('counts what never came, and takes a late one back', async () => {
    for (const seq of [1, 2, 6, 4, 4]) await publishTick(enrichedTick(seq));
    for (const seq of [7, 8]) await publishChain(storableChain({ seq, timestamp: NOON + seq }));
    await storage.bus.drained();
    const metrics = await storage.service.metrics.metrics();
    expect(metrics).toContain('deltastream_storage_gap_messages{kind="tick",product="NIFTY"} 2');
    expect(metrics).toContain('deltastream_storage_gap_messages{kind="chain",product="NIFTY"} 0');
  });

  it('stores what the bus still hands over while it stops, as a read under way does', async () => {
    const bus = createMemoryBus();
    let acknowledged = 0;
    const own = await startStorage({
      bus: {
        ...bus,
        async consume(topic, group, handler, options) {
          const subscription = await bus.consume(topic, group, handler, options);
          if (topic !== ENRICHED_TICKS.name) return subscription;
          return {
            ...subscription,
            async stop() {
              const frame = ENRICHED_TICKS.frames.encode(enrichedTick(1));
              await new Promise((resolve) => setTimeout(resolve, 20));
              await handler({ frame, position: '1', deliveries: 1 });
              acknowledged += 1;
              await subscription.stop();
            },
          };
        },
      },
    });
    await own.service.stop();
    expect(acknowledged).toBe(1);
    expect(await own.store.counts()).toMatchObject({ ticks: 1 });
    await own.end();
  });

  it('stops twice, also while the store is down', async () => {
    const own = await startStorage({}, { stopTimeoutMs: 100 });
    own.failWith(new DeltaStreamError('store_failed', 'disk full'));
    await own.bus.publish(ENRICHED_CHAINS.name, ENRICHED_CHAINS.frames.encode(storableChain()));
    await expect.poll(async () => (await own.service.ready()).every(({ ok }) => ok)).toBe(false);
    await Promise.all([own.service.stop(), own.service.stop()]);
    expect(await own.service.ready()).toContainEqual({
      name: 'consuming',
      ok: false,
      reason: 'stopped',
    });
    await own.end();
  });
});

it('says once why it does not store, however often it tries', async () => {
  const lines: string[] = [];
  const logger = createLogger('info', { write: (line: string) => void lines.push(line) });
  const own = await startStorage({ logger });
  own.failWith(new DeltaStreamError('store_failed', 'main.db was removed'));
  await own.bus.publish(ENRICHED_CHAINS.name, ENRICHED_CHAINS.frames.encode(storableChain()));
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(lines.filter((line) => line.includes('not stored; trying again'))).toHaveLength(1);
  expect(lines.join()).toContain('main.db was removed');
  own.failWith(null);
  await own.bus.drained();
  expect(lines.filter((line) => line.includes('storing again'))).toHaveLength(1);
  await own.end();
});
