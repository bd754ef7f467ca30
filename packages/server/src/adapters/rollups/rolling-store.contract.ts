import {
  createColumns,
  HISTORY_FIGURES,
  PRODUCT_FIGURE_NAMES,
  type ProductFigureValues,
} from '@deltastream/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BLOCK_HOUR_MS } from '../../codec/figure-block.ts';
import {
  barAt,
  EXPIRY,
  MINUTE_MS,
  QUOTES_OF_CHAIN,
  storableChain,
  tickAt,
} from '../../ports/stores/market/market-store.fixture.ts';
import type { MarketStore, StoredProductFigures } from '../../ports/stores/market/market-store.ts';
import { productFiguresContract } from '../../ports/stores/market/market-store-figures.contract.ts';
import { intervalContract } from '../../ports/stores/market/market-store-intervals.contract.ts';
import { ALL, collect, DAY_MS } from '../../ports/stores/market/market-store-stand.fixture.ts';
import type { RetentionSettings } from '../retention-settings.ts';
import type { RollingMarketStore } from './rollups.ts';

/** A store whose figures are rolled up before every read of them, so that later puts come late. */
export function rolledUp(store: MarketStore & Pick<RollingMarketStore, 'rollUpAll'>): MarketStore {
  const before =
    <Args extends unknown[], Result>(read: (...args: Args) => Promise<Result>) =>
    async (...args: Args) => {
      await store.rollUpAll();
      return read(...args);
    };
  return {
    ...store,
    summaries: before(store.summaries),
    lastSummaries: before(store.lastSummaries) as MarketStore['lastSummaries'],
    productFigures: before(store.productFigures),
    lastProductFigures: before(store.lastProductFigures) as MarketStore['lastProductFigures'],
  };
}

/** Opens stores on a fresh place of a server, for one test. */
export interface RollingStand {
  open(settings?: Partial<RetentionSettings>): Promise<RollingMarketStore>;
  /** Damages the block of an hour of the series of NIFTY and EXPIRY. */
  damageBlock(hour: number): Promise<void>;
  dispose(): Promise<void>;
}

const TODAY = Math.floor(Date.now() / DAY_MS) * DAY_MS;
/** Long enough ago that retention may remove it, at noon in UTC. */
const OLD = TODAY - 30 * DAY_MS + DAY_MS / 2;
const HALF_MINUTE_MS = 30_000;

const chainAt = (timestamp: number, seq: number) =>
  storableChain({ timestamp, seq, columns: createColumns(0, 'enriched') });
const figuresAt = (timestamp: number, iv: number): StoredProductFigures => {
  const none = Object.fromEntries(PRODUCT_FIGURE_NAMES.map((name) => [name, null]));
  const values = { ...none, iv_30d: iv } as unknown as ProductFigureValues;
  return { product: 'NIFTY', timestamp, as_of: timestamp - 1000, progress: timestamp, values };
};
const minutes = (fromMs: number, count: number) =>
  Array.from({ length: count }, (_, i) => fromMs + i * MINUTE_MS);
const pcrOf = async (store: MarketStore, starts: readonly number[], toMs: number) =>
  (await store.lastSummaries('NIFTY', EXPIRY, starts, toMs, ['pcr_oi'])).map(({ timestamp, pcr_oi }) => [
    timestamp,
    pcr_oi,
  ]);

