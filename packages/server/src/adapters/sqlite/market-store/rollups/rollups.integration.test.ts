import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gunzipSync } from 'node:zlib';
import {
  CHAIN_FIGURES,
  createColumns,
  HISTORY_FIGURES,
  PRODUCT_FIGURE_NAMES,
  type ProductFigureValues,
} from '@deltastream/contracts';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { BLOCK_HOUR_MS, createFigureBlockCodec } from '../../../../codec/figure-block.ts';
import { createLogger } from '../../../../kit/logging/log.ts';
import { createConsoleLog } from '../../../../kit/logging/outputs/console-log.ts';
import { EXPIRY, MINUTE_MS, storableChain } from '../../../../ports/stores/market/market-store.fixture.ts';
import type { StoredProductFigures } from '../../../../ports/stores/market/market-store.ts';
import { ALL } from '../../../../ports/stores/market/market-store-stand.fixture.ts';
import { compareMarketFiles } from '../files/compare-files.ts';
import { examineMarketFiles } from '../files/examine-files.ts';
import { createMainFile } from '../main/main-file.ts';
import {
  createSqliteMarketStore,
  type SqliteMarketStore,
  type SqliteMarketStoreOptions,
} from '../market-store-sqlite.ts';

const DAY_MS = 24 * BLOCK_HOUR_MS;
const TODAY = Math.floor(Date.now() / DAY_MS) * DAY_MS;
/** Long enough ago that retention may remove it, at noon in UTC. */
const OLD = TODAY - 30 * DAY_MS + DAY_MS / 2;
const SERIES = `NIFTY ${EXPIRY}`;
const SECOND_MS = 1000;

let folder: string;
const stores: SqliteMarketStore[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rollups-'));
});
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
  rmSync(folder, { recursive: true });
});

async function open(options: Partial<SqliteMarketStoreOptions> = {}): Promise<SqliteMarketStore> {
  const store = await createSqliteMarketStore({ folder, synchronous: 'normal', ...options });
  stores.push(store);
  return store;
}
const closed = (store: SqliteMarketStore) => store.close();

const onMain = <T>(work: (database: DatabaseSync) => T): T => {
  const database = new DatabaseSync(join(folder, 'main.db'));
  try {
    return work(database);
  } finally {
    database.close();
  }
};
const countOf = (table: string) =>
  onMain((database) => Number(database.prepare(`SELECT count(*) AS rows FROM ${table}`).get()?.rows));

const chainAt = (timestamp: number, seq: number) =>
  storableChain({ timestamp, seq, columns: createColumns(0, 'enriched') });
/** A snapshot each half minute; those of an hour and a half. */
const halfMinutes = (fromMs: number, count = 180) =>
  Array.from({ length: count }, (_, i) => chainAt(fromMs + i * 30 * SECOND_MS, i + 1));
const figuresAt = (timestamp: number, iv: number): StoredProductFigures => {
  const none = Object.fromEntries(PRODUCT_FIGURE_NAMES.map((name) => [name, null]));
  const values = { ...none, iv_30d: iv } as unknown as ProductFigureValues;
  return { product: 'NIFTY', timestamp, as_of: timestamp - SECOND_MS, progress: timestamp, values };
};

const minutes = (fromMs: number, count: number) =>
  Array.from({ length: count }, (_, i) => fromMs + i * MINUTE_MS);
const pcrOf = async (store: SqliteMarketStore, starts: readonly number[], toMs: number) =>
  (await store.lastSummaries('NIFTY', EXPIRY, starts, toMs, ['pcr_oi'])).map(({ timestamp, pcr_oi }) => [
    timestamp,
    pcr_oi,
  ]);
const expectSound = () => {
  expect(examineMarketFiles(folder, { complete: true }).filter(({ ok }) => !ok)).toEqual([]);
  expect(compareMarketFiles(folder, 1000)).toEqual([]);
};

