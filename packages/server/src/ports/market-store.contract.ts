import { createColumns, mergeBars } from '@deltastream/contracts';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  barAt,
  EXPIRY,
  MINUTE_MS,
  NOON,
  QUOTES_OF_CHAIN,
  storableChain,
  tickAt,
} from './market-store.fixture.ts';
import type { MarketStore, TimeRange } from './market-store.ts';

/** A store in a place of its own. */
export interface OpenMarketStore {
  readonly store: MarketStore;
  /** Opens the same place again, after `store` was closed. */
  reopen(): Promise<MarketStore>;
  /** Closes what is open and removes the place. */
  dispose(): Promise<void>;
}

const DAY_MS = 86_400_000;
const ALL: TimeRange = { fromMs: 0, toMs: 8.64e15, limit: 10_000 };

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** What every market store must do. `open` answers an empty store in a place of its own. */
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
    const timesOf = async (range: Partial<TimeRange>) =>
      (await collect(store.snapshots('NIFTY', EXPIRY, { ...ALL, ...range }))).map(
        ({ timestamp }) => timestamp,
      );

    describe('empty', () => {
      it('answers nothing, not an error', async () => {
        expect(await store.products()).toEqual([]);
        expect(await store.expiries('NIFTY')).toEqual([]);
        expect(await store.latest('NIFTY', EXPIRY)).toBeNull();
        expect(await store.asOf('NIFTY', EXPIRY, NOON)).toBeNull();
        expect(await store.summaries('NIFTY', EXPIRY, ALL)).toEqual([]);
        expect(await timesOf({})).toEqual([]);
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

    describe('snapshots', () => {
      it('come back whole: header, summary and every cell', async () => {
        const chain = storableChain();
        await store.putSnapshots([chain]);
        expect(await store.latest('NIFTY', EXPIRY)).toEqual(chain);
        expect(await collect(store.snapshots('NIFTY', EXPIRY, ALL))).toEqual([chain]);
      });

      it('keep odd chains: no strikes, one strike, values without a short decimal form', async () => {
        const empty = storableChain({ timestamp: NOON + 1, columns: createColumns(0, 'enriched') });
        const odd = createColumns(1, 'enriched');
        odd.values.set([24_000, 1 / 3, -0, 1e300, Number.MIN_VALUE]);
        const single = storableChain({ timestamp: NOON + 2, columns: odd, quality: [], lot_size: null });
        await store.putSnapshots([empty, single]);
        expect(await collect(store.snapshots('NIFTY', EXPIRY, ALL))).toEqual([empty, single]);
      });

      it('are the latest at or before an instant', async () => {
        for (const minutes of [0, 10, 20]) {
          await store.putSnapshots([storableChain({ timestamp: NOON + minutes * MINUTE_MS, seq: minutes })]);
        }
        const at = async (ms: number) => (await store.asOf('NIFTY', EXPIRY, NOON + ms))?.timestamp ?? null;
        expect(await at(-1)).toBeNull();
        expect(await at(0)).toBe(NOON);
        expect(await at(10 * MINUTE_MS - 1)).toBe(NOON);
        expect(await at(10 * MINUTE_MS)).toBe(NOON + 10 * MINUTE_MS);
        expect(await at(365 * DAY_MS)).toBe(NOON + 20 * MINUTE_MS);
        expect((await store.latest('NIFTY', EXPIRY))?.timestamp).toBe(NOON + 20 * MINUTE_MS);
      });

      it('that arrive late, also from another day, take their place in time', async () => {
        const times = [NOON, NOON - DAY_MS, NOON + DAY_MS, NOON - 1];
        for (const timestamp of times) await store.putSnapshots([storableChain({ timestamp })]);
        expect(await timesOf({})).toEqual(times.toSorted((a, b) => a - b));
        expect((await store.latest('NIFTY', EXPIRY))?.timestamp).toBe(NOON + DAY_MS);
        expect((await store.asOf('NIFTY', EXPIRY, NOON - 1))?.timestamp).toBe(NOON - 1);
      });

      it('are listed from inclusive to exclusive, up to the limit, across days', async () => {
        const times = Array.from({ length: 90 }, (_, i) => NOON + i * 30 * MINUTE_MS);
        await store.putSnapshots(times.map((timestamp, seq) => storableChain({ timestamp, seq })));
        expect(await timesOf({})).toEqual(times);
        expect(await timesOf({ fromMs: times[3], toMs: times[50] })).toEqual(times.slice(3, 50));
        expect(await timesOf({ fromMs: times[3] + 1, toMs: times[50] + 1 })).toEqual(times.slice(4, 51));
        expect(await timesOf({ fromMs: times[10], limit: 40 })).toEqual(times.slice(10, 50));
        expect(await timesOf({ limit: 0 })).toEqual([]);
        expect(await timesOf({ fromMs: times[5], toMs: times[5] })).toEqual([]);
        expect(await timesOf({ fromMs: times[89] + 1 })).toEqual([]);
      });

      it('stop being read when their reader stops', async () => {
        await store.putSnapshots(
          Array.from({ length: 100 }, (_, i) => storableChain({ timestamp: NOON + i, seq: i })),
        );
        for await (const chain of store.snapshots('NIFTY', EXPIRY, ALL)) {
          expect(chain.timestamp).toBe(NOON);
          break;
        }
        expect((await store.latest('NIFTY', EXPIRY))?.timestamp).toBe(NOON + 99);
      });

      it('of one product or expiry are not those of another', async () => {
        const other = storableChain({ expiry: '2026-09-01', seq: 2 });
        const bank = storableChain({ product: 'BANKNIFTY', seq: 3 });
        await store.putSnapshots([storableChain(), other, bank]);
        expect(await store.latest('NIFTY', '2026-09-01')).toEqual(other);
        expect(await store.latest('BANKNIFTY', EXPIRY)).toEqual(bank);
        expect(await store.latest('BANKNIFTY', '2026-09-01')).toBeNull();
      });
    });

    describe('one key twice', () => {
      const latestSeq = async () => (await store.latest('NIFTY', EXPIRY))?.seq;

      it('keeps the greater sequence number of an epoch, whichever came first, compared as numbers', async () => {
        await store.putSnapshots([storableChain({ seq: 10 })]);
        await store.putSnapshots([storableChain({ seq: 9 })]);
        expect(await latestSeq()).toBe(10);
        await store.putSnapshots([storableChain({ seq: 100 })]);
        expect(await latestSeq()).toBe(100);
        expect(await store.summaries('NIFTY', EXPIRY, ALL)).toMatchObject([{ pcr_oi: 100 / 7 }]);
      });

      it('lets the epoch decide before the sequence number', async () => {
        await store.putSnapshots([storableChain({ epoch: 'run-2', seq: 1 })]);
        await store.putSnapshots([storableChain({ epoch: 'run-1', seq: 50 })]);
        expect(await store.latest('NIFTY', EXPIRY)).toMatchObject({ epoch: 'run-2', seq: 1 });
      });

      it('decides inside a batch as between batches', async () => {
        await store.putSnapshots([3, 7, 5].map((seq) => storableChain({ seq })));
        expect(await latestSeq()).toBe(7);
        expect(await store.counts()).toMatchObject({ snapshots: 1, quotes: QUOTES_OF_CHAIN });
      });

      it('replaces an equal one, and changes no count', async () => {
        await store.putSnapshots([storableChain()]);
        const corrected = storableChain({ spot: 1 });
        await store.putSnapshots([corrected]);
        expect(await store.latest('NIFTY', EXPIRY)).toEqual(corrected);
        expect(await store.counts()).toMatchObject({ snapshots: 1, quotes: QUOTES_OF_CHAIN });
      });

      it('counts the quotes of the snapshot that stayed', async () => {
        await store.putSnapshots([storableChain({ seq: 1 })]);
        await store.putSnapshots([storableChain({ seq: 2, columns: createColumns(0, 'enriched') })]);
        expect(await store.counts()).toMatchObject({ snapshots: 1, quotes: 0 });
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

    it('refuses a batch with a chain of the wrong shape as a whole', async () => {
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

    describe('summaries', () => {
      it('answer the figures, null where they were', async () => {
        await store.putSnapshots([storableChain({ seq: 14 })]);
        expect(await store.summaries('NIFTY', EXPIRY, ALL)).toEqual([
          {
            timestamp: NOON,
            spot_price: 24_012.35,
            forward: null,
            atm_strike: null,
            atm_iv: null,
            atm_straddle_price: null,
            expected_move: null,
            pcr_oi: 2,
            pcr_volume: null,
            pcr_oi_change: null,
            max_pain_strike: null,
            total_call_oi: null,
            total_put_oi: null,
            total_call_volume: null,
            total_put_volume: null,
            support_strike: null,
            resistance_strike: null,
          },
        ]);
      });

      it('ascend in time within [from, to), up to the limit, however many', async () => {
        const chains = Array.from({ length: 4500 }, (_, i) =>
          storableChain({ timestamp: NOON + i, seq: i, columns: createColumns(0, 'enriched') }),
        );
        await store.putSnapshots(chains);
        const times = async (range: Partial<TimeRange>) =>
          (await store.summaries('NIFTY', EXPIRY, { ...ALL, ...range })).map(
            ({ timestamp }) => timestamp - NOON,
          );
        const upTo = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
        expect(await times({})).toEqual(upTo(0, 4500));
        expect(await times({ limit: 4001 })).toEqual(upTo(0, 4001));
        expect(await times({ fromMs: NOON + 100, toMs: NOON + 103 })).toEqual([100, 101, 102]);
        expect(await times({ fromMs: NOON + 4498, limit: 1 })).toEqual([4498]);
      });
    });

    describe('products and expiries', () => {
      it('are those of chains and ticks, in order', async () => {
        await store.putSnapshots([
          storableChain({ product: 'SENSEX' }),
          storableChain({ expiry: '2026-09-01', timestamp: NOON + 5, expiry_at: NOON + 9 * DAY_MS }),
          storableChain({ timestamp: NOON + 9 }),
          storableChain({ timestamp: NOON - 4 }),
        ]);
        await store.putTicks([tickAt(NOON, { product: 'BTC', currency: 'USD', previousClose: null })], []);
        expect((await store.products()).map(({ product }) => product)).toEqual(['BTC', 'NIFTY', 'SENSEX']);
        expect(await store.expiries('NIFTY')).toEqual([
          {
            expiry: EXPIRY,
            expiryAt: Date.UTC(2026, 7, 25, 10, 10),
            firstTimestamp: NOON - 4,
            lastTimestamp: NOON + 9,
          },
          {
            expiry: '2026-09-01',
            expiryAt: NOON + 9 * DAY_MS,
            firstTimestamp: NOON + 5,
            lastTimestamp: NOON + 5,
          },
        ]);
        expect(await store.expiries('BTC')).toEqual([]);
      });

      it('show the price of the latest tick; without ticks the spot of the latest snapshot', async () => {
        await store.putSnapshots([
          storableChain({ timestamp: NOON + 2, spot: 24_100 }),
          storableChain({ timestamp: NOON + 1, spot: 24_050, expiry: '2026-09-01' }),
        ]);
        expect(await store.products()).toEqual([
          { product: 'NIFTY', currency: 'INR', price: 24_100, previousClose: null, timestamp: NOON + 2 },
        ]);
        await store.putTicks([tickAt(NOON, { price: 24_020 }), tickAt(NOON - 1, { price: 24_000 })], []);
        expect(await store.products()).toEqual([
          { product: 'NIFTY', currency: 'INR', price: 24_020, previousClose: 23_950, timestamp: NOON },
        ]);
      });

      it('take the expiry instant of the latest snapshot', async () => {
        const moved = Date.UTC(2026, 7, 25, 10);
        await store.putSnapshots([storableChain({ timestamp: NOON + 1, expiry_at: moved })]);
        await store.putSnapshots([storableChain({ timestamp: NOON })]);
        expect(await store.expiries('NIFTY')).toMatchObject([{ expiryAt: moved, firstTimestamp: NOON }]);
      });
    });

    describe('ticks', () => {
      it('come back whole, in time order', async () => {
        const ticks = [
          tickAt(NOON + 61_000, { seq: 3, price: 1 / 3, previousClose: null }),
          tickAt(NOON, { seq: 1, source: 'replay:file.csv', epoch: 'run-2' }),
          tickAt(NOON + 59_999, { seq: 2 ** 40 }),
        ];
        await store.putTicks(ticks, []);
        expect(await store.ticks('NIFTY', ALL)).toEqual([ticks[1], ticks[2], ticks[0]]);
        expect(await store.latestTick('NIFTY')).toEqual(ticks[0]);
        expect(await store.latestTick('BANKNIFTY')).toBeNull();
      });

      it('are listed from inclusive to exclusive, up to the limit, across minutes', async () => {
        const times = Array.from({ length: 200 }, (_, i) => NOON + i * 20_000);
        await store.putTicks(
          times.map((time, seq) => tickAt(time, { seq })),
          [],
        );
        const listed = async (range: Partial<TimeRange>) =>
          (await store.ticks('NIFTY', { ...ALL, ...range })).map(({ timestamp }) => timestamp);
        expect(await listed({})).toEqual(times);
        expect(await listed({ fromMs: times[1], toMs: times[7] })).toEqual(times.slice(1, 7));
        expect(await listed({ fromMs: times[1] + 1, toMs: times[7] + 1 })).toEqual(times.slice(2, 8));
        expect(await listed({ fromMs: times[3], limit: 4 })).toEqual(times.slice(3, 7));
        expect(await listed({ limit: 0 })).toEqual([]);
      });

      it('keep the greater [epoch, seq] of one instant, whichever came first', async () => {
        await store.putTicks([tickAt(NOON, { seq: 10, price: 10 })], []);
        await store.putTicks([tickAt(NOON, { seq: 9, price: 9 })], []);
        expect(await store.ticks('NIFTY', ALL)).toMatchObject([{ price: 10 }]);
        await store.putTicks([tickAt(NOON, { epoch: 'run-2', seq: 1, price: 1 })], []);
        await store.putTicks([tickAt(NOON, { seq: 11, price: 11 })], []);
        expect(await store.ticks('NIFTY', ALL)).toMatchObject([{ price: 1 }]);
        expect(await store.counts()).toMatchObject({ ticks: 1 });
      });

      it('that arrive late join their minute', async () => {
        await store.putTicks([tickAt(NOON + 1000), tickAt(NOON + 3000)], []);
        await store.putTicks([tickAt(NOON + 2000)], []);
        expect((await store.ticks('NIFTY', ALL)).map(({ timestamp }) => timestamp - NOON)).toEqual([
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
            for (const bar of [...moved, ...moved]) await store.putTicks([], [bar]);
            const range = { fromMs: start, toMs: start + 1, limit: 10 };
            expect(await store.bars('NIFTY', '1m', range)).toEqual([moved.reduce(mergeBars)]);
          }),
          { numRuns: 15 },
        );
      });

      it('are kept by product, interval and start, listed within [from, to) up to the limit', async () => {
        const bars = [0, 1, 2, 3].map((i) => barAt(NOON + i * MINUTE_MS, 100 + i));
        const longer = barAt(NOON, 5, { interval: '5m' });
        const other = barAt(NOON, 7, { product: 'SENSEX' });
        await store.putTicks([], [...bars.toReversed(), longer, other]);
        expect(await store.bars('NIFTY', '1m', ALL)).toEqual(bars);
        expect(await store.bars('NIFTY', '5m', ALL)).toEqual([longer]);
        expect(await store.bars('SENSEX', '1m', ALL)).toEqual([other]);
        const { start } = bars[1];
        expect(await store.bars('NIFTY', '1m', { ...ALL, fromMs: start, toMs: bars[3].start })).toEqual(
          bars.slice(1, 3),
        );
        expect(await store.bars('NIFTY', '1m', { ...ALL, limit: 2 })).toEqual(bars.slice(0, 2));
        expect(await store.counts()).toMatchObject({ bars: 6 });
      });
    });

    describe('opened again', () => {
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
