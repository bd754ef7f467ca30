import { PRODUCT_FIGURE_NAMES, type ProductFigureValues } from '@deltastream/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MINUTE_MS, NOON } from './market-store.fixture.ts';
import type { ListRange, StoredProductFigures } from './market-store.ts';
import { ALL, type MarketStoreStand } from './market-store-stand.fixture.ts';

/** Figures for tests; `progress` shows in their values. */
function figuresAt(timestamp: number, progress: number, product = 'NIFTY'): StoredProductFigures {
  const none = Object.fromEntries(PRODUCT_FIGURE_NAMES.map((name) => [name, null]));
  const values = { ...none, iv_30d: progress / 7, iv_observations: 0 } as unknown as ProductFigureValues;
  return { product, timestamp, as_of: timestamp - 500, progress, values };
}

/** What every market store must do with the figures of products; a part of `marketStoreContract`. */
export function productFiguresContract(stand: MarketStoreStand): void {
  describe('figures of products', () => {
    const minutes = [0, 1, 2, 3, 4].map((i) => NOON + i * MINUTE_MS + 7_000 * i);
    const stored = async (range: Partial<ListRange> = {}) =>
      (await stand.store.productFigures('NIFTY', { ...ALL, ...range })).map(({ timestamp }) => timestamp);

    it('come back complete, in time order, within [from, to) up to the limit', async () => {
      const figures = minutes.map((timestamp, i) => figuresAt(timestamp, i + 1));
      expect(await stand.store.productFigures('NIFTY', ALL)).toEqual([]);
      await stand.store.putProductFigures([]);
      await stand.store.putProductFigures([...figures.toReversed(), figuresAt(NOON, 9, 'SENSEX')]);
      expect(await stand.store.productFigures('NIFTY', ALL)).toEqual(figures);
      expect(await stand.store.productFigures('SENSEX', ALL)).toEqual([figuresAt(NOON, 9, 'SENSEX')]);
      expect(await stored({ fromMs: minutes[1], toMs: minutes[3] })).toEqual(minutes.slice(1, 3));
      expect(await stored({ fromMs: minutes[1] + 1, toMs: minutes[3] + 1 })).toEqual(minutes.slice(2, 4));
      expect(await stored({ limit: 2 })).toEqual(minutes.slice(0, 2));
      expect(await stored({ limit: 2, take: 'last' })).toEqual(minutes.slice(-2));
      expect(await stored({ toMs: minutes[4], limit: 2, take: 'last' })).toEqual(minutes.slice(2, 4));
      expect(await stored({ limit: 0 })).toEqual([]);
    });

    it('are the last of each minute, and of one instant those of the most progress, in any order', async () => {
      const puts = [
        figuresAt(NOON, 5),
        figuresAt(NOON + 30_000, 7),
        figuresAt(NOON + 30_000, 8),
        figuresAt(NOON + 59_999, 3),
        figuresAt(NOON + MINUTE_MS, 4),
      ];
      let round = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.shuffledSubarray([...puts, ...puts], { minLength: 2 * puts.length }),
          fc.integer({ min: 1, max: 4 }),
          async (order, size) => {
            const product = `P${round++}`;
            const given = order.map((each) => ({ ...each, product }));
            for (let i = 0; i < given.length; i += size) {
              await stand.store.putProductFigures(given.slice(i, i + size));
            }
            expect(await stand.store.productFigures(product, ALL)).toEqual([
              { ...puts[3], product },
              { ...puts[4], product },
            ]);
          },
        ),
        { numRuns: 8 },
      );
      await stand.store.putProductFigures([puts[2], puts[1], puts[0]]);
      expect(await stand.store.productFigures('NIFTY', ALL)).toEqual([puts[2]]);
    });
  });
}
