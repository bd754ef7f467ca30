import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gunzipSync } from 'node:zlib';
import {
  INTERVAL_MS,
  PRODUCT_FIGURE_NAMES,
  type ProductFigureValues,
  STORED_INTERVALS,
} from '@deltastream/contracts';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  barAt,
  EXPIRY,
  NOON,
  storableChain,
  tickAt,
} from '../../../../ports/stores/market/market-store.fixture.ts';
import type { MarketStore, StoredProductFigures } from '../../../../ports/stores/market/market-store.ts';
import { ALL } from '../../../../ports/stores/market/market-store-stand.fixture.ts';
import { examineMarketFiles } from '../files/examine-files.ts';
import { createSqliteMarketStore, type SqliteMarketStoreOptions } from '../market-store-sqlite.ts';
import { openPages } from './page-file.ts';
import { readableRows } from './page-rows.ts';
import { salvageSealed } from './salvage-day.ts';

const HOT = 'hot-20260819.db';
let folder: string;
const stores: MarketStore[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'market-store-salvage-'));
});
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
  rmSync(folder, { recursive: true, force: true });
});

async function open(options: Partial<SqliteMarketStoreOptions> = {}): Promise<MarketStore> {
  const store = await createSqliteMarketStore({ folder, stateIntervalMs: 20, ...options });
  stores.push(store);
  return store;
}

async function filled(snapshots: number): Promise<void> {
  const store = await createSqliteMarketStore({ folder });
  await store.putSnapshots(
    Array.from({ length: snapshots }, (_, i) =>
      storableChain({ timestamp: NOON + i, seq: i + 1, generation: 3 }),
    ),
  );
  await store.putTicks([tickAt(NOON, { price: 10 })], [barAt(NOON, 10)]);
  await store.close();
}

/** Damages every page that holds rows of a table but the last, to which rows are added. */
function spoilPages(file: string, table: string): void {
  const database = new DatabaseSync(file, { readOnly: true });
  const pages = database
    .prepare('SELECT pageno, pagetype FROM dbstat WHERE name = ? ORDER BY path')
    .all(table);
  const { page_size } = database.prepare('PRAGMA page_size').get() as { page_size: number };
  database.close();
  const bytes = readFileSync(file);
  const leaves = pages.filter(({ pagetype }) => pagetype === 'leaf');
  expect(leaves.length).toBeGreaterThan(2);
  for (const { pageno } of leaves.slice(0, -1)) bytes[(Number(pageno) - 1) * page_size] ^= 0xff;
  writeFileSync(file, bytes);
}

const aside = (of: string) => readdirSync(folder).filter((name) => name.startsWith(`${of}.damaged-`));

it('reads every row of a file as SQLite does, overflowing ones and those of the log included', async () => {
  const file = join(folder, 'rows.db');
  const database = new DatabaseSync(file);
  database.exec(`PRAGMA page_size = 4096; PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0;
    CREATE TABLE mixed (id INTEGER PRIMARY KEY, a TEXT, b REAL, c BLOB, d INTEGER);
    CREATE TABLE keyed (a TEXT, b INTEGER, c BLOB, PRIMARY KEY (a, b)) WITHOUT ROWID`);
  const rows = [0, 1, -1, 127, 128, -129, 40_000, 2 ** 40, -(2 ** 47), 2 ** 52].map((number, i) => ({
    id: i === 0 ? -5 : i * 1000,
    a: i % 2 === 0 ? 'ä'.repeat(i * 700) : null,
    b: number / 7,
    c: Buffer.alloc(i * 2500, i),
    d: number,
  }));
  const insert = database.prepare('INSERT INTO mixed VALUES (:id, :a, :b, :c, :d)');
  const insertKeyed = database.prepare('INSERT INTO keyed VALUES (?, ?, ?)');
  for (const [i, row] of rows.entries()) {
    insert.run(row);
    insertKeyed.run(`key ${i}`, row.d, row.c);
    if (i === 4) database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  }
  database.exec("BEGIN; INSERT INTO keyed VALUES ('not committed', 1, NULL)");
  const pages = openPages(file, 4096);
  const read = [...readableRows(pages)].map(({ rowid, values }) => [rowid, ...values]);
  pages.close();
  database.exec('ROLLBACK');
  database.close();
  for (const { id, a, b, c, d } of rows) expect(read).toContainEqual([id, null, a, b, c, d]);
  for (const [i, { c, d }] of rows.entries()) expect(read).toContainEqual([null, `key ${i}`, d, c]);
  expect(read.filter(([, name]) => name === 'not committed')).toEqual([]);
});

