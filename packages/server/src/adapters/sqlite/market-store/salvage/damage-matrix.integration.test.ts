import { copyFileSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Bar, PRODUCT_FIGURE_NAMES, type ProductFigureValues } from '@deltastream/contracts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  barAt,
  EXPIRY,
  MINUTE_MS,
  NOON,
  storableChain,
  tickAt,
} from '../../../../ports/stores/market/market-store.fixture.ts';
import type { MarketStore, StoredProductFigures } from '../../../../ports/stores/market/market-store.ts';
import { ALL, DAY_MS } from '../../../../ports/stores/market/market-store-stand.fixture.ts';
import { HOT_PAGE_BYTES } from '../files/hot-file.ts';
import { barOf } from '../main/bar-writer.ts';
import { MAIN_PAGE_BYTES } from '../main/main-schema.ts';
import { createSqliteMarketStore } from '../market-store-sqlite.ts';
import { DAY_PAGE_BYTES } from '../sealing/day-target.ts';
import { DAMAGE_NAMES, DAMAGES, type DamageName } from './damage.fixture.ts';

const [SEALED, HOT] = ['day-20260819.db', 'hot-20260820.db'];
const SNAPSHOTS = 160; // Of each day: several pages.
const MINUTES = 90;
const EXPIRIES = [EXPIRY, '2026-09-01'];

const timesOf = (day: number) =>
  Array.from({ length: SNAPSHOTS / 2 }, (_, i) => NOON + day * DAY_MS + i * 1000);
const CHAINS = [0, 1].flatMap((day) =>
  timesOf(day).flatMap((timestamp, i) =>
    EXPIRIES.map((expiry, e) => storableChain({ expiry, timestamp, seq: 1000 * day + 2 * i + e + 1 })),
  ),
);
const TICKS = Array.from({ length: MINUTES * 20 }, (_, i) =>
  tickAt(NOON + i * (MINUTE_MS / 20), { price: 100 + (i % 37) / 8, seq: i + 1 }),
);
const BARS = [
  ...Map.groupBy(TICKS, ({ timestamp }) => Math.floor(timestamp / MINUTE_MS) * MINUTE_MS),
].flatMap(([start, ticks]) => barOf('1m', start, ticks) ?? []);
const FIGURES: StoredProductFigures[] = Array.from({ length: 40 }, (_, i) => ({
  product: 'NIFTY',
  timestamp: NOON + i * MINUTE_MS,
  as_of: NOON + i * MINUTE_MS,
  progress: i + 1,
  values: Object.fromEntries(PRODUCT_FIGURE_NAMES.map((name, n) => [name, i + n / 8])) as ProductFigureValues,
}));

const original = mkdtempSync(join(tmpdir(), 'damage-matrix-original-'));
let folder: string;
let store: MarketStore | null = null;

beforeAll(async () => {
  const filling = await createSqliteMarketStore({ folder: original });
  await filling.putSnapshots(CHAINS.filter(({ timestamp }) => timestamp < NOON + DAY_MS / 2));
  await filling.sealAll();
  await filling.putSnapshots(CHAINS.filter(({ timestamp }) => timestamp > NOON + DAY_MS / 2));
  await filling.putTicks(TICKS, BARS);
  await filling.putProductFigures(FIGURES);
  await filling.rollUpAll();
  await filling.close();
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'damage-matrix-'));
  cpSync(original, folder, { recursive: true });
});
afterEach(async () => {
  await store?.close();
  store = null;
  rmSync(folder, { recursive: true, force: true });
});
afterAll(() => rmSync(original, { recursive: true, force: true }));

async function open(): Promise<MarketStore> {
  store = await createSqliteMarketStore({ folder });
  return store;
}

const keyOf = ({ expiry, timestamp }: { expiry: string; timestamp: number }) => `${expiry} ${timestamp}`;

/** Keys of the snapshots that are served, each compared with what was put; the others must be refused as damaged. */
async function servedSnapshots(from: MarketStore): Promise<Set<string>> {
  const served = new Set<string>();
  const reads = await Promise.all(
    CHAINS.map(({ expiry, timestamp }) => from.asOf('NIFTY', expiry, timestamp).catch((error) => error)),
  );
  for (const [i, chain] of CHAINS.entries()) {
    const read = reads[i];
    if (read === null) continue;
    if (read instanceof Error) {
      expect(read).toMatchObject({
        code: 'stored_data_damaged',
        message: expect.stringMatching(/^(hot|day)-\d{8}\.db: the s\w+ of NIFTY 2026-/),
      });
      continue;
    }
    expect(read).toEqual(chain);
    served.add(keyOf(chain));
  }
  return served;
}