it('answers minutes and days after the rows and their snapshots were removed, and quarters after the minutes', async () => {
  const store = await open();
  const chains = halfMinutes(OLD);
  const recent = chainAt(Date.now(), 999);
  await store.putSnapshots([...chains, recent]);
  await store.putProductFigures(minutes(OLD, 90).map((at, i) => figuresAt(at, i / 7)));
  const ofMinutes = await pcrOf(store, minutes(OLD, 90), OLD + 90 * MINUTE_MS);
  const ofProduct = await store.lastProductFigures('NIFTY', minutes(OLD, 90), OLD + 90 * MINUTE_MS, [
    'iv_30d',
  ]);
  expect(ofMinutes).toHaveLength(90);
  expect(ofProduct).toHaveLength(90);
  await closed(store);

  const removing = await open({ keepSnapshots: 7, keepSummaries: 7, sealCheckMs: 10 });
  await expect.poll(() => removing.asOf('NIFTY', EXPIRY, OLD + DAY_MS)).toBeNull();
  await removing.rollUpAll();
  expect(countOf('summary')).toBe(1);
  expect(countOf('product_figures')).toBe(0);
  expect(await removing.counts()).toMatchObject({ snapshots: 1 });
  expect(await pcrOf(removing, minutes(OLD, 90), OLD + 90 * MINUTE_MS)).toEqual(ofMinutes);
  expect(
    await removing.lastProductFigures('NIFTY', minutes(OLD, 90), OLD + 90 * MINUTE_MS, ['iv_30d']),
  ).toEqual(ofProduct);
  const last = chains[179];
  expect(await pcrOf(removing, [OLD - DAY_MS, OLD + DAY_MS], TODAY + DAY_MS)).toEqual([
    [last.timestamp, last.summary.pcr_oi],
    [recent.timestamp, recent.summary.pcr_oi],
  ]);
  // A list has what is left, from either end.
  const listed = await removing.summaries('NIFTY', EXPIRY, ALL);
  expect(listed.map(({ timestamp, pcr_oi }) => [timestamp, pcr_oi])).toEqual([
    ...ofMinutes,
    [recent.timestamp, recent.summary.pcr_oi],
  ]);
  expect(await removing.summaries('NIFTY', EXPIRY, { ...ALL, toMs: TODAY, limit: 2, take: 'last' })).toEqual(
    listed.slice(88, 90),
  );
  expect(await removing.summaries('NIFTY', EXPIRY, { ...ALL, limit: 70 })).toEqual(listed.slice(0, 70));
  expect(await removing.productFigures('NIFTY', { ...ALL, limit: 3 })).toEqual(
    minutes(OLD, 3).map((at, i) => figuresAt(at, i / 7)),
  );
  expect(await removing.expiries('NIFTY')).toMatchObject([{ firstTimestamp: OLD }]);
  // What comes after that joins what is left.
  const late = chainAt(OLD + 45 * SECOND_MS, 500);
  await removing.putSnapshots([late]);
  const joined = [[late.timestamp, late.summary.pcr_oi], ...ofMinutes.slice(1)];
  expect(await pcrOf(removing, minutes(OLD, 90), OLD + 90 * MINUTE_MS)).toEqual(joined);
  await removing.rollUpAll();
  expect(await pcrOf(removing, minutes(OLD, 90), OLD + 90 * MINUTE_MS)).toEqual(joined);
  await expect.poll(() => removing.asOf('NIFTY', EXPIRY, OLD + DAY_MS)).toBeNull();
  await removing.rollUpAll();
  expect(countOf('summary')).toBe(1);
  expectSound();
  await closed(removing);

  const thinning = await open({ keepSnapshots: 7, keepSummaries: 7, keepMinutes: 14 });
  await thinning.rollUpAll();
  expect(countOf('rollup_minutes')).toBe(1);
  const quarters = [14, 29, 44, 59, 74, 89].map((i) => ofMinutes[i]);
  expect(await pcrOf(thinning, minutes(OLD, 90), OLD + 90 * MINUTE_MS)).toEqual(quarters);
  expect(await pcrOf(thinning, [OLD - DAY_MS], OLD + DAY_MS)).toEqual(quarters.slice(-1));
  expect(
    (await thinning.summaries('NIFTY', EXPIRY, { ...ALL, limit: 6 })).map(({ timestamp }) => timestamp),
  ).toEqual(quarters.map(([timestamp]) => timestamp));
  expectSound();
});

