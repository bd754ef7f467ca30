import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { NOON, storableChain } from '../../../../ports/stores/market/market-store.fixture.ts';
import { DAY_MS } from '../../../../ports/stores/market/market-store-stand.fixture.ts';
import {
  createSqliteMarketStore,
  type SqliteMarketStore,
  type SqliteMarketStoreOptions,
} from '../market-store-sqlite.ts';
import { compareMarketFiles } from './compare-files.ts';

const SNAPSHOTS = 3;
let folder: string;
let store: SqliteMarketStore;
const open = async (options: Partial<SqliteMarketStoreOptions> = {}) => {
  store = await createSqliteMarketStore({ folder, sealPercent: 100, ...options });
};
/** Two days of as many snapshots. */
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'compare-files-'));
  await open();
  const times = Array.from({ length: 2 * SNAPSHOTS }, (_, i) => NOON + (i % 2) * DAY_MS + i);
  await store.putSnapshots(times.map((timestamp, seq) => storableChain({ timestamp, seq })));
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const compared = (isBackup = false) => compareMarketFiles(folder, 1000, isBackup);
const HELD = '3 snapshots of NIFTY 2026-08-25 from 2026-08-19T12:00:00.000Z to 2026-08-19T12:00:00.004Z';
const LOST = [
  expect.stringMatching(/^hot-20260819\.db: it is missing, and so is day-20260819\.db: restore it.*import/),
];

it.each(['hot', 'day'])(
  'names a day whose %s file is lost, and what it held, also after the next start',
  async (kind) => {
    if (kind === 'day') await store.sealAll();
    await store.close();
    expect(compared()).toEqual([]);
    rmSync(join(folder, `${kind}-20260819.db`));
    expect(compared()).toEqual(LOST);
    expect(compared()[0]).toContain(HELD);
    // Retention may have removed it while the backup was made.
    expect(compared(true)).toEqual([]);
    await open();
    expect(compared()).toEqual(LOST);
  },
);

it('names a sealed day that is lost when main.db was lost before', async () => {
  await store.sealAll();
  await store.close();
  rmSync(join(folder, 'main.db'));
  await open();
  expect(compared()).toEqual([]);
  rmSync(join(folder, 'day-20260819.db'));
  expect(compared()).toEqual(LOST);
});

it('counts sealed snapshots and the late ones that are in no segment', async () => {
  await store.sealAll();
  await store.putSnapshots([
    storableChain({ timestamp: NOON, seq: 90 }),
    storableChain({ timestamp: NOON + 100, seq: 91 }),
  ]);
  expect(compared()).toEqual([]);
  await store.close();
  const alter = (file: string, sql: string) => {
    const database = new DatabaseSync(join(folder, file));
    expect(database.prepare(sql).run().changes).toBeGreaterThan(0);
    database.close();
  };
  alter('day-20260819.db', 'DELETE FROM seg');
  alter('main.db', `DELETE FROM summary WHERE ts = ${NOON + DAY_MS + 1}`);
  const ofDays = compared().filter((line) => !line.startsWith('main.db'));
  expect(ofDays).toEqual([
    'day-20260819.db: 2 snapshots of NIFTY 2026-08-25 are missing, of which there are figures',
    'day-20260820.db: 1 snapshots of NIFTY 2026-08-25 have no figures in main.db',
  ]);
  await open();
});

it('misses no day that retention removed, nor one that was lost before', async () => {
  await store.sealAll();
  await store.putSnapshots([storableChain({ timestamp: NOON + 100, seq: 9 })]);
  await store.close();
  rmSync(join(folder, 'hot-20260819.db'));
  rmSync(join(folder, 'day-20260819.db'));
  expect(compared()).toEqual(LOST);
  await open({ keepSnapshots: 30, sealCheckMs: 10 });
  await expect.poll(() => compared()).toEqual([]);
});