it('replaces a hot file and a main.db that turn out damaged while they are in use', async () => {
  await filled(300);
  for (const [file, table] of [
    [HOT, 'snap'],
    ['main.db', 'summary'],
  ] as const)
    spoilPages(join(folder, file), table);
  const store = await open({ checkBytes: 0, checkDayBytes: 0 });
  expect(store.problems()).toEqual([]);
  const added = [0, 300].map((i) => storableChain({ timestamp: NOON + i, seq: 1000, generation: 4 }));
  await store.putSnapshots(added);
  expect(await store.latest('NIFTY', EXPIRY)).toEqual(added[1]);
  expect([aside(HOT), aside('main.db')].map(({ length }) => length)).toEqual([1, 1]);
  await expect
    .poll(() => store.problems().map(({ reason }) => reason))
    .toEqual([
      expect.stringMatching(/main\.db: .*3 bars, 1 ticks .*kept as main\.db\.damaged-/),
      expect.stringMatching(/hot-20260819\.db: .*snapshots of it could be read and are served/),
    ]);
  expect(await store.ticks('NIFTY', ALL)).toHaveLength(1);
});

it('goes on with the figures that main.db lost after a crash, and is sound then', async () => {
  await filled(600);
  const { storeId } = await open();
  await stores.pop()?.close();
  rmSync(join(folder, 'main.db'));
  // Ended after the first step.
  const first = await open({ rebuildWaitMs: 0, rebuildPercent: 1 });
  expect(first.problems().map(({ reason }) => reason)).toContainEqual(
    expect.stringMatching(/computed again .* 0 are done/),
  );
  await first.putSnapshots([storableChain({ timestamp: NOON + 599, seq: 9999, generation: 4 })]);
  await first.close();
  const again = await open();
  // A start waits for it no longer than the setting says.
  await expect.poll(() => again.problems()).toEqual([]);
  expect(again.storeId).not.toBe(storeId);
  expect(await again.summaries('NIFTY', EXPIRY, ALL)).toHaveLength(600);
  expect(await again.counts()).toMatchObject({ snapshots: 600 });
  expect(await again.latestImport()).toBe(4);
  // 599 where the new one came first.
  expect([599, 600]).toContain((await again.importCounts(3)).chains.new);
  await again.close();
  expect(examineMarketFiles(folder, { complete: true }).filter(({ ok }) => !ok)).toEqual([]);
});

const NEXT_HOUR = NOON + 3_600_000;
const FIGURES: StoredProductFigures = {
  product: 'NIFTY',
  timestamp: NEXT_HOUR,
  as_of: NEXT_HOUR,
  progress: 1,
  values: Object.fromEntries(PRODUCT_FIGURE_NAMES.map((name) => [name, 7])) as ProductFigureValues,
};

/** Damages what says that a file is one of SQLite. */
const spoilHeader = (file: string) => writeFileSync(file, readFileSync(file).with(3, 0));

const sqlOn = (sql: string) => {
  const database = new DatabaseSync(join(folder, 'main.db'));
  try {
    return database.prepare(sql).all();
  } finally {
    database.close();
  }
};

it('takes hours of figures for no minutes of ticks', async () => {
  await filled(3);
  const filling = await createSqliteMarketStore({ folder });
  await filling.putProductFigures([FIGURES]);
  await filling.rollUpAll();
  await filling.close();
  spoilHeader(join(folder, 'main.db'));
  const store = await open();
  expect(aside('main.db')).toHaveLength(1);
  expect((await store.latestTick('NIFTY'))?.price).toBe(10);
  expect(await store.products()).toMatchObject([{ product: 'NIFTY', price: 10 }]);
  expect(await store.ticks('NIFTY', ALL)).toHaveLength(1);
});