/** What is damaged of the ticks: the minutes that are refused or gone. */
async function lostMinutes(from: MarketStore): Promise<number[]> {
  const minutes = await Promise.all(
    BARS.map(async ({ start }) => {
      const range = { fromMs: start, toMs: start + MINUTE_MS, limit: 1000 };
      const read = await from.ticks('NIFTY', range).catch(() => []);
      if (read.length === 0) return [start];
      expect(read).toEqual(TICKS.filter(({ timestamp }) => timestamp >= start && timestamp < range.toMs));
      return [];
    }),
  );
  return minutes.flat();
}

/** Figures are what was put, each; of one that is damaged the read is refused, at most `most` times. */
async function figuresAreThere(from: MarketStore, most = 0): Promise<void> {
  let refused = 0;
  const read = async (expiry: string, timestamps: readonly number[]): Promise<number[]> => {
    const [first, last] = [timestamps[0], timestamps[timestamps.length - 1]];
    try {
      const points = await from.summaries('NIFTY', expiry, { fromMs: first, toMs: last + 1, limit: 10_000 });
      const given = CHAINS.filter((chain) => chain.expiry === expiry);
      for (const { timestamp, pcr_oi } of points)
        expect(pcr_oi).toBe(given.find((chain) => chain.timestamp === timestamp)?.summary.pcr_oi);
      return points.map(({ timestamp }) => timestamp);
    } catch (error) {
      expect(error).toMatchObject({ code: 'stored_data_damaged' });
      if (timestamps.length === 1) refused++;
      if (timestamps.length === 1) return [...timestamps];
      const half = timestamps.length >> 1;
      return [
        ...(await read(expiry, timestamps.slice(0, half))),
        ...(await read(expiry, timestamps.slice(half))),
      ];
    }
  };
  for (const expiry of EXPIRIES) {
    const times = [0, 1].flatMap(timesOf);
    expect(await read(expiry, times)).toEqual(times);
  }
  expect(refused).toBeLessThanOrEqual(most);
}

/** Where each row's bytes lie in a file that is as it was. */
function placesOf(file: string, sql: string): { key: string; from: number; to: number }[] {
  const bytes = readFileSync(file);
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    return (database.prepare(sql).all() as { key: string; data: Uint8Array }[]).map(({ key, data }) => {
      // A page that was divided may still show rows that moved to a later one.
      const from = bytes.lastIndexOf(data);
      // Of a row that is continued in other pages the bytes would not be one after another.
      expect(from).toBeGreaterThan(0);
      return { key, from, to: from + data.length };
    });
  } finally {
    database.close();
  }
}

describe.each(DAMAGE_NAMES)('with %s', (name) => {
  const damage = (file: string, pageBytes: number) => DAMAGES[name](join(folder, file), pageBytes);
  const said = (from: MarketStore) => from.problems().map(({ reason }) => reason);

  it('the files of two days: they start, say so, and lose what was damaged and nothing else', async () => {
    const places = placesOf(
      join(original, HOT),
      "SELECT data, (SELECT expiry FROM chain WHERE id = chain) || ' ' || ts AS key FROM snap",
    );
    const isSound = damage(HOT, HOT_PAGE_BYTES);
    damage(SEALED, DAY_PAGE_BYTES);
    const from = await open();
    const served = await servedSnapshots(from);
    const isToday = (key: string) => Number(key.split(' ')[1]) > NOON + DAY_MS / 2;
    const sound = places.filter((place) => isSound(place.from, place.to)).map(({ key }) => key);
    expect([...served].filter(isToday).sort()).toEqual(sound.sort());
    // A segment of 60 snapshots, or the last 20 of a chain, is lost where a page of it is damaged.
    const sealed = [...served].filter((key) => !isToday(key)).length;
    expect(sealed % 20).toBe(0);
    if (WITHIN_A_PAGE.includes(name)) expect(sealed).toBeGreaterThanOrEqual(SNAPSHOTS - 80);
    else for (const file of [HOT, SEALED]) expect(said(from)).toContainEqual(expect.stringContaining(file));
    if (name.includes('header') || name.includes('marks')) expect(served.size).toBe(CHAINS.length);
    await figuresAreThere(from);
    const added = [NOON + DAY_MS + 1_000_000, NOON + 1].map((timestamp) =>
      storableChain({ timestamp, seq: 5000 }),
    );
    await from.putSnapshots(added);
    for (const chain of added) expect(await from.asOf('NIFTY', EXPIRY, chain.timestamp)).toEqual(chain);
    expect(await from.counts()).toMatchObject({ snapshots: CHAINS.length + 2 });
  });

  it('main.db starts, says so, and loses ticks that were damaged and nothing else', async () => {
    const places = placesOf(join(original, 'main.db'), 'SELECT data, minute AS key FROM tick_block');
    const isSound = damage('main.db', MAIN_PAGE_BYTES);
    const from = await open();
    // A row of figures that lies in a sound page says so itself.
    await figuresAreThere(from, existsAside(folder) ? 0 : 1);
    expect((await servedSnapshots(from)).size).toBe(CHAINS.length);
    const lost = places.filter((place) => !isSound(place.from, place.to)).map(({ key }) => Number(key));
    expect(await lostMinutes(from)).toEqual(lost);
    const bars = await from.bars('NIFTY', '1m', ALL).catch(() => [] as Bar[]);
    for (const bar of bars) expect(bar).toEqual(BARS.find(({ start }) => start === bar.start));
    const isRebuilt = existsAside(folder);
    if (isRebuilt) {
      expect(bars.map(({ start }) => start)).toEqual(
        expect.arrayContaining(BARS.map(({ start }) => start).filter((start) => !lost.includes(start))),
      );
      expect(said(from)).toContainEqual(expect.stringMatching(/main\.db: .*kept as main\.db\.damaged-/));
    }
    await from.putTicks([tickAt(NOON + DAY_MS, { price: 7 })], [barAt(NOON + DAY_MS, 7)]);
    expect((await from.latestTick('NIFTY'))?.price).toBe(7);
    expect(await from.counts()).toMatchObject({ snapshots: CHAINS.length });
  });
});