it('rolls up by itself the hours that are over, and not the one that is under way', async () => {
  const hour = Math.floor(Date.now() / BLOCK_HOUR_MS) * BLOCK_HOUR_MS;
  const store = await open({ rollCheckMs: 5, rollQuietMs: 1, rollPercent: 100 });
  await store.putSnapshots([chainAt(hour - BLOCK_HOUR_MS, 1), chainAt(hour - 1, 2), chainAt(Date.now(), 3)]);
  await expect.poll(() => countOf('rollup_quarters')).toBe(1);
  // Late: its hour was rolled up.
  await store.putSnapshots([chainAt(hour - MINUTE_MS, 4)]);
  await expect.poll(() => countOf('rollup_late')).toBe(0);
  const block = onMain((database) => database.prepare('SELECT data FROM rollup_minutes').get()?.data);
  const found = createFigureBlockCodec().open(SERIES, hour - BLOCK_HOUR_MS, block as Uint8Array);
  expect([...found.timestamps]).toEqual([hour - BLOCK_HOUR_MS, hour - 1]);
  expect([...(found.column(CHAIN_FIGURES.pcr_oi.id) ?? [])]).toEqual([1 / 7, 2 / 7]);
});

it('makes the block of an hour once, and touches no other when rows come late', async () => {
  const store = await open();
  await store.putSnapshots(halfMinutes(OLD, 400));
  await store.rollUpAll();
  const rowids = () =>
    onMain((database) => database.prepare('SELECT hour, data FROM rollup_minutes ORDER BY hour').all());
  const before = rowids();
  expect(before).toHaveLength(4);
  await store.putSnapshots([chainAt(OLD + BLOCK_HOUR_MS + 59_999, 1000)]);
  await store.rollUpAll();
  const after = rowids();
  expect(after.map((row, i) => Buffer.compare(row.data as Buffer, before[i].data as Buffer) !== 0)).toEqual([
    false,
    true,
    false,
    false,
  ]);
});

it('reads folders of earlier releases, and rolls them up', async () => {
  const fixture = join(import.meta.dirname, '..', 'schema-1.fixture');
  for (const name of ['main.db', 'hot-20260819.db', 'hot-20260820.db']) {
    writeFileSync(join(folder, name), gunzipSync(readFileSync(join(fixture, `${name}.gz`))));
  }
  const store = await open();
  const products = await store.products();
  expect(products.length).toBeGreaterThan(0);
  let compared = 0;
  const read = async () => {
    const found: unknown[] = [];
    for (const { product } of products) {
      for (const { expiry, firstTimestamp, lastTimestamp } of await store.expiries(product)) {
        const from = Math.floor(firstTimestamp / DAY_MS) * DAY_MS;
        const starts = minutes(from, 2 * 24 * 60);
        found.push(await store.lastSummaries(product, expiry, starts, lastTimestamp + 1));
        found.push(await store.summaries(product, expiry, ALL));
        compared++;
      }
    }
    return found;
  };
  const before = await read();
  await store.rollUpAll();
  expect(countOf('rollup_minutes')).toBeGreaterThan(0);
  expect(await read()).toEqual(before);
  expect(compared).toBeGreaterThan(0);
  expectSound();
});

/** Changes the columns of the blocks of an hour, as another release would have written them. */
function rewriteBlocks(change: (columns: Map<number, Float64Array>) => void): void {
  const codec = createFigureBlockCodec();
  onMain((database) => {
    for (const table of ['rollup_minutes', 'rollup_quarters']) {
      const { data } = database.prepare(`SELECT data FROM ${table}`).get() as { data: Uint8Array };
      const held = codec.open(SERIES, OLD, data);
      const columns = new Map([...held.ids()].map((id) => [id, held.column(id) as Float64Array]));
      change(columns);
      const changed = codec.encode(SERIES, OLD, { timestamps: held.timestamps, columns });
      database.prepare(`UPDATE ${table} SET data = ?`).run(changed);
    }
  });
}

