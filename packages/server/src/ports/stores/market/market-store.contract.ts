import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { barAt, EXPIRY, NOON, QUOTES_OF_CHAIN, storableChain, tickAt } from './market-store.fixture.ts';
import type { MarketStore } from './market-store.ts';
import { chainContract } from './market-store-chains.contract.ts';
import { productFiguresContract } from './market-store-figures.contract.ts';
import { importContract } from './market-store-imports.contract.ts';
import { intervalContract } from './market-store-intervals.contract.ts';
import { ALL, collect, DAY_MS } from './market-store-stand.fixture.ts';
import { tickContract } from './market-store-ticks.contract.ts';

/** A store in a place of its own. */
export interface OpenMarketStore {
  readonly store: MarketStore;
  /** Opens the same place again, after `store` was closed. */
  reopen(): Promise<MarketStore>;
  /** Closes what is open and removes the place. */
  dispose(): Promise<void>;
}

/** What every market store must do. `open` resolves with an empty store in a place of its own. */
export function marketStoreContract(name: string, open: () => Promise<OpenMarketStore>): void {
  describe(`market store: ${name}`, () => {
    let place: OpenMarketStore;
    let store: MarketStore;
    beforeEach(async () => {
      place = await open();
      store = place.store;
    });
    afterEach(() => place.dispose());

    const reopened = async () => {
      await store.close();
      store = await place.reopen();
      return store;
    };
    const stand = {
      get store() {
        return store;
      },
    };
    chainContract(stand);
    tickContract(stand);
    importContract(stand);
    productFiguresContract(stand);
    intervalContract(stand);

    describe('empty', () => {
      it('answers nothing, not an error', async () => {
        expect(await store.products()).toEqual([]);
        expect(await store.expiries('NIFTY')).toEqual([]);
        expect(await store.latest('NIFTY', EXPIRY)).toBeNull();
        expect(await store.asOf('NIFTY', EXPIRY, NOON)).toBeNull();
        expect(await store.summaries('NIFTY', EXPIRY, ALL)).toEqual([]);
        expect(await store.lastSummaries('NIFTY', EXPIRY, [0], NOON)).toEqual([]);
        expect(await collect(store.snapshotsAt('NIFTY', EXPIRY, [NOON]))).toEqual([]);
        expect(await collect(store.snapshots('NIFTY', EXPIRY, ALL))).toEqual([]);
        expect(await store.ticks('NIFTY', ALL)).toEqual([]);
        expect(await store.latestTick('NIFTY')).toBeNull();
        expect(await store.bars('NIFTY', '1m', ALL)).toEqual([]);
        expect(await store.counts()).toMatchObject({ snapshots: 0, quotes: 0, ticks: 0, bars: 0 });
      });

      it('takes empty batches', async () => {
        await store.putSnapshots([]);
        await store.putTicks([], []);
        expect(await store.products()).toEqual([]);
      });
    });

    it('ends in the same state for any order, grouping and repetition of the same puts', async () => {
      const chains = [0, 1, 2].flatMap((minute) =>
        ['run-1', 'run-2'].flatMap((epoch) =>
          [1, 2, 11].map((seq) => storableChain({ timestamp: NOON + minute * DAY_MS, epoch, seq })),
        ),
      );
      const ticks = [0, 1, 2, 3, 4, 5].map((i) =>
        tickAt(NOON + (i % 3) * 25_000, { seq: i, price: 100 + ((i * 7) % 5) }),
      );
      const bars = ticks.map((tick) => barAt(tick.timestamp, tick.price));
      const state = async () => ({
        snapshots: await collect(store.snapshots('NIFTY', EXPIRY, ALL)),
        summaries: await store.summaries('NIFTY', EXPIRY, ALL),
        ticks: await store.ticks('NIFTY', ALL),
        bars: await store.bars('NIFTY', '1m', ALL),
        counts: { ...(await store.counts()), bytes: 0 },
        products: await store.products(),
      });
      await store.putSnapshots(chains);
      await store.putTicks(ticks, bars);
      const expected = await state();
      expect(expected.snapshots.map(({ epoch, seq }) => [epoch, seq])).toEqual(Array(3).fill(['run-2', 11]));

      const puts = [...chains.map((_, i) => ({ chain: i })), ...ticks.map((_, i) => ({ tick: i }))] as {
        chain?: number;
        tick?: number;
      }[];
      await fc.assert(
        fc.asyncProperty(
          fc.shuffledSubarray([...puts, ...puts], { minLength: puts.length * 2, maxLength: puts.length * 2 }),
          fc.integer({ min: 1, max: 9 }),
          async (order, size) => {
            await place.dispose();
            place = await open();
            store = place.store;
            for (let i = 0; i < order.length; i += size) {
              const group = order.slice(i, i + size);
              const inGroup = group.flatMap(({ tick }) => (tick === undefined ? [] : [tick]));
              await Promise.all([
                store.putSnapshots(
                  group.flatMap(({ chain }) => (chain === undefined ? [] : [chains[chain]])),
                ),
                store.putTicks(
                  inGroup.map((i) => ticks[i]),
                  inGroup.map((i) => bars[i]),
                ),
              ]);
            }
            expect(await state()).toEqual(expected);
          },
        ),
        { numRuns: 5 },
      );
    });

    it('never shows part of a batch, nor loses one', async () => {
      const batch = (round: number) =>
        ['2026-08-25', '2026-09-01'].flatMap((expiry, e) =>
          [0, 1].map((day) =>
            storableChain({ expiry, timestamp: NOON + day * DAY_MS + round, seq: 4 * round + 2 * day + e }),
          ),
        );
      let writing = true;
      const writes = (async () => {
        for (let round = 0; round < 40; round++) await store.putSnapshots(batch(round));
        writing = false;
      })();
      while (writing) {
        const { snapshots } = await store.counts();
        expect(snapshots % 4).toBe(0);
      }
      await writes;
      expect(await store.counts()).toMatchObject({ snapshots: 160 });
    });

    it('refuses a batch with a chain of the wrong shape, all of it', async () => {
      const wrong = storableChain({ seq: 2, columns: { count: 3, values: new Float64Array(5) } });
      await expect(store.putSnapshots([storableChain(), wrong])).rejects.toMatchObject({
        code: 'malformed_message',
        permanent: true,
      });
      expect(await store.latest('NIFTY', EXPIRY)).toBeNull();
    });

    it('shows a put to every read that begins after it was acknowledged', async () => {
      for (let seq = 1; seq <= 30; seq++) {
        await store.putSnapshots([storableChain({ timestamp: NOON + seq, seq })]);
        expect((await store.latest('NIFTY', EXPIRY))?.seq).toBe(seq);
      }
    });

    it('takes puts of many callers at the same time', async () => {
      await Promise.all(
        Array.from({ length: 300 }, (_, i) =>
          store.putSnapshots([storableChain({ timestamp: NOON + i, seq: i })]),
        ),
      );
      expect(await store.counts()).toMatchObject({ snapshots: 300, quotes: 300 * QUOTES_OF_CHAIN });
    });

    describe('opened again', () => {
      it('goes by the same name, which no other store has', async () => {
        const { storeId } = store;
        expect(storeId).toMatch(/^[0-9a-f]{32}$/);
        expect((await reopened()).storeId).toBe(storeId);
        const other = await open();
        expect(other.store.storeId).not.toBe(storeId);
        await other.dispose();
      });

      it('has everything that was acknowledged', async () => {
        const chains = [0, 1].map((day) => storableChain({ timestamp: NOON + day * DAY_MS, seq: day }));
        await store.putSnapshots(chains);
        await store.putTicks([tickAt(NOON)], [barAt(NOON, 9)]);
        const counts = await store.counts();
        await reopened();
        expect(await collect(store.snapshots('NIFTY', EXPIRY, ALL))).toEqual(chains);
        expect(await store.ticks('NIFTY', ALL)).toEqual([tickAt(NOON)]);
        expect(await store.bars('NIFTY', '1m', ALL)).toEqual([barAt(NOON, 9)]);
        expect({ ...(await store.counts()), bytes: 0 }).toEqual({ ...counts, bytes: 0 });
      });

      it('goes on as before', async () => {
        await store.putSnapshots([storableChain({ seq: 5 })]);
        await store.putTicks([tickAt(NOON)], [barAt(NOON, 9)]);
        await reopened();
        await store.putSnapshots([storableChain({ seq: 4 }), storableChain({ timestamp: NOON + 1, seq: 6 })]);
        await store.putTicks([tickAt(NOON + 1)], [barAt(NOON + 1, 10)]);
        expect((await collect(store.snapshots('NIFTY', EXPIRY, ALL))).map(({ seq }) => seq)).toEqual([5, 6]);
        expect(await store.ticks('NIFTY', ALL)).toHaveLength(2);
        expect(await store.bars('NIFTY', '1m', ALL)).toMatchObject([{ open: 9, close: 10 }]);
        expect(await store.counts()).toMatchObject({ snapshots: 2, ticks: 2, bars: 1 });
      });
    });

    describe('closed', () => {
      it('completes the puts under way', async () => {
        const puts = Array.from({ length: 20 }, (_, i) =>
          store.putSnapshots([storableChain({ timestamp: NOON + i, seq: i })]),
        );
        await Promise.all([reopened(), ...puts]);
        expect(await store.counts()).toMatchObject({ snapshots: 20 });
      });

      it('says so to puts and reads, and closes again without effect', async () => {
        await store.close();
        await store.close();
        await expect(store.putSnapshots([storableChain()])).rejects.toMatchObject({ code: 'stopped' });
        await expect(store.putTicks([tickAt(NOON)], [])).rejects.toMatchObject({ code: 'stopped' });
        await expect(store.latest('NIFTY', EXPIRY)).rejects.toMatchObject({ code: 'stopped' });
      });
    });
  });
}
