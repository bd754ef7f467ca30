import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  barAt,
  EXPIRY,
  NOON,
  storableChain,
  tickAt,
} from '../../../ports/stores/market/market-store.fixture.ts';
import type { MarketStore } from '../../../ports/stores/market/market-store.ts';
import { ALL, collect, DAY_MS } from '../../../ports/stores/market/market-store-stand.fixture.ts';
import { createSqliteMarketStore } from './market-store-sqlite.ts';

const TODAY = 'hot-20260819.db';
const TOMORROW = 'hot-20260820.db';
const FIXTURE = join(import.meta.dirname, 'schema-1.fixture');
let folder: string;
const stores: MarketStore[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'market-store-damage-'));
});
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
  rmSync(folder, { recursive: true, force: true });
});

async function open(): Promise<MarketStore> {
  const store = await createSqliteMarketStore({ folder, stateIntervalMs: 20 });
  stores.push(store);
  return store;
}

/** Two days of snapshots, ticks of two minutes and their bars, closed. */
async function filled(): Promise<void> {
  const store = await createSqliteMarketStore({ folder });
  await store.putSnapshots(
    [0, DAY_MS].flatMap((day) => [0, 1].map((i) => storableChain({ timestamp: NOON + day + i, seq: i + 1 }))),
  );
  await store.putTicks(
    [tickAt(NOON, { price: 10 }), tickAt(NOON + 60_000, { price: 11 })],
    [barAt(NOON, 10), barAt(NOON + 60_000, 11)],
  );
  await store.close();
}

/** Changes a file of the closed folder through SQL, as a flipped bit would change a cell. */
function alter(file: string, sql: string): void {
  const database = new DatabaseSync(join(folder, file));
  expect(database.prepare(sql).run().changes).toBeGreaterThan(0);
  database.close();
}

/** Flips a bit of the last byte of a blob. */
const FLIPPED = (column: string) =>
  `CAST(substr(${column}, 1, length(${column}) - 1) ||
   (CASE hex(substr(${column}, -1)) WHEN '00' THEN x'01' ELSE x'00' END) AS BLOB)`;

const damaged = (message: RegExp) => ({
  code: 'stored_data_damaged',
  message: expect.stringMatching(message),
});