it('has a figure that is new as null until the chains are stored again with it', async () => {
  const newest = HISTORY_FIGURES[HISTORY_FIGURES.length - 1];
  const store = await open();
  const chain = chainAt(OLD, 1);
  await store.putSnapshots([{ ...chain, summary: { ...chain.summary, [newest]: 5, pcr_oi: 2 } }]);
  await store.rollUpAll();
  rewriteBlocks((columns) => columns.delete(CHAIN_FIGURES[newest].id));
  const read = async () =>
    (await store.lastSummaries('NIFTY', EXPIRY, [OLD], OLD + MINUTE_MS, ['pcr_oi', newest]))[0];
  expect(await read()).toEqual({ timestamp: OLD, pcr_oi: 2, [newest]: null });
  await store.putSnapshots([{ ...chain, seq: 9, summary: { ...chain.summary, [newest]: 6 } }]);
  await store.rollUpAll();
  expect(await read()).toMatchObject({ [newest]: 6 });
});

it('carries a figure of a newer release, but for a snapshot that was replaced', async () => {
  const UNKNOWN = 60_000;
  const store = await open();
  await store.putSnapshots([chainAt(OLD, 1), chainAt(OLD + MINUTE_MS, 2)]);
  await store.rollUpAll();
  rewriteBlocks((columns) =>
    columns.set(UNKNOWN, Float64Array.of(7, 8).slice(0, [...columns.values()][0].length)),
  );
  await store.putSnapshots([chainAt(OLD + MINUTE_MS, 9), chainAt(OLD + 2 * MINUTE_MS, 3)]);
  await store.rollUpAll();
  const data = onMain((database) => database.prepare('SELECT data FROM rollup_minutes').get()?.data);
  const held = createFigureBlockCodec().open(SERIES, OLD, data as Uint8Array);
  expect([...(held.column(UNKNOWN) ?? [])]).toEqual([7, Number.NaN, Number.NaN]);
});

it('reads the rows of an hour whose block is damaged, and says so where they were removed', async () => {
  const store = await open();
  await store.putSnapshots([...halfMinutes(OLD), chainAt(Date.now(), 999)]);
  await store.rollUpAll();
  const range = [minutes(OLD, 90), OLD + 90 * MINUTE_MS] as const;
  const before = await pcrOf(store, ...range);
  onMain((database) => {
    const { data } = database.prepare('SELECT data FROM rollup_minutes ORDER BY hour').get() as {
      data: Uint8Array;
    };
    data[data.length >> 1] ^= 1;
    database.prepare('UPDATE rollup_minutes SET data = ? WHERE hour = ?').run(data, OLD);
  });
  expect(await pcrOf(store, ...range)).toEqual(before);
  expect(examineMarketFiles(folder, { complete: true }).filter(({ ok }) => !ok)).toMatchObject([
    { check: 'main.db', detail: expect.stringContaining('rollup_minutes') },
  ]);
  await closed(store);
  const removing = await open({ keepSnapshots: 7, keepSummaries: 7, sealCheckMs: 10 });
  await expect.poll(() => removing.asOf('NIFTY', EXPIRY, OLD + DAY_MS)).toBeNull();
  await removing.rollUpAll();
  await expect(pcrOf(removing, ...range)).rejects.toMatchObject({
    code: 'stored_data_damaged',
    message: expect.stringContaining(`the roll-up of ${SERIES} at ${new Date(OLD).toISOString()}`),
  });
  // The other hour, and quarters, are read all the same.
  expect(await pcrOf(removing, minutes(OLD + BLOCK_HOUR_MS, 30), OLD + 90 * MINUTE_MS)).toHaveLength(30);
  expect(await pcrOf(removing, [OLD - DAY_MS], OLD + BLOCK_HOUR_MS)).toHaveLength(1);
});

