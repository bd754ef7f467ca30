import {
  type ColumnName,
  column,
  createColumns,
  type EnrichedChain,
  enrichedChainFrames,
  HISTORY_FIGURES,
  RAW_COLUMNS,
} from '@deltastream/contracts';
import { describe, expect, it } from 'vitest';
import { EXPIRY, MINUTE_MS, NOON, QUOTES_OF_CHAIN, storableChain, tickAt } from './market-store.fixture.ts';
import type { ListRange, TimeRange } from './market-store.ts';
import { ALL, collect, DAY_MS, type MarketStoreStand } from './market-store-stand.fixture.ts';

/** What every market store must do with chains; a part of `marketStoreContract`. */
export function chainContract(stand: MarketStoreStand): void {
  const timesOf = async (range: Partial<TimeRange>) =>
    (await collect(stand.store.snapshots('NIFTY', EXPIRY, { ...ALL, ...range }))).map(
      ({ timestamp }) => timestamp,
    );

  describe('snapshots', () => {
    it('come back complete: header, summary and every cell', async () => {
      const chain = storableChain();
      await stand.store.putSnapshots([chain]);
      expect(await stand.store.latest('NIFTY', EXPIRY)).toEqual(chain);
      expect(await collect(stand.store.snapshots('NIFTY', EXPIRY, ALL))).toEqual([chain]);
    });

    it('come back the same when they were put with the frame that carried them', async () => {
      const [first, second] = [storableChain(), storableChain({ timestamp: NOON + 1, seq: 2 })];
      const put = (chain: EnrichedChain) => ({ ...chain, frame: enrichedChainFrames.encode(chain) });
      await stand.store.putSnapshots([put(first), second]);
      await stand.store.putSnapshots([first, put(second)]);
      expect(await collect(stand.store.snapshots('NIFTY', EXPIRY, ALL))).toEqual([first, second]);
    });

    it('keep odd chains: no strikes, one strike, values without a short decimal form', async () => {
      const empty = storableChain({ timestamp: NOON + 1, columns: createColumns(0, 'enriched') });
      const odd = createColumns(1, 'enriched');
      odd.values.set([24_000, 1 / 3, -0, 1e300, Number.MIN_VALUE]);
      const single = storableChain({ timestamp: NOON + 2, columns: odd, quality: [], lot_size: null });
      await stand.store.putSnapshots([empty, single]);
      expect(await collect(stand.store.snapshots('NIFTY', EXPIRY, ALL))).toEqual([empty, single]);
    });

    it('are the latest at or before an instant', async () => {
      for (const minutes of [0, 10, 20]) {
        await stand.store.putSnapshots([
          storableChain({ timestamp: NOON + minutes * MINUTE_MS, seq: minutes }),
        ]);
      }
      const at = async (ms: number) =>
        (await stand.store.asOf('NIFTY', EXPIRY, NOON + ms))?.timestamp ?? null;
      expect(await at(-1)).toBeNull();
      expect(await at(0)).toBe(NOON);
      expect(await at(10 * MINUTE_MS - 1)).toBe(NOON);
      expect(await at(10 * MINUTE_MS)).toBe(NOON + 10 * MINUTE_MS);
      expect(await at(365 * DAY_MS)).toBe(NOON + 20 * MINUTE_MS);
      expect((await stand.store.latest('NIFTY', EXPIRY))?.timestamp).toBe(NOON + 20 * MINUTE_MS);
    });

    it('that arrive late, also from another day, take their place in time', async () => {
      const times = [NOON, NOON - DAY_MS, NOON + DAY_MS, NOON - 1];
      for (const timestamp of times) await stand.store.putSnapshots([storableChain({ timestamp })]);
      expect(await timesOf({})).toEqual(times.toSorted((a, b) => a - b));
      expect((await stand.store.latest('NIFTY', EXPIRY))?.timestamp).toBe(NOON + DAY_MS);
      expect((await stand.store.asOf('NIFTY', EXPIRY, NOON - 1))?.timestamp).toBe(NOON - 1);
    });

    it('are listed from inclusive to exclusive, up to the limit, across days', async () => {
      const times = Array.from({ length: 90 }, (_, i) => NOON + i * 30 * MINUTE_MS);
      await stand.store.putSnapshots(times.map((timestamp, seq) => storableChain({ timestamp, seq })));
      expect(await timesOf({})).toEqual(times);
      expect(await timesOf({ fromMs: times[3], toMs: times[50] })).toEqual(times.slice(3, 50));
      expect(await timesOf({ fromMs: times[3] + 1, toMs: times[50] + 1 })).toEqual(times.slice(4, 51));
      expect(await timesOf({ fromMs: times[10], limit: 40 })).toEqual(times.slice(10, 50));
      expect(await timesOf({ limit: 0 })).toEqual([]);
      expect(await timesOf({ fromMs: times[5], toMs: times[5] })).toEqual([]);
      expect(await timesOf({ fromMs: times[89] + 1 })).toEqual([]);
    });

    it('of chosen instants come in their order, those that are not stored left out', async () => {
      const times = Array.from({ length: 90 }, (_, i) => NOON + i * 30 * MINUTE_MS);
      const chains = times.map((timestamp, seq) => storableChain({ timestamp, seq }));
      await stand.store.putSnapshots(chains);
      const of = (timestamps: readonly number[], through?: ColumnName) =>
        collect(stand.store.snapshotsAt('NIFTY', EXPIRY, timestamps, through));
      const asked = times.flatMap((timestamp, i) => (i % 3 === 0 ? [timestamp, timestamp + 1] : []));
      expect(await of(asked)).toEqual(chains.filter((_, i) => i % 3 === 0));
      expect(await of([])).toEqual([]);
      expect(await of([NOON - DAY_MS, NOON + 365 * DAY_MS])).toEqual([]);
      expect(await of([NOON - 1, times[80]])).toEqual([chains[80]]);
      const [part] = await of([times[7]], 'put_open_interest');
      expect({ ...part, columns: null }).toEqual({ ...chains[7], columns: null });
      for (const name of RAW_COLUMNS.slice(0, RAW_COLUMNS.indexOf('put_open_interest') + 1)) {
        expect(column(part.columns, name), name).toEqual(column(chains[7].columns, name));
      }
      const strike = column(chains[7].columns, 'strike')[1];
      for await (const narrow of stand.store.snapshotsAt('NIFTY', EXPIRY, times, 'put_last', [strike])) {
        const row = column(narrow.columns, 'strike').indexOf(strike);
        const [found, all] = [narrow, chains[times.indexOf(narrow.timestamp)]].map(({ columns }) =>
          (['call_last', 'call_open_interest', 'put_last'] as const).map((name) => column(columns, name)),
        );
        expect(found.map((cells) => cells[row])).toEqual(all.map((cells) => cells[1]));
      }
    });

    it('stop being read when their reader stops', async () => {
      await stand.store.putSnapshots(
        Array.from({ length: 100 }, (_, i) => storableChain({ timestamp: NOON + i, seq: i })),
      );
      for await (const chain of stand.store.snapshots('NIFTY', EXPIRY, ALL)) {
        expect(chain.timestamp).toBe(NOON);
        break;
      }
      expect((await stand.store.latest('NIFTY', EXPIRY))?.timestamp).toBe(NOON + 99);
    });

    it('of one product or expiry are not those of another', async () => {
      const other = storableChain({ expiry: '2026-09-01', seq: 2 });
      const bank = storableChain({ product: 'BANKNIFTY', seq: 3 });
      await stand.store.putSnapshots([storableChain(), other, bank]);
      expect(await stand.store.latest('NIFTY', '2026-09-01')).toEqual(other);
      expect(await stand.store.latest('BANKNIFTY', EXPIRY)).toEqual(bank);
      expect(await stand.store.latest('BANKNIFTY', '2026-09-01')).toBeNull();
    });
  });

  describe('one key twice', () => {
    const latestSeq = async () => (await stand.store.latest('NIFTY', EXPIRY))?.seq;

    it('keeps the greater sequence number of an epoch, whichever came first, compared as numbers', async () => {
      await stand.store.putSnapshots([storableChain({ seq: 10 })]);
      await stand.store.putSnapshots([storableChain({ seq: 9 })]);
      expect(await latestSeq()).toBe(10);
      await stand.store.putSnapshots([storableChain({ seq: 100 })]);
      expect(await latestSeq()).toBe(100);
      expect(await stand.store.summaries('NIFTY', EXPIRY, ALL)).toMatchObject([{ pcr_oi: 100 / 7 }]);
    });

    it('lets the epoch decide before the sequence number', async () => {
      await stand.store.putSnapshots([storableChain({ epoch: 'run-2', seq: 1 })]);
      await stand.store.putSnapshots([storableChain({ epoch: 'run-1', seq: 50 })]);
      expect(await stand.store.latest('NIFTY', EXPIRY)).toMatchObject({ epoch: 'run-2', seq: 1 });
    });

    it('decides inside a batch as between batches', async () => {
      await stand.store.putSnapshots([3, 7, 5].map((seq) => storableChain({ seq })));
      expect(await latestSeq()).toBe(7);
      expect(await stand.store.counts()).toMatchObject({ snapshots: 1, quotes: QUOTES_OF_CHAIN });
    });

    it('replaces an equal one, and changes no count', async () => {
      await stand.store.putSnapshots([storableChain()]);
      const corrected = storableChain({ spot: 1 });
      await stand.store.putSnapshots([corrected]);
      expect(await stand.store.latest('NIFTY', EXPIRY)).toEqual(corrected);
      expect(await stand.store.counts()).toMatchObject({ snapshots: 1, quotes: QUOTES_OF_CHAIN });
    });

    it('counts the quotes of the snapshot that stayed', async () => {
      await stand.store.putSnapshots([storableChain({ seq: 1 })]);
      await stand.store.putSnapshots([storableChain({ seq: 2, columns: createColumns(0, 'enriched') })]);
      expect(await stand.store.counts()).toMatchObject({ snapshots: 1, quotes: 0 });
    });
  });

  describe('summaries', () => {
    it('of intervals are the last of each that has one', async () => {
      const times = Array.from({ length: 90 }, (_, i) => NOON + i * 30 * MINUTE_MS);
      await stand.store.putSnapshots(times.map((timestamp, seq) => storableChain({ timestamp, seq })));
      const last = async (starts: readonly number[], toMs: number) =>
        (await stand.store.lastSummaries('NIFTY', EXPIRY, starts, toMs)).map(({ timestamp }) => timestamp);
      const [noon, later] = [NOON, NOON + 200 * DAY_MS];
      expect(await last([noon, noon + DAY_MS], later)).toEqual([times[47], times[89]]);
      expect(await last([noon + 1, noon + DAY_MS], times[50])).toEqual([times[47], times[49]]);
      const halves = Array.from({ length: 200 }, (_, i) => noon - DAY_MS + i * 15 * MINUTE_MS);
      expect(await last(halves, halves[199] + 1)).toEqual(times.filter((time) => time <= halves[199]));
      expect(await last([later], later + 1)).toEqual([]);
      expect(await last([], later)).toEqual([]);
      const all = await stand.store.summaries('NIFTY', EXPIRY, ALL);
      expect(await stand.store.lastSummaries('NIFTY', EXPIRY, times, later)).toEqual(all);
    });

    it('answer the figures, null where they were', async () => {
      await stand.store.putSnapshots([storableChain({ seq: 14 })]);
      expect(await stand.store.summaries('NIFTY', EXPIRY, ALL)).toEqual([
        {
          ...Object.fromEntries(HISTORY_FIGURES.map((name) => [name, null])),
          timestamp: NOON,
          spot_price: 24_012.35,
          pcr_oi: 2,
        },
      ]);
    });

    it('ascend in time within [from, to), up to the limit, however many', async () => {
      const chains = Array.from({ length: 4500 }, (_, i) =>
        storableChain({ timestamp: NOON + i, seq: i, columns: createColumns(0, 'enriched') }),
      );
      await stand.store.putSnapshots(chains);
      const times = async (range: Partial<ListRange>) =>
        (await stand.store.summaries('NIFTY', EXPIRY, { ...ALL, ...range })).map(
          ({ timestamp }) => timestamp - NOON,
        );
      const upTo = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
      expect(await times({})).toEqual(upTo(0, 4500));
      expect(await times({ limit: 4001 })).toEqual(upTo(0, 4001));
      expect(await times({ fromMs: NOON + 100, toMs: NOON + 103 })).toEqual([100, 101, 102]);
      expect(await times({ fromMs: NOON + 4498, limit: 1 })).toEqual([4498]);
      expect(await times({ limit: 4001, take: 'last' })).toEqual(upTo(499, 4500));
      expect(await times({ toMs: NOON + 103, limit: 2, take: 'last' })).toEqual([101, 102]);
    });
  });

  describe('products and expiries', () => {
    it('are those of chains and ticks, in order', async () => {
      await stand.store.putSnapshots([
        storableChain({ product: 'SENSEX' }),
        storableChain({ expiry: '2026-09-01', timestamp: NOON + 5, expiry_at: NOON + 9 * DAY_MS }),
        storableChain({ timestamp: NOON + 9 }),
        storableChain({ timestamp: NOON - 4 }),
      ]);
      await stand.store.putTicks(
        [tickAt(NOON, { product: 'BTC', currency: 'USD', previousClose: null })],
        [],
      );
      expect((await stand.store.products()).map(({ product }) => product)).toEqual([
        'BTC',
        'NIFTY',
        'SENSEX',
      ]);
      expect(await stand.store.expiries('NIFTY')).toEqual([
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
      expect(await stand.store.expiries('BTC')).toEqual([]);
    });

    it('show the price of the latest tick; without ticks the spot of the latest snapshot', async () => {
      await stand.store.putSnapshots([
        storableChain({ timestamp: NOON + 2, spot: 24_100 }),
        storableChain({ timestamp: NOON + 1, spot: 24_050, expiry: '2026-09-01' }),
      ]);
      expect(await stand.store.products()).toEqual([
        { product: 'NIFTY', currency: 'INR', price: 24_100, previousClose: null, timestamp: NOON + 2 },
      ]);
      await stand.store.putTicks([tickAt(NOON, { price: 24_020 }), tickAt(NOON - 1, { price: 24_000 })], []);
      expect(await stand.store.products()).toEqual([
        { product: 'NIFTY', currency: 'INR', price: 24_020, previousClose: 23_950, timestamp: NOON },
      ]);
    });

    it('take the expiry instant of the latest snapshot', async () => {
      const moved = Date.UTC(2026, 7, 25, 10);
      await stand.store.putSnapshots([storableChain({ timestamp: NOON + 1, expiry_at: moved })]);
      await stand.store.putSnapshots([storableChain({ timestamp: NOON })]);
      expect(await stand.store.expiries('NIFTY')).toMatchObject([{ expiryAt: moved, firstTimestamp: NOON }]);
    });
  });
}