describe('stored bytes that are not what was written', () => {
  it('of a snapshot are an error that names file, chain and time; no older one takes its place', async () => {
    await filled();
    alter(TODAY, `UPDATE snap SET data = ${FLIPPED('data')} WHERE ts = ${NOON + 1}`);
    const store = await open();
    const what = /^hot-20260819\.db: the snapshot of NIFTY 2026-08-25 at 2026-08-19T12:00:00\.001Z/;
    await expect(store.asOf('NIFTY', EXPIRY, NOON + 500)).rejects.toMatchObject(damaged(what));
    await expect(collect(store.snapshots('NIFTY', EXPIRY, ALL))).rejects.toMatchObject(damaged(what));
    expect((await store.asOf('NIFTY', EXPIRY, NOON))?.seq).toBe(1);
    expect((await store.latest('NIFTY', EXPIRY))?.timestamp).toBe(NOON + DAY_MS + 1);
  });

  it('of a snapshot are made good by putting it again', async () => {
    await filled();
    alter(TODAY, `UPDATE snap SET data = ${FLIPPED('data')} WHERE ts = ${NOON + 1}`);
    const store = await open();
    await store.putSnapshots([storableChain({ timestamp: NOON + 1, seq: 1, epoch: 'a', generation: 1 })]);
    expect(await store.asOf('NIFTY', EXPIRY, NOON + 1)).toMatchObject({ epoch: 'a' });
    expect(await store.counts()).toMatchObject({ snapshots: 4 });
  });

  it('are noticed when a snapshot lies under another time, or is gone', async () => {
    await filled();
    alter(TODAY, `DELETE FROM snap WHERE ts = ${NOON}`);
    alter(TODAY, `UPDATE snap SET ts = ${NOON} WHERE ts = ${NOON + 1}`);
    const store = await open();
    await expect(store.asOf('NIFTY', EXPIRY, NOON)).rejects.toMatchObject(
      damaged(/another lies in its place/),
    );
    await expect(store.asOf('NIFTY', EXPIRY, NOON + 1)).rejects.toMatchObject(damaged(/is missing/));
  });

  it.each([
    ['summaries', 'UPDATE summary SET pcr_oi = pcr_oi + 1', /summary of NIFTY 2026-08-25 at/],
    ['bars', 'UPDATE bar SET high = high * 2', /1m bar of NIFTY at 2026-08-19T12:00/],
    ['expiries', 'UPDATE chain SET last_ts = last_ts + 1', /chain NIFTY 2026-08-25/],
    ['products', 'UPDATE chain SET spot = 1', /chain NIFTY 2026-08-25/],
    [
      'ticks',
      `UPDATE tick_block SET data = ${FLIPPED('data')}`,
      /main\.db: ticks of NIFTY of the minute 2026-08-19T12:00/,
    ],
  ] as const)('of %s are an error that names them', async (what, sql, message) => {
    await filled();
    alter('main.db', sql);
    const store = await open();
    const reads = {
      summaries: () => store.summaries('NIFTY', EXPIRY, ALL),
      bars: () => store.bars('NIFTY', '1m', ALL),
      expiries: () => store.expiries('NIFTY'),
      products: () => store.products(),
      ticks: () => store.ticks('NIFTY', ALL),
    };
    await expect(reads[what]()).rejects.toMatchObject(damaged(message));
  });

  it('of a minute of ticks keep it marked when others join it, until an import gives it anew', async () => {
    await filled();
    alter('main.db', `UPDATE tick_block SET data = ${FLIPPED('data')} WHERE minute = ${NOON}`);
    const store = await open();
    await store.putTicks([tickAt(NOON + 5, { price: 12 })], [barAt(NOON + 5, 12)]);
    await expect(store.ticks('NIFTY', ALL)).rejects.toMatchObject(damaged(/of the minute 2026-08-19T12:00/));
    expect(await store.ticks('NIFTY', { ...ALL, fromMs: NOON + 60_000 })).toMatchObject([{ price: 11 }]);
    await store.putTicks([tickAt(NOON, { price: 10, epoch: 'a', generation: 1 })], [barAt(NOON, 10)]);
    expect((await store.ticks('NIFTY', ALL)).map(({ price }) => price)).toEqual([10, 12, 11]);
  });

  it('of a bar are computed from the ticks when it is written to again', async () => {
    await filled();
    alter('main.db', `UPDATE bar SET high = 999 WHERE start = ${NOON}`);
    const store = await open();
    await store.putTicks([tickAt(NOON + 5, { price: 12 })], [barAt(NOON + 5, 12)]);
    expect(await store.bars('NIFTY', '1m', ALL)).toMatchObject([{ high: 12, close: 12 }, { high: 11 }]);
  });
});

