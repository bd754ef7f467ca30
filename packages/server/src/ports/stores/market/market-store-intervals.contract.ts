import {
  createColumns,
  HISTORY_FIGURES,
  PRODUCT_FIGURE_NAMES,
  type ProductFigureValues,
} from '@deltastream/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareVersions } from '../version-order.ts';
import { EXPIRY, MINUTE_MS, NOON, storableChain } from './market-store.fixture.ts';
import { isLaterFigures, type StoredProductFigures } from './market-store.ts';
import { DAY_MS, type MarketStoreStand } from './market-store-stand.fixture.ts';

const HOUR_MS = 60 * MINUTE_MS;
const STEP_MS = 15_000;
/** Instants of three hours of two days, of which those of the last are some minutes apart. */
const instant = fc
  .tuple(fc.constantFrom(0, HOUR_MS, DAY_MS), fc.nat({ max: 20 }), fc.constantFrom(0, STEP_MS, 59_999))
  .map(([hour, minute, ms]) => NOON + hour + minute * 7 * MINUTE_MS + ms);
const versioned = fc.record({
  timestamp: instant,
  seq: fc.nat({ max: 5 }),
  epoch: fc.constantFrom('run-1', 'run-2'),
});

const minutesOf = (fromMs: number, count: number) =>
  Array.from({ length: count }, (_, i) => fromMs + i * MINUTE_MS);

/** What is asked of any state: minutes of two days, days, and intervals that begin and end anywhere. */
const QUESTIONS: readonly (readonly [starts: readonly number[], toMs: number])[] = [
  [minutesOf(NOON - HOUR_MS, 5 * 60), NOON + 4 * HOUR_MS],
  [minutesOf(NOON + DAY_MS, 180), NOON + DAY_MS + 180 * MINUTE_MS],
  [[NOON - DAY_MS / 2, NOON + DAY_MS / 2], NOON + 3 * DAY_MS],
  [[NOON + STEP_MS, NOON + 7 * MINUTE_MS + STEP_MS], NOON + DAY_MS + 7 * MINUTE_MS + 1],
  [[0], NOON + HOUR_MS + 20 * MINUTE_MS + 2 * STEP_MS],
];

function lastOf<Point extends { readonly timestamp: number }>(
  points: readonly Point[],
  starts: readonly number[],
  toMs: number,
): Point[] {
  return starts.flatMap((start, i) => {
    const endMs = starts[i + 1] ?? toMs;
    const inside = points.filter(({ timestamp }) => timestamp >= start && timestamp < endMs);
    return inside.toSorted((a, b) => b.timestamp - a.timestamp).slice(0, 1);
  });
}

/** What every market store must do when it is asked for the last figures of intervals; a part of `marketStoreContract`. */
export function intervalContract(stand: MarketStoreStand): void {
  describe('the last figures of intervals', () => {
    it('are those that were asked for', async () => {
      await stand.store.putSnapshots([storableChain({ seq: 14 })]);
      const [starts, toMs] = [[NOON], NOON + 1];
      const [all] = await stand.store.lastSummaries('NIFTY', EXPIRY, starts, toMs);
      expect(Object.keys(all).toSorted()).toEqual(['timestamp', ...HISTORY_FIGURES].toSorted());
      expect(await stand.store.lastSummaries('NIFTY', EXPIRY, starts, toMs, ['pcr_oi', 'atm_iv'])).toEqual([
        { timestamp: NOON, pcr_oi: 2, atm_iv: null },
      ]);
      expect(await stand.store.lastSummaries('NIFTY', EXPIRY, starts, toMs, [])).toEqual([
        { timestamp: NOON },
      ]);
      expect(await stand.store.lastProductFigures('NIFTY', starts, toMs)).toEqual([]);
    });

    it('of snapshots are those of the rows that won, in any order, however often they come', async () => {
      let round = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.array(versioned, { minLength: 1, maxLength: 40 }),
          fc.integer({ min: 1, max: 15 }),
          async (rows, size) => {
            const product = `P${round++}`;
            const chains = rows.map((row) =>
              storableChain({ ...row, product, columns: createColumns(0, 'enriched') }),
            );
            const won = new Map<number, (typeof chains)[number]>();
            for (let i = 0; i < chains.length; i += size) {
              const group = chains.slice(i, i + size);
              await stand.store.putSnapshots(group);
              for (const chain of group) {
                const held = won.get(chain.timestamp);
                if (held === undefined || compareVersions(chain, held) >= 0) won.set(chain.timestamp, chain);
              }
              const [starts, toMs] = QUESTIONS[i % QUESTIONS.length];
              const points = [...won.values()].map(({ timestamp, summary: { pcr_oi } }) => ({
                timestamp,
                pcr_oi,
              }));
              expect(await stand.store.lastSummaries(product, EXPIRY, starts, toMs, ['pcr_oi'])).toEqual(
                lastOf(points, starts, toMs),
              );
            }
            const points = [...won.values()].map(({ timestamp, summary }) => ({
              timestamp,
              ...Object.fromEntries(HISTORY_FIGURES.map((name) => [name, summary[name]])),
            }));
            for (const [starts, toMs] of QUESTIONS) {
              const found = await stand.store.lastSummaries(product, EXPIRY, starts, toMs);
              expect(found).toEqual(lastOf(points, starts, toMs));
            }
          },
        ),
        { numRuns: 5 },
      );
    });

    it('of products are the last of their minutes, in any order, however often they come', async () => {
      const none = Object.fromEntries(PRODUCT_FIGURE_NAMES.map((name) => [name, null]));
      let round = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(instant, fc.nat({ max: 9 })), { minLength: 1, maxLength: 30 }),
          fc.integer({ min: 1, max: 12 }),
          async (given, size) => {
            const product = `P${round++}`;
            const figures = given.map(([timestamp, progress]): StoredProductFigures => {
              const values = { ...none, iv_30d: progress / 7 } as unknown as ProductFigureValues;
              return { product, timestamp, as_of: timestamp - 500, progress, values };
            });
            const kept = new Map<number, StoredProductFigures>();
            for (let i = 0; i < figures.length; i += size) {
              await stand.store.putProductFigures(figures.slice(i, i + size));
              for (const each of figures.slice(i, i + size)) {
                const minute = Math.floor(each.timestamp / MINUTE_MS);
                const held = kept.get(minute);
                if (held === undefined || !isLaterFigures(held, each)) kept.set(minute, each);
              }
              const [starts, toMs] = QUESTIONS[i % QUESTIONS.length];
              const points = [...kept.values()].map(({ timestamp, as_of, values: { iv_30d } }) => ({
                ...{ timestamp, as_of },
                values: { iv_30d },
              }));
              expect(await stand.store.lastProductFigures(product, starts, toMs, ['iv_30d'])).toEqual(
                lastOf(points, starts, toMs),
              );
            }
          },
        ),
        { numRuns: 5 },
      );
    });
  });
}
