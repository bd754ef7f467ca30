import {
  type Bar,
  INTERVAL_MS,
  mergeBars,
  STORED_INTERVALS,
  type StoredInterval,
} from '@deltastream/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareVersions } from '../version-order.ts';
import { barAt, EXPIRY, NOON, storableChain, tickAt } from './market-store.fixture.ts';
import type { StoredTick } from './market-store.ts';
import { ALL, type MarketStoreStand } from './market-store-stand.fixture.ts';

const NOTHING = { new: 0, replaced: 0, same: 0 };

/** The parts of every stored bar that an enricher gives with a tick. */
const partsOf = ({ product, timestamp, price }: StoredTick): Bar[] =>
  STORED_INTERVALS.map((interval) => {
    const start = timestamp - (timestamp % INTERVAL_MS[interval]);
    return barAt(timestamp, price, { product, interval, start });
  });

/** The bars of ticks, by brute force. */
function barsFrom(ticks: readonly StoredTick[], interval: StoredInterval): Bar[] {
  const bars = new Map<number, Bar>();
  for (const part of ticks.flatMap(partsOf)) {
    if (part.interval !== interval) continue;
    const held = bars.get(part.start);
    bars.set(part.start, held === undefined ? part : mergeBars(held, part));
  }
  return [...bars.values()].sort((a, b) => a.start - b.start);
}