it('finds every row of a main.db again whose indexes lead elsewhere', async () => {
  await filled();
  const file = join(folder, 'main.db');
  const bytes = readFileSync(file);
  // The minute of a block in the index of blocks, in the six bytes of a large integer, and not in its row.
  const minute = Buffer.alloc(8);
  minute.writeBigInt64BE(BigInt(NOON));
  const places: number[] = [];
  for (let at = bytes.indexOf(minute.subarray(2)); at >= 0; at = bytes.indexOf(minute.subarray(2), at + 1)) {
    if (bytes.subarray(at - 5, at).toString('latin1') === 'NIFTY') places.push(at);
  }
  const found: (number[] | 'refused')[] = [];
  for (const at of places) {
    writeFileSync(file, bytes.with(at + 4, bytes[at + 4] ^ 1));
    const store = await createSqliteMarketStore({ folder });
    const [problem] = store.problems();
    if (/main\.db: .*index.*restore it.*kept as/.test(problem?.reason ?? '')) {
      const prices = store.ticks('NIFTY', ALL).then((ticks) => ticks.map(({ price }) => price));
      found.push(
        await prices.catch((error) => {
          expect(error).toMatchObject(damaged(/ticks of NIFTY of the minute/));
          return 'refused' as const;
        }),
      );
      expect(await store.bars('NIFTY', '1m', ALL)).toHaveLength(2);
    }
    await store.close();
    for (const name of readdirSync(folder)) if (name.startsWith('main.db')) rmSync(join(folder, name));
  }
  // Where the minute in the index is damaged nothing is lost; where that of the row is, its ticks are, which is said.
  expect(found).toContainEqual([10, 11]);
  for (const prices of found) expect([[10, 11], 'refused']).toContainEqual(prices);
});

describe('a day file that is damaged', () => {
  it.each([
    ['cut off', () => truncateSync(join(folder, TODAY), 20_000)],
    ['no database', () => writeFileSync(join(folder, TODAY), 'something else '.repeat(2000))],
  ])('(%s) does not keep the store from starting and serving the others', async (_, damage) => {
    await filled();
    damage();
    const store = await open();
    expect(store.problems()).toEqual([
      { reason: expect.stringMatching(/hot-20260819\.db: .*restore it.*import.*doctor/), working: true },
    ]);
    expect((await store.latest('NIFTY', EXPIRY))?.timestamp).toBe(NOON + DAY_MS + 1);
    await expect(store.asOf('NIFTY', EXPIRY, NOON + 1)).rejects.toMatchObject(damaged(/hot-20260819\.db/));
    await store.putSnapshots([storableChain({ timestamp: NOON + DAY_MS + 2, seq: 3 })]);
    expect((await store.latest('NIFTY', EXPIRY))?.seq).toBe(3);
  });

  it('without its write-ahead log serves what is in the file, and says that the end is missing', async () => {
    await filled();
    const store = await createSqliteMarketStore({ folder });
    await store.putSnapshots([storableChain({ timestamp: NOON + 2, seq: 3 })]);
    const withoutLog = readFileSync(join(folder, TODAY));
    await store.close();
    writeFileSync(join(folder, TODAY), withoutLog);
    const again = await open();
    expect(again.problems()).toEqual([
      {
        reason: expect.stringMatching(/hot-20260819\.db: .*write-ahead log is missing.*restore it/),
        working: true,
      },
    ]);
    expect((await again.asOf('NIFTY', EXPIRY, NOON + 1))?.seq).toBe(2);
    await expect(again.asOf('NIFTY', EXPIRY, NOON + 2)).rejects.toMatchObject(damaged(/is missing/));
    await again.putSnapshots([storableChain({ timestamp: NOON + 2, seq: 3 })]);
    expect((await again.asOf('NIFTY', EXPIRY, NOON + 2))?.seq).toBe(3);
  });

  it('is renamed when its day is written to, and nothing of it is lost', async () => {
    await filled();
    writeFileSync(join(folder, TODAY), 'something else '.repeat(2000));
    const store = await open();
    await store.putSnapshots([storableChain({ timestamp: NOON + 5, seq: 9 })]);
    expect((await store.asOf('NIFTY', EXPIRY, NOON + 5))?.seq).toBe(9);
    await expect(store.asOf('NIFTY', EXPIRY, NOON)).rejects.toMatchObject(damaged(/is missing/));
    const aside = readdirSync(folder).filter((name) => name.includes('.damaged-'));
    expect(aside).toHaveLength(1);
    expect(readFileSync(join(folder, aside[0]), 'latin1')).toContain('something else');
  });
});

