import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { platform } from 'node:process';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import type { EnrichedChain } from '@deltastream/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLogger } from '../../../../kit/logging/log.ts';
import { EXPIRY, NOON, storableChain } from '../../../../ports/stores/market/market-store.fixture.ts';
import { ALL, collect, DAY_MS } from '../../../../ports/stores/market/market-store-stand.fixture.ts';
import { examineMarketFiles } from '../files/examine-files.ts';
import {
  createSqliteMarketStore,
  openSqliteMarketReader,
  type SqliteMarketStore,
  type SqliteMarketStoreOptions,
} from '../market-store-sqlite.ts';

const HOT = 'hot-20260819.db';
const DAY = 'day-20260819.db';
const MANY = 150; // More than two segments.
let folder: string;
const open: { close(): Promise<void> }[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sealing-'));
});
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
  rmSync(folder, { recursive: true, force: true });
});

async function openStore(options: Partial<SqliteMarketStoreOptions> = {}): Promise<SqliteMarketStore> {
  const store = await createSqliteMarketStore({ folder, sealPercent: 100, ...options });
  open.push(store);
  return store;
}

const names = () => readdirSync(folder).filter((name) => name.endsWith('.db'));
const chainAt = (i: number, given: Parameters<typeof storableChain>[0] = {}) =>
  storableChain({ timestamp: NOON + i * 5000, seq: i, ...given });
/** Puts the files of a fixture into the folder. */
function unpack(fixture: string): void {
  for (const name of readdirSync(fixture)) {
    writeFileSync(join(folder, name.replace('.gz', '')), gunzipSync(readFileSync(join(fixture, name))));
  }
}
/** Databases in the folder that this process has open. */
const openFiles = () =>
  readdirSync('/proc/self/fd')
    .flatMap((descriptor) => {
      try {
        return readlinkSync(join('/proc/self/fd', descriptor));
      } catch {
        return [];
      }
    })
    .filter((file) => file.startsWith(folder) && /\.db( |$)/.test(file));
const stored = (store: SqliteMarketStore) => collect(store.snapshots('NIFTY', EXPIRY, ALL));

async function filled(count = MANY): Promise<SqliteMarketStore> {
  const store = await openStore();
  await store.putSnapshots(Array.from({ length: count }, (_, i) => chainAt(i)));
  return store;
}