/** What a store on a server must do that rolls figures up and removes what is kept no longer. */
export function rollingStoreContract(name: string, createStand: () => RollingStand): void {
  describe(`market store: ${name}, rolled up`, () => {
    let place: RollingStand;
    let store: RollingMarketStore;
    let asked: MarketStore;
    beforeEach(async () => {
      place = createStand();
      store = await place.open();
      asked = rolledUp(store);
    });
    afterEach(() => place.dispose());
    const stand = {
      get store() {
        return asked;
      },
    };
    intervalContract(stand);
    productFiguresContract(stand);

    it('reads the same while hours are rolled up and rows come to them late', async () => {
      const rows = Array.from({ length: 64 }, (_, i) =>
        chainAt(OLD + ((i * 29) % 64) * 2 * HALF_MINUTE_MS, i),
      );
      let rolling = true;
      const rolled = (async () => {
        while (rolling) await store.rollUpAll();
      })();
      const put = new Map<number, number | null>();
      const expected = (starts: readonly number[]) =>
        starts.flatMap((start) => {
          const times = [start + MINUTE_MS, start].filter((time) => put.has(time)).slice(0, 1);
          return times.map((time) => [time, put.get(time)]);
        });
      const starts = minutes(OLD, 64).filter((_, i) => i % 2 === 0);
      for (let i = 0; i < rows.length; i += 8) {
        const group = rows.slice(i, i + 8);
        await Promise.all([store.putSnapshots(group.slice(0, 4)), store.putSnapshots(group.slice(4))]);
        for (const { timestamp, summary } of group) put.set(timestamp, summary.pcr_oi);
        expect(await pcrOf(store, starts, OLD + 64 * MINUTE_MS)).toEqual(expected(starts));
      }
      rolling = false;
      await rolled;
      await store.rollUpAll();
      expect(await pcrOf(store, starts, OLD + 64 * MINUTE_MS)).toEqual(expected(starts));
    });

    it('keeps all figures when quotes go, then those of minutes, then those of quarters', async () => {
      const chains = [
        storableChain({ timestamp: OLD }),
        ...Array.from({ length: 179 }, (_, i) => chainAt(OLD + (i + 1) * HALF_MINUTE_MS, i + 2)),
      ];
      const recent = chainAt(Date.now(), 999);
      await store.putSnapshots([...chains, recent]);
      await store.putTicks([tickAt(OLD), tickAt(Date.now())], [barAt(OLD, 5)]);
      await store.putProductFigures(minutes(OLD, 90).map((at, i) => figuresAt(at, i / 7)));
      const span = [minutes(OLD, 90), OLD + 90 * MINUTE_MS] as const;
      const listed = await store.summaries('NIFTY', EXPIRY, ALL);
      const ofMinutes = await pcrOf(store, ...span);
      const ofProduct = await store.productFigures('NIFTY', ALL);
      expect([listed.length, ofMinutes.length, ofProduct.length]).toEqual([181, 90, 90]);
      await store.close();

      const removing = await place.open({ keepSnapshots: 7 });
      await removing.sweep(Date.now());
      expect(await collect(removing.snapshots('NIFTY', EXPIRY, ALL))).toEqual([recent]);
      expect(await removing.asOf('NIFTY', EXPIRY, OLD + DAY_MS)).toBeNull();
      expect(await removing.latest('NIFTY', EXPIRY)).toEqual(recent);
      expect(await removing.ticks('NIFTY', ALL)).toHaveLength(1);
      expect(await removing.counts()).toMatchObject({ snapshots: 1, quotes: 0, ticks: 1, bars: 1 });
      expect(await removing.summaries('NIFTY', EXPIRY, ALL)).toEqual(listed);
      expect(await removing.expiries('NIFTY')).toMatchObject([{ firstTimestamp: OLD }]);
      // One of them again, and once more: counted until its quotes go, too.
      for (const seq of [2, 3]) {
        const again = { ...chains[0], seq };
        await removing.putSnapshots([again]);
        expect(await removing.asOf('NIFTY', EXPIRY, OLD)).toEqual(again);
        expect(await removing.counts()).toMatchObject({ snapshots: 2, quotes: QUOTES_OF_CHAIN });
      }
      await removing.sweep(Date.now());
      expect(await removing.asOf('NIFTY', EXPIRY, OLD + DAY_MS)).toBeNull();
      expect(await removing.counts()).toMatchObject({ snapshots: 1, quotes: 0 });
      expect(await removing.summaries('NIFTY', EXPIRY, ALL)).toEqual(listed);
      await removing.close();

      const thinning = await place.open({ keepSnapshots: 7, keepSummaries: 7 });
      await thinning.sweep(Date.now());
      const left = [...ofMinutes, [recent.timestamp, recent.summary.pcr_oi]];
      const pcrs = async (reader: MarketStore, range = ALL) =>
        (await reader.summaries('NIFTY', EXPIRY, range)).map(({ timestamp, pcr_oi }) => [timestamp, pcr_oi]);
      expect(await pcrs(thinning)).toEqual(left);
      expect(await pcrs(thinning, { ...ALL, limit: 70 })).toEqual(left.slice(0, 70));
      expect(await pcrOf(thinning, ...span)).toEqual(ofMinutes);
      expect(await pcrOf(thinning, [OLD - DAY_MS, OLD + DAY_MS], TODAY + DAY_MS)).toEqual(left.slice(-2));
      expect(await thinning.productFigures('NIFTY', ALL)).toEqual(ofProduct);
      expect(await thinning.lastProductFigures('NIFTY', [OLD], OLD + DAY_MS, ['iv_30d'])).toMatchObject([
        { values: { iv_30d: 89 / 7 } },
      ]);
      // What comes after that joins what is left, before and after it is rolled up and removed again.
      const late = chainAt(OLD + 45_000, 500);
      const joined = [[late.timestamp, late.summary.pcr_oi], ...ofMinutes.slice(1)];
      await thinning.putSnapshots([late]);
      expect(await thinning.asOf('NIFTY', EXPIRY, OLD + DAY_MS)).toEqual(late);
      expect(await pcrOf(thinning, ...span)).toEqual(joined);
      await thinning.sweep(Date.now());
      expect(await thinning.asOf('NIFTY', EXPIRY, OLD + DAY_MS)).toBeNull();
      expect(await pcrOf(thinning, ...span)).toEqual(joined);
      expect(await thinning.counts()).toMatchObject({ snapshots: 1 });
      await thinning.close();

      const thinned = await place.open({ keepSnapshots: 7, keepSummaries: 7, keepMinutes: 14 });
      await thinned.sweep(Date.now());
      const quarters = [14, 29, 44, 59, 74, 89].map((i) => ofMinutes[i]);
      expect(await pcrOf(thinned, ...span)).toEqual(quarters);
      expect(await pcrOf(thinned, [OLD - DAY_MS], OLD + DAY_MS)).toEqual(quarters.slice(-1));
      expect(await pcrs(thinned)).toEqual([...quarters, left[left.length - 1]]);
    });

    it('finds what comes for the last day that is kept no longer, also by who put to it before', async () => {
      const removing = await place.open({ keepSnapshots: 1, keepSummaries: 1 });
      const day = TODAY - 2 * DAY_MS + DAY_MS / 2;
      const late = chainAt(day + MINUTE_MS, 2);
      await removing.putSnapshots([chainAt(day, 1)]);
      await removing.sweep(Date.now());
      expect(await removing.counts()).toMatchObject({ snapshots: 0 });
      await removing.putSnapshots([late]);
      expect(await removing.asOf('NIFTY', EXPIRY, day + DAY_MS)).toEqual(late);
      expect(await removing.counts()).toMatchObject({ snapshots: 1 });
    });

    it('reads the rows of an hour whose block is damaged, and says so where they were removed', async () => {
      await store.putSnapshots([
        ...Array.from({ length: 180 }, (_, i) => chainAt(OLD + i * HALF_MINUTE_MS, i + 1)),
      ]);
      const span = [minutes(OLD, 90), OLD + 90 * MINUTE_MS] as const;
      const before = await pcrOf(store, ...span);
      await store.rollUpAll();
      await place.damageBlock(OLD);
      expect(await pcrOf(store, ...span)).toEqual(before);
      await store.close();
      const removing = await place.open({ keepSnapshots: 7, keepSummaries: 7 });
      await removing.sweep(Date.now());
      await expect(pcrOf(removing, ...span)).rejects.toMatchObject({
        code: 'stored_data_damaged',
        message: expect.stringContaining(`NIFTY ${EXPIRY} at ${new Date(OLD).toISOString()}`),
      });
      expect(await pcrOf(removing, minutes(OLD + BLOCK_HOUR_MS, 30), span[1])).toEqual(before.slice(60));
    });

    it('rolls every figure up exactly, of days and of hours', async () => {
      const hours = Array.from({ length: 60 }, (_, i) => chainAt(OLD - i * BLOCK_HOUR_MS + 7, i));
      await store.putSnapshots(hours);
      const starts = [5, 4, 3, 2, 1, 0].map((day) => TODAY - 30 * DAY_MS - day * DAY_MS);
      const ask = async () => [
        await store.lastSummaries('NIFTY', EXPIRY, starts, TODAY - 29 * DAY_MS),
        await store.lastSummaries('NIFTY', EXPIRY, starts, OLD + 8),
        await store.lastSummaries('NIFTY', EXPIRY, [OLD - DAY_MS + 5, OLD - 3 * MINUTE_MS], OLD + 7),
      ];
      const before = await ask();
      await store.rollUpAll();
      expect(await ask()).toEqual(before);
      expect(before[0].map((point) => Object.keys(point).length)).toEqual(
        before[0].map(() => HISTORY_FIGURES.length + 1),
      );
    });
  });
}