describe('a data folder that is removed while it is open', () => {
  it('is noticed without a write, takes no more writes, and works on when it is back', async () => {
    await filled();
    const store = await open();
    renameSync(join(folder, 'main.db'), join(folder, 'elsewhere.db'));
    await expect
      .poll(() => store.problems(), { interval: 10 })
      .toMatchObject([
        { reason: expect.stringMatching(/main\.db: it was removed or replaced/), working: false },
      ]);
    await expect(store.putTicks([tickAt(NOON + 7)], [])).rejects.toMatchObject({
      code: 'store_failed',
      message: expect.stringMatching(/removed or replaced/),
    });
    renameSync(join(folder, 'elsewhere.db'), join(folder, 'main.db'));
    await store.putTicks([tickAt(NOON + 7)], []);
    await expect.poll(() => store.problems()).toEqual([]);
  });

  it('does not mind that the file of a past day is', async () => {
    await filled();
    const store = await open();
    await store.putSnapshots([storableChain({ timestamp: NOON + DAY_MS + 5, seq: 5 })]);
    expect((await store.latest('NIFTY', EXPIRY))?.seq).toBe(5);
    for (const suffix of ['', '-wal', '-shm']) rmSync(join(folder, TOMORROW + suffix), { force: true });
    await store.putSnapshots([storableChain({ timestamp: NOON + DAY_MS + 6, seq: 6 })]);
    expect((await store.latest('NIFTY', EXPIRY))?.seq).toBe(6);
    await store.close();
    const again = await open();
    expect((await again.latest('NIFTY', EXPIRY))?.seq).toBe(6);
  });
});

describe('a folder of schema version 1', () => {
  beforeEach(() => {
    for (const name of readdirSync(FIXTURE)) {
      writeFileSync(join(folder, name.replace('.gz', '')), gunzipSync(readFileSync(join(FIXTURE, name))));
    }
  });

  it('is read, brought up to date, and corrected by an import', async () => {
    const store = await open();
    const counts = { snapshots: 6, ticks: 3, bars: 1 };
    expect(await store.counts()).toMatchObject(counts);
    expect((await collect(store.snapshots('NIFTY', EXPIRY, ALL))).map(({ seq }) => seq)).toEqual([
      1, 2, 3, 4, 5, 6,
    ]);
    expect(await store.summaries('NIFTY', EXPIRY, ALL)).toHaveLength(6);
    expect((await store.ticks('NIFTY', ALL)).map(({ price }) => price)).toEqual([100, 101, 102]);
    expect(await store.bars('NIFTY', '1m', ALL)).toMatchObject([{ open: 100, high: 102, close: 102 }]);

    const version = { epoch: 'a.csv', generation: 1 };
    await store.putSnapshots([storableChain({ ...version, timestamp: NOON, seq: 77 })]);
    await store.putTicks([tickAt(NOON + 40_000, { ...version, price: 7 })], [barAt(NOON + 40_000, 7)]);
    await store.close();
    const again = await open();
    expect((await again.asOf('NIFTY', EXPIRY, NOON))?.seq).toBe(77);
    expect(await again.bars('NIFTY', '1m', ALL)).toMatchObject([{ open: 100, high: 101, low: 7, close: 7 }]);
    expect(await again.counts()).toMatchObject(counts);
    expect(await again.importCounts(1)).toMatchObject({ chains: { replaced: 1 }, ticks: { replaced: 1 } });
  });

  it('is read by a reader of its own before a writer has come', async () => {
    const { openSqliteMarketReader } = await import('./market-store-sqlite.ts');
    const reader = await openSqliteMarketReader(folder);
    expect(await reader.summaries('NIFTY', EXPIRY, ALL)).toHaveLength(6);
    expect(await reader.latestImport()).toBe(0);
    const store = await open();
    await store.putTicks([tickAt(NOON, { epoch: 'a', generation: 4 })], []);
    expect(await reader.latestImport()).toBe(4);
    await reader.close();
  });
});