describe('a sealed day', () => {
  it('takes the place of its hot file, and reads the same, also from another process', async () => {
    const store = await filled();
    const before = await stored(store);
    const reader = await openSqliteMarketReader(folder);
    open.push(reader);
    expect(await reader.latest('NIFTY', EXPIRY)).toEqual(before.at(-1));
    const { counts } = { counts: await store.counts() };
    await store.sealAll();
    expect(names()).toEqual([DAY, 'main.db']);
    expect(await stored(store)).toEqual(before);
    expect(await collect(reader.snapshots('NIFTY', EXPIRY, ALL))).toEqual(before);
    expect(await store.counts()).toMatchObject({ snapshots: counts.snapshots, quotes: counts.quotes });
    await store.close();
    expect(await stored(await openStore())).toEqual(before);
  });

  it.runIf(platform === 'linux')('is sealed by a thread that yields to all others', async () => {
    /** Of each thread of this process; the lower, the sooner it runs. */
    const niceness = () =>
      readdirSync('/proc/self/task').map((thread) => {
        const [, fields] = readFileSync(`/proc/self/task/${thread}/stat`, 'utf8').split(') ');
        return Number(fields.split(' ')[16]);
      });
    const store = await filled();
    const before = Math.max(...niceness());
    expect(before).toBeLessThan(10);
    await store.sealAll();
    // It is kept for the next day.
    expect(niceness().filter((each) => each > before)).toEqual([10]);
  });

  it('takes late rows in a hot file, which replace what is sealed by their versions, and is sealed again', async () => {
    const store = await filled();
    await store.sealAll();
    await store.putSnapshots([
      chainAt(7, { seq: 6 }),
      chainAt(8, { seq: 800 }),
      chainAt(9, { epoch: 'a.csv', generation: 4, seq: 1 }),
      chainAt(10),
      chainAt(MANY),
    ]);
    expect(names()).toContain(HOT);
    const expected = Array.from({ length: MANY + 1 }, (_, i) => chainAt(i));
    expected[8] = chainAt(8, { seq: 800 });
    expected[9] = chainAt(9, { epoch: 'a.csv', generation: 4, seq: 1 });
    expect(await stored(store)).toEqual(expected);
    expect(await store.counts()).toMatchObject({ snapshots: MANY + 1 });
    expect(await store.importCounts(4)).toMatchObject({ chains: { replaced: 1 } });
    await store.sealAll();
    expect(names()).toEqual([DAY, 'main.db']);
    expect(await stored(store)).toEqual(expected);
    await store.putSnapshots([chainAt(9, { seq: 5000 })]);
    expect((await store.asOf('NIFTY', EXPIRY, NOON + 9 * 5000))?.epoch).toBe('a.csv');
  });

  it('keeps a hot file that was written to while it was sealed', async () => {
    const store = await filled();
    const sealing = store.sealAll();
    await store.putSnapshots([chainAt(MANY)]);
    await sealing;
    expect((await store.latest('NIFTY', EXPIRY))?.seq).toBe(MANY);
    await store.sealAll();
    expect(names()).toEqual([DAY, 'main.db']);
    expect(await stored(store)).toHaveLength(MANY + 1);
  });

  it('gives its summaries again when main.db is lost, late rows before sealed ones', async () => {
    const store = await filled(70);
    await store.sealAll();
    await store.putSnapshots([chainAt(3, { seq: 300 })]);
    const before = { summaries: await store.summaries('NIFTY', EXPIRY, ALL), chains: await stored(store) };
    await store.close();
    for (const name of readdirSync(folder)) if (name.startsWith('main.db')) rmSync(join(folder, name));
    const again = await openStore();
    expect(again.problems()).toMatchObject([
      { reason: expect.stringMatching(/main\.db was missing.*1 days/) },
    ]);
    expect(await again.summaries('NIFTY', EXPIRY, ALL)).toEqual(before.summaries);
    expect(await stored(again)).toEqual(before.chains);
    expect(await again.counts()).toMatchObject({ snapshots: 70 });
  });

  it('is read from both files when the process died before the hot one was removed', async () => {
    const store = await filled(70);
    await store.close();
    copyFileSync(join(folder, HOT), join(folder, 'kept'));
    const sealed = await openStore();
    await sealed.sealAll();
    await sealed.close();
    copyFileSync(join(folder, 'kept'), join(folder, HOT));
    const again = await openStore();
    expect(await stored(again)).toEqual(Array.from({ length: 70 }, (_, i) => chainAt(i)));
    expect(await again.counts()).toMatchObject({ snapshots: 70 });
    await again.sealAll();
    expect(names()).toEqual([DAY, 'main.db']);
  });

  it('that was being sealed when the process died leaves nothing: at a start, or once it is kept no longer', async () => {
    const store = await filled(3);
    await store.close();
    const partials = () => readdirSync(folder).filter((name) => name.endsWith('.partial'));
    const leave = () => writeFileSync(join(folder, `${DAY}.partial`), 'half a day');
    leave();
    const again = await openStore({ sealCheckMs: 10, keepSnapshots: 30 });
    expect(partials()).toEqual([]);
    leave();
    await again.putSnapshots([chainAt(4)]);
    await expect.poll(partials).toEqual([]);
    await expect.poll(names).toEqual(['main.db']);
  });

  it('of the first layout of segments is read for good, and sealed anew with late rows', async () => {
    unpack(join(import.meta.dirname, 'segment-1.fixture'));
    const expected = [0, 1, 2, 3].map((i) => chainAt(i));
    const said = (chains: readonly EnrichedChain[]) =>
      chains.map(({ summary, ...chain }) => ({ ...chain, pcr: summary.pcr_oi, spot: summary.spot_price }));
    const store = await openStore();
    expect(names()).toEqual([DAY, 'main.db']);
    expect(said(await stored(store))).toEqual(said(expected));
    await store.putSnapshots([chainAt(4)]);
    await store.sealAll();
    expect(names()).toEqual([DAY, 'main.db']);
    expect(said(await stored(store))).toEqual(said([...expected, chainAt(4)]));
  });

  it('of an older release is sealed like any other', async () => {
    unpack(join(import.meta.dirname, '..', 'schema-1.fixture'));
    const store = await openStore();
    const before = await stored(store);
    await store.sealAll();
    expect(names()).toEqual([DAY, 'day-20260820.db', 'main.db']);
    expect(await stored(store)).toEqual(before);
  });
});

