import { mergeBars } from '@deltastream/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { barAt, MINUTE_MS, NOON, tickAt } from './market-store.fixture.ts';
import type { ListRange } from './market-store.ts';
import { ALL, type MarketStoreStand } from './market-store-stand.fixture.ts';

/** What every market store must do with ticks and bars; a part of `marketStoreContract`. */
export function tickContract(stand: MarketStoreStand): void {
  describe('ticks', () => {
    it('come back complete, in time order', async () => {
      const ticks = [
        tickAt(NOON + 61_000, { seq: 3, price: 1 / 3, previousClose: null }),
        tickAt(NOON, { seq: 1, source: 'replay:file.csv', epoch: 'run-2' }),
        tickAt(NOON + 59_999, { seq: 2 ** 40 }),
      ];
      await stand.store.putTicks(ticks, []);
      expect(await stand.store.ticks('NIFTY', ALL)).toEqual([ticks[1], ticks[2], ticks[0]]);
      expect(await stand.store.latestTick('NIFTY')).toEqual(ticks[0]);
      expect(await stand.store.latestTick('BANKNIFTY')).toBeNull();
    });

    it('are listed from inclusive to exclusive, up to the limit, across minutes', async () => {
      const times = Array.from({ length: 200 }, (_, i) => NOON + i * 20_000);
      await stand.store.putTicks(
        times.map((time, seq) => tickAt(time, { seq })),
        [],
      );
      const listed = async (range: Partial<ListRange>) =>
        (await stand.store.ticks('NIFTY', { ...ALL, ...range })).map(({ timestamp }) => timestamp);
      expect(await listed({})).toEqual(times);
      expect(await listed({ fromMs: times[1], toMs: times[7] })).toEqual(times.slice(1, 7));
      expect(await listed({ fromMs: times[1] + 1, toMs: times[7] + 1 })).toEqual(times.slice(2, 8));
      expect(await listed({ fromMs: times[3], limit: 4 })).toEqual(times.slice(3, 7));
      expect(await listed({ limit: 0 })).toEqual([]);
      expect(await listed({ limit: 5, take: 'last' })).toEqual(times.slice(-5));
      expect(await listed({ toMs: times[150], limit: 120, take: 'last' })).toEqual(times.slice(30, 150));
      expect(await listed({ fromMs: times[2], toMs: times[7], limit: 99, take: 'last' })).toEqual(
        times.slice(2, 7),
      );
      expect(await listed({ limit: 0, take: 'last' })).toEqual([]);
    });

    it('keep the greater [epoch, seq] of one instant, whichever came first', async () => {
      await stand.store.putTicks([tickAt(NOON, { seq: 10, price: 10 })], []);
      await stand.store.putTicks([tickAt(NOON, { seq: 9, price: 9 })], []);
      expect(await stand.store.ticks('NIFTY', ALL)).toMatchObject([{ price: 10 }]);
      await stand.store.putTicks([tickAt(NOON, { epoch: 'run-2', seq: 1, price: 1 })], []);
      await stand.store.putTicks([tickAt(NOON, { seq: 11, price: 11 })], []);
      expect(await stand.store.ticks('NIFTY', ALL)).toMatchObject([{ price: 1 }]);
      expect(await stand.store.counts()).toMatchObject({ ticks: 1 });
    });

    it('that arrive late join their minute', async () => {
      await stand.store.putTicks([tickAt(NOON + 1000), tickAt(NOON + 3000)], []);
      await stand.store.putTicks([tickAt(NOON + 2000)], []);
      expect((await stand.store.ticks('NIFTY', ALL)).map(({ timestamp }) => timestamp - NOON)).toEqual([
        1000, 2000, 3000,
      ]);
    });
  });

  describe('bars', () => {
    it('merge by the rule of mergeBars, in any order and any number of times', async () => {
      const price = fc.integer({ min: 1, max: 5 });
      const part = fc
        .tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 4 }), price, price, price, price)
        .map(([a, b, open, close, x, y]) =>
          barAt(NOON, open, {
            open_at: NOON + Math.min(a, b),
            close_at: NOON + Math.max(a, b),
            close,
            high: Math.max(x, y, open, close),
            low: Math.min(x, y, open, close),
          }),
        );
      let minute = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(part, { minLength: 1, maxLength: 6 }), async (parts) => {
          const start = NOON + minute++ * MINUTE_MS;
          const moved = parts.map((bar) => ({ ...bar, start }));
          for (const bar of [...moved, ...moved]) await stand.store.putTicks([], [bar]);
          const range = { fromMs: start, toMs: start + 1, limit: 10 };
          expect(await stand.store.bars('NIFTY', '1m', range)).toEqual([moved.reduce(mergeBars)]);
        }),
        { numRuns: 15 },
      );
    });

    it('are kept by product, interval and start, listed within [from, to) up to the limit', async () => {
      const bars = [0, 1, 2, 3].map((i) => barAt(NOON + i * MINUTE_MS, 100 + i));
      const longer = barAt(NOON, 5, { interval: '5m' });
      const other = barAt(NOON, 7, { product: 'SENSEX' });
      await stand.store.putTicks([], [...bars.toReversed(), longer, other]);
      expect(await stand.store.bars('NIFTY', '1m', ALL)).toEqual(bars);
      expect(await stand.store.bars('NIFTY', '5m', ALL)).toEqual([longer]);
      expect(await stand.store.bars('SENSEX', '1m', ALL)).toEqual([other]);
      const { start } = bars[1];
      expect(await stand.store.bars('NIFTY', '1m', { ...ALL, fromMs: start, toMs: bars[3].start })).toEqual(
        bars.slice(1, 3),
      );
      expect(await stand.store.bars('NIFTY', '1m', { ...ALL, limit: 2 })).toEqual(bars.slice(0, 2));
      expect(await stand.store.bars('NIFTY', '1m', { ...ALL, limit: 2, take: 'last' })).toEqual(
        bars.slice(2),
      );
      expect(
        await stand.store.bars('NIFTY', '1m', { ...ALL, toMs: bars[3].start, limit: 2, take: 'last' }),
      ).toEqual(bars.slice(1, 3));
      expect(await stand.store.counts()).toMatchObject({ bars: 6 });
    });
  });
}