/** What every market store must do with what an import brings; a part of `marketStoreContract`. */
export function importContract(stand: MarketStoreStand): void {
  const putTicks = (...ticks: StoredTick[]) => stand.store.putTicks(ticks, ticks.flatMap(partsOf));
  const putChain = (given: Parameters<typeof storableChain>[0]) =>
    stand.store.putSnapshots([storableChain(given)]);
  const latest = () => stand.store.latest('NIFTY', EXPIRY);

  describe('imports', () => {
    it('win by their number, whatever the epochs are called, and in any order', async () => {
      const given = [
        { epoch: 'z.csv', seq: 99 },
        { epoch: 'z.csv', seq: 99, generation: 9 },
        { epoch: 'a.csv', seq: 1, generation: 10 },
        { epoch: 'zz.csv', seq: 500, generation: -11 },
      ];
      for (const [day, order] of [given, given.toReversed()].entries()) {
        const timestamp = NOON + day * 86_400_000;
        for (const version of order) await putChain({ ...version, timestamp });
        expect(await stand.store.asOf('NIFTY', EXPIRY, timestamp)).toMatchObject({ epoch: 'a.csv', seq: 1 });
        for (const version of order) await putTicks(tickAt(timestamp, version));
        expect(await stand.store.latestTick('NIFTY')).toMatchObject({ epoch: 'a.csv', generation: 10 });
      }
      expect(await stand.store.latestImport()).toBe(11);
    });

    it('that keep what is stored fill what is free, and the first of them stays', async () => {
      await putChain({ epoch: 'live' });
      await putChain({ epoch: 'z.csv', generation: -5 });
      expect((await latest())?.epoch).toBe('live');
      await putChain({ epoch: 'b.csv', timestamp: NOON + 1, generation: -5 });
      await putChain({ epoch: 'a.csv', timestamp: NOON + 1, generation: -6 });
      expect((await latest())?.epoch).toBe('b.csv');
    });

    it('say what became of their rows, each counted once however often it comes', async () => {
      await putChain({ seq: 1 });
      await putChain({ seq: 2, timestamp: NOON + 1 });
      await putTicks(tickAt(NOON, { price: 10 }), tickAt(NOON + 1, { price: 11 }));
      for (let delivery = 0; delivery < 2; delivery++) {
        await putChain({ seq: 7, epoch: 'a.csv', generation: 3 });
        const { columns } = storableChain({ seq: 2 });
        const { summary } = storableChain({ seq: 2 });
        await putChain({ seq: 8, epoch: 'a.csv', generation: 3, timestamp: NOON + 1, columns, summary });
        await putChain({ seq: 9, epoch: 'a.csv', generation: 3, timestamp: NOON + 2 });
        const version = { epoch: 'a.csv', generation: 3 };
        await putTicks(
          tickAt(NOON, { ...version, price: 10 }),
          tickAt(NOON + 1, { ...version, price: 12 }),
          tickAt(NOON + 2, { ...version, price: 13 }),
        );
        await putTicks(tickAt(NOON + 1, { epoch: 'b.csv', generation: -4, price: 9 }));
      }
      expect(await stand.store.importCounts(3)).toEqual({
        chains: { new: 1, replaced: 1, same: 1 },
        ticks: { new: 1, replaced: 1, same: 1 },
      });
      expect(await stand.store.importCounts(-4)).toEqual({ chains: NOTHING, ticks: NOTHING });
      expect(await stand.store.importedRows()).toBe(6);
      await putChain({ seq: 1, epoch: 'b.csv', generation: -5, timestamp: NOON + 9 });
      expect(await stand.store.importedRows()).toBe(7);
    });

    it('count no row again that comes with other figures under its own version, which takes its place', async () => {
      await putChain({ epoch: 'a.csv', generation: 3 });
      const { summary } = storableChain();
      await putChain({ epoch: 'a.csv', generation: 3, summary: { ...summary, pcr_oi: 0.5 } });
      expect((await latest())?.summary.pcr_oi).toBe(0.5);
      expect((await stand.store.summaries('NIFTY', EXPIRY, ALL))[0].pcr_oi).toBe(0.5);
      expect((await stand.store.importCounts(3)).chains).toEqual({ new: 1, replaced: 0, same: 0 });
    });

    it('put right the bars of every interval that held a price which was replaced', async () => {
      await putTicks(tickAt(NOON, { price: 10 }), tickAt(NOON + 70_000, { price: 9_999 }));
      await putTicks(tickAt(NOON + 70_000, { epoch: 'a', generation: 1, price: 12 }));
      for (const interval of STORED_INTERVALS) {
        const bars = await stand.store.bars('NIFTY', interval, ALL);
        expect(Math.max(...bars.map(({ high }) => high))).toBe(12);
        expect(bars.at(-1)?.close).toBe(12);
      }
      // The one that lost, delivered late.
      await putTicks(tickAt(NOON + 70_000, { price: 9_999 }));
      expect((await stand.store.bars('NIFTY', '15m', ALL)).map(({ high }) => high)).toEqual([12]);
      // A bar that the put itself does not name.
      await stand.store.putTicks([tickAt(NOON, { epoch: 'a', generation: 2, price: 500 })], []);
      expect(await stand.store.bars('NIFTY', '15m', ALL)).toMatchObject([
        { open: 500, high: 500, close: 12 },
      ]);
    });

    it('take no price into a bar that stood still in a closing auction', async () => {
      // Bars of 15:30 in India: the price of NIFTY stands still until 15:35, and that of a generated market never.
      const start = Date.UTC(2026, 7, 19, 10);
      const [frozen, moving] = [start + 120_000, start + 360_000];
      await stand.store.putTicks([tickAt(frozen, { price: 7 })], []);
      await putTicks(tickAt(moving, { price: 10 }));
      await putTicks(tickAt(moving, { epoch: 'a', generation: 1, price: 11 }));
      expect(await stand.store.bars('NIFTY', '15m', ALL)).toEqual([
        barAt(moving, 11, { interval: '15m', start }),
      ]);
      const generated = { source: 'synthetic', product: 'BANKNIFTY' };
      await putTicks(tickAt(frozen, { ...generated, price: 7 }), tickAt(moving, { ...generated, price: 10 }));
      await putTicks(tickAt(moving, { ...generated, generation: 1, price: 11 }));
      expect(await stand.store.bars('BANKNIFTY', '15m', ALL)).toMatchObject([{ low: 7, high: 11 }]);
    });

    it('leave the bars of the ticks that are stored, for any order, grouping and repetition', async () => {
      const versions = [
        {},
        { seq: 2 },
        { epoch: 'a.csv', generation: 1 },
        { epoch: 'b.csv', generation: -2 },
      ];
      const ticks = [0, 40_000, 200_000].flatMap((offset, i) =>
        versions.map((version, v) =>
          tickAt(NOON + offset, { ...version, price: 100 + 10 * i + ((v * 7) % 5) }),
        ),
      );
      const winners = [...Map.groupBy(ticks, ({ timestamp }) => timestamp).values()].map((same) =>
        same.reduce((a, b) => (compareVersions(b, a) > 0 ? b : a)),
      );
      let product = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.shuffledSubarray([...ticks, ...ticks], { minLength: 2 * ticks.length }),
          fc.integer({ min: 1, max: 5 }),
          async (order, size) => {
            const name = `P${product++}`;
            for (let i = 0; i < order.length; i += 2 * size) {
              const put = (from: number) =>
                putTicks(...order.slice(from, from + size).map((tick) => ({ ...tick, product: name })));
              await Promise.all([put(i), put(i + size)]);
            }
            for (const interval of STORED_INTERVALS) {
              expect(await stand.store.bars(name, interval, ALL)).toEqual(
                barsFrom(winners, interval).map((bar) => ({ ...bar, product: name })),
              );
            }
          },
        ),
        { numRuns: 8 },
      );
    });
  });
}