describe('damage', () => {
  const alter = (file: string, sql: string) => {
    const database = new DatabaseSync(join(folder, file));
    expect(database.prepare(sql).run().changes).toBeGreaterThan(0);
    database.close();
  };
  const SPOILED = 'UPDATE seg SET data = CAST(substr(data, 1, 900) || zeroblob(9) AS BLOB) WHERE id = 1';

  it('of a segment is told with file and key, the others are read, and putting its rows again makes it good', async () => {
    const store = await filled();
    await store.sealAll();
    await store.close();
    alter(DAY, SPOILED);
    const again = await openStore();
    await expect(again.asOf('NIFTY', EXPIRY, NOON)).rejects.toMatchObject({
      code: 'stored_data_damaged',
      message: expect.stringMatching(
        /^day-20260819\.db: the segment of NIFTY 2026-08-25 that ends at .*checksum/,
      ),
    });
    expect((await again.latest('NIFTY', EXPIRY))?.seq).toBe(MANY - 1);
    await again.putSnapshots([chainAt(0)]);
    expect(await again.asOf('NIFTY', EXPIRY, NOON)).toEqual(chainAt(0));
    await expect(again.sealAll()).rejects.toMatchObject({ message: expect.stringContaining(DAY) });
    expect(again.problems()).toMatchObject([{ working: true, reason: expect.stringContaining(DAY) }]);
    expect(await again.asOf('NIFTY', EXPIRY, NOON)).toEqual(chainAt(0));
  });

  it('of a hot file that ends too early keeps the file: its day is sealed once, and named', async () => {
    await (await filled(5)).close();
    alter('main.db', 'UPDATE hot SET last_id = last_id + 1');
    const again = await openStore({ sealAfter: 1, sealCheckMs: 10, sealQuietMs: 1 });
    const reasons = () => again.problems().map(({ reason }) => reason);
    await expect
      .poll(reasons)
      .toContainEqual(expect.stringMatching(/2026-08-19 cannot be sealed: .*hot-20260819\.db.*stays/));
    expect(names()).toEqual([DAY, HOT, 'main.db']);
    const { ino } = statSync(join(folder, DAY));
    await sleep(100); // Ten checks.
    expect(statSync(join(folder, DAY)).ino).toBe(ino);
    expect(await again.metrics?.metrics()).toMatch(/_seal_failures_total 1$/m);
  });

  it('of a hot row keeps its day from being sealed, and nothing is lost', async () => {
    const store = await filled(5);
    await store.close();
    alter(HOT, 'UPDATE snap SET data = zeroblob(30) WHERE seq = 2');
    const again = await openStore();
    await expect(again.sealAll()).rejects.toMatchObject({ message: expect.stringContaining(HOT) });
    expect(names()).toEqual([HOT, 'main.db']);
    expect((await again.latest('NIFTY', EXPIRY))?.seq).toBe(4);
  });

  it('is found by the examination: a segment, a segment that is gone, a newer layout', async () => {
    const store = await filled();
    await store.sealAll();
    await store.close();
    const detail = () => examineMarketFiles(folder, { complete: true }).find(({ check }) => check === DAY);
    expect(detail()).toMatchObject({ ok: true, detail: expect.stringMatching(/3 seg, 1 manifest/) });
    const sound = readFileSync(join(folder, DAY));
    for (const [sql, found] of [
      [SPOILED, /1 of 3 rows of seg.*NIFTY 2026-08-25.*12:00:00\.000Z.*checksum/],
      ['UPDATE seg SET first_ts = first_ts + 1 WHERE id = 2', /seg.*other snapshots lie in its place/],
      ['DELETE FROM seg WHERE id = 2', /manifest.*3 segments were written, and 2 are there/],
      ['UPDATE seg SET data = CAST(zeroblob(1) || substr(data, 2) AS BLOB) WHERE id = 3', /layout/],
    ] as const) {
      alter(DAY, sql);
      expect(detail()).toMatchObject({ ok: false, detail: expect.stringMatching(found) });
      writeFileSync(join(folder, DAY), sound);
    }
  });
});