it('says that ticks of the first minute of an hour are lost, of which roll-ups have the minutes no more', async () => {
  await filled(3);
  const filling = await createSqliteMarketStore({ folder });
  await filling.putTicks([tickAt(NOON + 60_000, { price: 11 })], []);
  await filling.putProductFigures([{ ...FIGURES, timestamp: NOON, as_of: NOON }]);
  await filling.rollUpAll();
  await filling.close();
  sqlOn("DELETE FROM rollup_minutes WHERE series = 'NIFTY' RETURNING 1");
  sqlOn(`UPDATE tick_block SET data = x'00112233' WHERE minute = ${NOON} RETURNING 1`);
  spoilHeader(join(folder, 'main.db'));
  const store = await open();
  expect(aside('main.db')).toHaveLength(1);
  expect((await store.latestTick('NIFTY'))?.price).toBe(11);
  await expect(store.ticks('NIFTY', ALL)).rejects.toMatchObject({ code: 'stored_data_damaged' });
});

it('computes longer bars that are lost from those of minutes, but for those of lost ticks', async () => {
  const filling = await createSqliteMarketStore({ folder });
  const times = Array.from({ length: 40 }, (_, i) => NOON + i * 60_000);
  await filling.putTicks(
    times.map((at, i) => tickAt(at, { price: 100 + i })),
    times.flatMap((at, i) =>
      STORED_INTERVALS.map((interval) => {
        const length = INTERVAL_MS[interval];
        return { ...barAt(at, 100 + i), interval, start: at - (at % length) };
      }),
    ),
  );
  const before = await Promise.all(STORED_INTERVALS.map((interval) => filling.bars('NIFTY', interval, ALL)));
  await filling.close();
  sqlOn("DELETE FROM bar WHERE interval <> '1m' AND start > (SELECT min(start) FROM bar) RETURNING 1");
  sqlOn(`UPDATE tick_block SET data = x'00112233' WHERE minute = ${times[39]} RETURNING 1`);
  spoilHeader(join(folder, 'main.db'));
  const store = await open();
  expect(aside('main.db')).toHaveLength(1);
  for (const [i, interval] of STORED_INTERVALS.entries()) {
    const complete = before[i].filter(({ close_at }) => interval === '1m' || close_at < times[39]);
    expect(complete.length).toBeGreaterThan(2 - Number(interval === '15m'));
    expect(await store.bars('NIFTY', interval, ALL)).toEqual(complete);
  }
});

it('makes no bars of ticks whose price stood still in a closing auction', async () => {
  // 15:14, 15:20 and 15:36 in India, where the cash market is frozen from 15:15 to 15:35.
  const [before, frozen, after] = [
    [9, 44],
    [9, 50],
    [10, 6],
  ].map(([hour, minute]) => Date.UTC(2026, 7, 19, hour, minute));
  const filling = await createSqliteMarketStore({ folder });
  await filling.putTicks(
    [before, frozen, after].map((at) => tickAt(at, { price: at === frozen ? 7 : 10, source: 'nse' })),
    [barAt(before, 10), barAt(after, 10)],
  );
  const bars = await filling.bars('NIFTY', '1m', ALL);
  expect(bars).toHaveLength(2);
  await filling.close();
  sqlOn('DELETE FROM bar RETURNING 1');
  spoilHeader(join(folder, 'main.db'));
  const store = await open();
  expect(aside('main.db')).toHaveLength(1);
  expect(await store.ticks('NIFTY', ALL)).toHaveLength(3);
  expect(await store.bars('NIFTY', '1m', ALL)).toEqual(bars);
});

it('serves the last ticks that there are where the last minute of ticks is lost', async () => {
  await filled(3);
  sqlOn(`INSERT INTO tick_block (product, minute, data) VALUES ('NIFTY', ${NEXT_HOUR}, x'') RETURNING 1`);
  const store = await open();
  expect((await store.latestTick('NIFTY'))?.price).toBe(10);
  expect(await store.products()).toMatchObject([{ product: 'NIFTY', price: 10 }]);
  await expect(store.ticks('NIFTY', ALL)).rejects.toMatchObject({ code: 'stored_data_damaged' });
});