it('leaves an hour with a damaged row as it is, and rolls up the others', async () => {
  const store = await open();
  await store.putSnapshots(halfMinutes(OLD, 400));
  onMain((database) => database.exec(`UPDATE summary SET pcr_oi = 77 WHERE ts = ${OLD + 30 * SECOND_MS}`));
  await store.rollUpAll();
  expect(countOf('rollup_minutes')).toBe(3);
  await expect(pcrOf(store, [OLD], OLD + MINUTE_MS)).rejects.toMatchObject({ code: 'stored_data_damaged' });
  expect(await pcrOf(store, [OLD + BLOCK_HOUR_MS], OLD + DAY_MS)).toHaveLength(1);
  // Putting it anew makes it good.
  await store.putSnapshots([chainAt(OLD + 30 * SECOND_MS, 700)]);
  await store.rollUpAll();
  expect(countOf('rollup_minutes')).toBe(4);
  expect(countOf('rollup_late')).toBe(0);
  expect(await pcrOf(store, [OLD], OLD + MINUTE_MS)).toEqual([[OLD + 30 * SECOND_MS, 100]]);
});

it('rolls up an hour without its damaged row when the rows go, and says which one is lost', async () => {
  const log: string[] = [];
  const store = await open();
  await store.putSnapshots([...halfMinutes(OLD, 20), chainAt(Date.now(), 999)]);
  onMain((database) => database.exec(`UPDATE summary SET pcr_oi = 77 WHERE ts = ${OLD + 90 * SECOND_MS}`));
  await store.rollUpAll();
  // That of today.
  expect(countOf('rollup_minutes')).toBe(1);
  await closed(store);
  const logger = createLogger(
    'error',
    createConsoleLog((text) => void log.push(text)),
  );
  const removing = await open({ keepSnapshots: 7, keepSummaries: 7, sealCheckMs: 10, logger });
  await expect.poll(() => removing.asOf('NIFTY', EXPIRY, OLD + DAY_MS)).toBeNull();
  await removing.rollUpAll();
  expect(countOf('summary')).toBe(1);
  const found = await pcrOf(removing, minutes(OLD, 10), OLD + 10 * MINUTE_MS);
  // The minute of the damaged row has the row before it.
  expect(found.map(([timestamp]) => Number(timestamp) - OLD)).toEqual(
    Array.from({ length: 10 }, (_, i) => (i === 1 ? 60 : i * 60 + 30) * SECOND_MS),
  );
  expect(log.join('')).toContain(`${new Date(OLD + 90 * SECOND_MS).toISOString()} is damaged`);
});

it('keeps the rows of a day of which snapshots came while it was waited for', async () => {
  const store = await open();
  await store.putSnapshots(halfMinutes(OLD, 20));
  await store.rollUpAll();
  await closed(store);
  const path = join(folder, 'main.db');
  const main = createMainFile(path, new DatabaseSync(path));
  const all = { budgetMs: 60_000, nowMs: Date.now(), quietMs: Number.NEGATIVE_INFINITY };
  main.rollUp({ ...all, folder, rowsBeforeMs: TODAY, minutesBeforeMs: null });
  main.close();
  expect(countOf('summary')).toBe(20);
  expectSound();
});

it('is sound where snapshots come to an expiry whose rows were all removed', async () => {
  const store = await open();
  await store.putSnapshots([
    ...halfMinutes(OLD, 20),
    storableChain({ timestamp: Date.now(), seq: 1, expiry: '2026-09-29' }),
  ]);
  await closed(store);
  const removing = await open({ keepSnapshots: 7, keepSummaries: 7, sealCheckMs: 10 });
  await expect.poll(() => removing.asOf('NIFTY', EXPIRY, OLD + DAY_MS)).toBeNull();
  await removing.rollUpAll();
  expect(countOf('summary')).toBe(1);
  await closed(removing);
  const importing = await open();
  await importing.putSnapshots([chainAt(OLD + 45 * SECOND_MS, 500)]);
  expect(countOf('summary')).toBe(2);
  expectSound();
});