describe('in the background', () => {
  const soon = { sealAfter: 1, sealCheckMs: 10, sealQuietMs: 1 };

  it('seals days that are over, not the running one, and counts what it did', async () => {
    const store = await openStore(soon);
    const now = Date.now();
    await store.putSnapshots([chainAt(0), chainAt(1), storableChain({ timestamp: now })]);
    await expect.poll(names).toContain(DAY);
    await expect.poll(names).not.toContain(HOT);
    expect(names().filter((name) => name.startsWith('hot-')).length).toBeGreaterThan(0);
    const metrics = async () => store.metrics?.metrics();
    await expect.poll(metrics).toMatch(/deltastream_market_store_sealed_quotes_total 10$/m);
    const text = await metrics();
    expect(text).toMatch(/deltastream_market_store_sealed_days 1$/m);
    expect(text).toMatch(/deltastream_market_store_bytes\{kind="sealed"\} [1-9]/);
    expect((await store.latest('NIFTY', EXPIRY))?.timestamp).toBe(now);
  });

  it('seals nothing where it is switched off', async () => {
    const off = await openStore({ ...soon, sealAfter: 0 });
    await off.putSnapshots([chainAt(0)]);
    const other = mkdtempSync(join(tmpdir(), 'sealing-on-'));
    const on = await createSqliteMarketStore({ folder: other, ...soon });
    await on.putSnapshots([chainAt(0)]);
    await expect.poll(() => existsSync(join(other, DAY))).toBe(true);
    await on.close();
    rmSync(other, { recursive: true });
    expect(names()).toEqual([HOT, 'main.db']);
  });

  it('removes days that are kept no longer, sealed and hot; their summaries stay', async () => {
    const store = await filled(3);
    await store.sealAll();
    await store.putSnapshots([chainAt(5), chainAt(0, { timestamp: NOON + DAY_MS })]);
    const now = Date.now();
    await store.putSnapshots([storableChain({ timestamp: now, seq: 9 })]);
    await store.close();
    const kept = await openStore({ ...soon, sealAfter: 0, keepSnapshots: 30 });
    await expect.poll(() => names().filter((name) => /2026081|20260820/.test(name))).toEqual([]);
    expect((await stored(kept)).map(({ seq }) => seq)).toEqual([9]);
    expect(await kept.summaries('NIFTY', EXPIRY, ALL)).toHaveLength(6);
    await kept.close();
    expect(await stored(await openStore())).toHaveLength(1);
  });

  it.runIf(platform === 'linux')('gives the disk the room of removed days once another is read', async () => {
    const store = await filled(3);
    await store.sealAll();
    const [second, third] = [1, 2].map((days) => chainAt(0, { timestamp: NOON + days * DAY_MS }));
    await store.putSnapshots([second, third]);
    await store.close();
    const reader = await openSqliteMarketReader(folder);
    open.push(reader);
    const until = (toMs: number) => collect(reader.snapshots('NIFTY', EXPIRY, { ...ALL, toMs }));
    expect(await until(third.timestamp)).toHaveLength(4);

    const removed = () => openFiles().filter((file) => file.endsWith(' (deleted)'));
    for (const name of [DAY, 'hot-20260820.db']) rmSync(join(folder, name));
    expect(removed()).toHaveLength(2);
    expect(
      await collect(reader.snapshots('NIFTY', EXPIRY, { ...ALL, fromMs: third.timestamp })),
    ).toHaveLength(1);
    expect(removed()).toEqual([]);
  });

  it('keeps days that are old only by a clock that is far ahead, and says so', async () => {
    const store = await filled(3);
    await store.sealAll();
    await store.close();
    writeFileSync(join(folder, 'retention.json'), JSON.stringify({ at: NOON + DAY_MS, aheadForMs: 0 }));
    const said: string[] = [];
    const logger = createLogger('info', { write: (line) => said.push(JSON.parse(line).event) });
    const kept = await openStore({ ...soon, keepSnapshots: 30, logger });
    await expect.poll(() => said).toContain('retention_clock_ahead');
    await kept.sealAll();
    expect(names()).toEqual([DAY, 'main.db']);
    expect(said).not.toContain('sealed_day_removed');
  });
});