const existsAside = (inFolder: string) =>
  readdirSync(inFolder).some((name) => name.startsWith('main.db.damaged-'));

/** Not met at the start: SQLite finds nothing wrong with the structure of such a file. */
const WITHIN_A_PAGE: readonly DamageName[] = [
  'the last byte of a page flipped',
  'the first byte of a page flipped',
];

describe('without its write-ahead log', () => {
  /** Puts something, and leaves the folder as a killed process does whose logs are then lost. */
  async function withoutLogs(put: (into: MarketStore) => Promise<void>): Promise<void> {
    const killed = mkdtempSync(join(tmpdir(), 'damage-matrix-killed-'));
    const writing = await createSqliteMarketStore({ folder });
    await put(writing);
    for (const file of readdirSync(folder))
      if (!/-(wal|shm)$/.test(file)) copyFileSync(join(folder, file), join(killed, file));
    await writing.close();
    rmSync(folder, { recursive: true });
    folder = killed;
  }

  it('a hot file has what was in the file itself, and says that the end is missing', async () => {
    await withoutLogs((into) =>
      into.putSnapshots([storableChain({ timestamp: NOON + DAY_MS + 1_000_000, seq: 5000 })]),
    );
    const from = await open();
    expect((await servedSnapshots(from)).size).toBe(CHAINS.length);
    await figuresAreThere(from);
  });

  it('main.db says so, and has every summary', async () => {
    await withoutLogs((into) =>
      into.putTicks([tickAt(NOON + DAY_MS, { price: 7 })], [barAt(NOON + DAY_MS, 7)]),
    );
    const from = await open();
    expect(from.problems()).toContainEqual({
      reason: expect.stringMatching(/main\.db: its write-ahead log is missing.*ticks/),
      working: true,
    });
    await figuresAreThere(from);
    expect(await lostMinutes(from)).toEqual([]);
  });

  it('main.db says nothing of it after a close, and after a kill that left the log', async () => {
    const writing = await createSqliteMarketStore({ folder });
    await writing.putTicks([tickAt(NOON + DAY_MS, { price: 7 })], []);
    const killed = mkdtempSync(join(tmpdir(), 'damage-matrix-killed-'));
    cpSync(folder, killed, { recursive: true });
    await writing.close();
    expect((await open()).problems()).toEqual([]);
    await store?.close();
    rmSync(folder, { recursive: true });
    folder = killed;
    const from = await open();
    expect(from.problems()).toEqual([]);
    expect((await from.latestTick('NIFTY'))?.price).toBe(7);
  });
});

it('salvages ticks that are in the write-ahead log alone', async () => {
  const killed = mkdtempSync(join(tmpdir(), 'damage-matrix-killed-'));
  const writing = await createSqliteMarketStore({ folder });
  await writing.putTicks([tickAt(NOON + DAY_MS, { price: 7 })], [barAt(NOON + DAY_MS, 7)]);
  cpSync(folder, killed, { recursive: true });
  await writing.close();
  rmSync(folder, { recursive: true });
  folder = killed;
  rmSync(join(folder, 'main.db'));
  const from = await open();
  expect((await from.latestTick('NIFTY'))?.price).toBe(7);
  await figuresAreThere(from);
});