it('takes back roll-ups of rows that are kept no longer', async () => {
  await filled(3);
  const filling = await createSqliteMarketStore({
    folder,
    keepSnapshots: 1,
    keepSummaries: 1,
    sealCheckMs: 10,
  });
  await filling.putProductFigures([FIGURES]);
  await expect.poll(() => readdirSync(folder).includes(HOT)).toBe(false);
  await filling.rollUpAll();
  const before = await filling.summaries('NIFTY', EXPIRY, ALL);
  const productBefore = await filling.productFigures('NIFTY', ALL);
  expect([before.length, productBefore.length]).toEqual([1, 1]);
  await filling.close();
  expect(sqlOn('SELECT count(*) AS rows FROM summary')).toMatchObject([{ rows: 0 }]);
  spoilHeader(join(folder, 'main.db'));
  const store = await open();
  expect(aside('main.db')).toHaveLength(1);
  expect(await store.summaries('NIFTY', EXPIRY, ALL)).toEqual(before);
  expect(await store.productFigures('NIFTY', ALL)).toEqual(productBefore);
  expect((await store.latestTick('NIFTY'))?.price).toBe(10);
});

it('goes on rolling up where how far a series is rolled up is damaged', async () => {
  await filled(3);
  const filling = await createSqliteMarketStore({ folder });
  await filling.rollUpAll();
  await filling.close();
  sqlOn('UPDATE rollup_series SET crc = crc + 1, open = 1 RETURNING 1');
  const store = await createSqliteMarketStore({ folder, stateIntervalMs: 20 });
  stores.push(store);
  await store.rollUpAll();
  await expect
    .poll(() => store.problems().map(({ reason }) => reason))
    .toContainEqual(expect.stringMatching(/how far NIFTY 2026-08-25 is rolled up is damaged.*kept as/));
  expect(await store.summaries('NIFTY', EXPIRY, ALL)).toHaveLength(3);
});

it('computes the figures again that a main.db lost whose process was killed before it noted which', async () => {
  await filled(3);
  sqlOn('DELETE FROM summary RETURNING 1');
  writeFileSync(join(folder, 'main.db.incomplete'), '');
  const store = await open();
  expect(await store.summaries('NIFTY', EXPIRY, ALL)).toHaveLength(3);
  expect(existsSync(join(folder, 'main.db.incomplete'))).toBe(false);
  expect(store.problems().map(({ reason }) => reason)).toEqual([
    expect.stringMatching(/main\.db: .*before it was noted/),
  ]);
});

it.each([
  ['as its header says', () => undefined],
  ['with its header destroyed', (file: string) => writeFileSync(file, readFileSync(file).fill(0xa5, 0, 100))],
])('reads a sealed day of an earlier release, whose pages were longer, %s', (_, damage) => {
  const packed = join(import.meta.dirname, '..', 'sealing', 'segment-1.fixture', 'day-20260819.db.gz');
  const file = join(folder, 'day-20260819.db');
  writeFileSync(file, gunzipSync(readFileSync(packed)));
  const database = new DatabaseSync(file, { readOnly: true });
  expect(database.prepare('PRAGMA page_size').get()).toEqual({ page_size: 4096 });
  const manifest = database.prepare('SELECT snapshots FROM manifest').get();
  database.close();
  damage(file);
  expect(salvageSealed(file).result).toBe(manifest?.snapshots);
});

it('puts a salvaged file in place that a killed process had completed, and no other', async () => {
  await filled(3);
  renameSync(join(folder, 'main.db'), join(folder, 'main.db.salvaged'));
  writeFileSync(join(folder, `${HOT}.salvaging`), 'begun');
  writeFileSync(join(folder, `${HOT}.salvaged`), 'its damaged file still has its name');
  const store = await open();
  expect(store.problems()).toEqual([]);
  expect(await store.ticks('NIFTY', ALL)).toHaveLength(1);
  expect(await store.summaries('NIFTY', EXPIRY, ALL)).toHaveLength(3);
  expect(readdirSync(folder).filter((name) => name.includes('.salvag'))).toEqual([]);
});
