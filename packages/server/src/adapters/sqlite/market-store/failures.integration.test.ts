import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EXPIRY, NOON, storableChain, tickAt } from '../../../ports/stores/market/market-store.fixture.ts';
import type { MarketStore } from '../../../ports/stores/market/market-store.ts';
import { createSqliteMarketStore, openSqliteMarketReader } from './market-store-sqlite.ts';

const HOT = 'hot-20260819.db';
const ALL = { fromMs: 0, toMs: 8.64e15, limit: 10_000 };
let folder: string;
const stores: { close(): Promise<void> }[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'market-store-failures-'));
});
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
  rmSync(folder, { recursive: true, force: true });
});

async function open(): Promise<MarketStore> {
  const store = await createSqliteMarketStore({ folder });
  stores.push(store);
  return store;
}

async function openReader() {
  const reader = await openSqliteMarketReader(folder);
  stores.push(reader);
  return reader;
}

/** Stores two snapshots and closes. */
async function filled(): Promise<void> {
  const store = await createSqliteMarketStore({ folder });
  await store.putSnapshots([storableChain(), storableChain({ timestamp: NOON + 1, seq: 2 })]);
  await store.close();
}

describe('a folder that cannot be used', () => {
  const refused = (file: string, reason: RegExp, code = 'data_folder_unusable') =>
    expect(createSqliteMarketStore({ folder })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(new RegExp(`${file}.*${reason.source}`)),
    });

  it('begins anew beside a main.db that is not a database, and keeps it', async () => {
    writeFileSync(join(folder, 'main.db'), 'PK\x03\x04 this is something else '.repeat(100));
    const store = await open();
    expect(store.problems()).toEqual([
      {
        reason: expect.stringMatching(/main\.db: .*not a database.*kept as main\.db\.damaged-/),
        working: true,
      },
    ]);
    const [aside] = readdirSync(folder).filter((name) => name.includes('.damaged-'));
    expect(readFileSync(join(folder, aside), 'latin1')).toContain('this is something else');
  });

  it('names main.db when it is a database of something else, and leaves it as it is', async () => {
    const foreign = new DatabaseSync(join(folder, 'main.db'));
    foreign.exec('CREATE TABLE bookmark (url TEXT)');
    foreign.close();
    const before = readFileSync(join(folder, 'main.db'));
    await refused('main.db', /something else/);
    expect(readFileSync(join(folder, 'main.db'))).toEqual(before);
  });

  it.each(['main.db', HOT])('names %s of a newer release, and touches nothing', async (file) => {
    await filled();
    const newer = new DatabaseSync(join(folder, file));
    newer.exec('PRAGMA user_version = 99');
    newer.close();
    const before = readFileSync(join(folder, file));
    await refused(file, /version is 99.*upgrade/, 'newer_release');
    expect(readFileSync(join(folder, file))).toEqual(before);
  });

  it('names a file that is a folder', async () => {
    mkdirSync(join(folder, 'main.db'));
    await refused('main.db', /./);
  });

  it.skipIf(process.getuid?.() === 0)('names a file it may not write to', async () => {
    await filled();
    chmodSync(join(folder, 'main.db'), 0o400);
    await refused('main.db', /readonly/);
  });

  it('says so when there is no folder to read, or a file in its place', async () => {
    await expect(openSqliteMarketReader(join(folder, 'none'))).rejects.toMatchObject({
      code: 'data_folder_unusable',
    });
    writeFileSync(join(folder, 'file'), '');
    await expect(createSqliteMarketStore({ folder: join(folder, 'file') })).rejects.toMatchObject({
      code: 'data_folder_unusable',
    });
  });
});

describe('a reader of its own', () => {
  it('of an empty folder holds nothing, and sees what a writer puts there later', async () => {
    const reader = await openReader();
    expect(await reader.products()).toEqual([]);
    expect(await reader.counts()).toEqual({ snapshots: 0, quotes: 0, ticks: 0, bars: 0, bytes: 0 });
    const store = await open();
    await store.putSnapshots([storableChain()]);
    expect(await reader.latest('NIFTY', EXPIRY)).toEqual(storableChain());
    await store.putTicks([tickAt(NOON)], []);
    expect(await reader.latestTick('NIFTY')).toEqual(tickAt(NOON));
  });

  it('reads on after the writer has gone', async () => {
    await filled();
    const reader = await openReader();
    expect((await reader.latest('NIFTY', EXPIRY))?.seq).toBe(2);
  });
});

describe('what a crash leaves between its two commits', () => {
  const withMain = (work: (main: DatabaseSync) => void) => {
    const main = new DatabaseSync(join(folder, 'main.db'));
    work(main);
    main.close();
  };

  it('gets its summaries when it is opened again', async () => {
    await filled();
    withMain((main) => {
      main.exec('UPDATE hot SET last_id = 1; DELETE FROM summary WHERE ts > (SELECT min(ts) FROM summary)');
      main.exec('UPDATE total SET snapshots = 1, quotes = 5');
    });
    const store = await open();
    expect(await store.latest('NIFTY', EXPIRY)).toEqual(storableChain({ timestamp: NOON + 1, seq: 2 }));
    expect(await store.counts()).toMatchObject({ snapshots: 2, quotes: 10 });
  });

  it('is not seen by readers before that', async () => {
    await filled();
    withMain((main) => main.exec('DELETE FROM summary WHERE ts > (SELECT min(ts) FROM summary)'));
    const reader = await openReader();
    expect((await reader.latest('NIFTY', EXPIRY))?.seq).toBe(1);
  });

  it.each([
    ['lost', (main: string) => rmSync(main)],
    ['empty', (main: string) => truncateSync(main)],
  ])('is everything, when main.db is %s', async (_how, lose) => {
    await filled();
    lose(join(folder, 'main.db'));
    const store = await open();
    expect(store.problems()).toEqual([
      { reason: expect.stringMatching(/main\.db was missing.*ticks and bars.*restore it/), working: true },
    ]);
    expect(await store.summaries('NIFTY', EXPIRY, ALL)).toHaveLength(2);
    expect(await store.expiries('NIFTY')).toMatchObject([{ firstTimestamp: NOON, lastTimestamp: NOON + 1 }]);
  });
});

it('resolves with null for a snapshot whose file was removed, and goes on with the others', async () => {
  await filled();
  const store = await open();
  await store.putSnapshots([storableChain({ timestamp: NOON + 86_400_000, seq: 3 })]);
  await store.close();
  rmSync(join(folder, HOT));
  const again = await open();
  expect(await again.asOf('NIFTY', EXPIRY, NOON)).toBeNull();
  expect((await again.latest('NIFTY', EXPIRY))?.seq).toBe(3);
  expect(await again.summaries('NIFTY', EXPIRY, ALL)).toHaveLength(3);
  const seen: number[] = [];
  for await (const chain of again.snapshots('NIFTY', EXPIRY, ALL)) seen.push(chain.seq);
  expect(seen).toEqual([3]);
});
