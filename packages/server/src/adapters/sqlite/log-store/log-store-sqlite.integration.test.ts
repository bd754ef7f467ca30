import { mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { logStoreContract } from '../../../ports/stores/log-store.contract.ts';
import { type LogEntry, NO_CONTEXT } from '../../../ports/stores/log-store.ts';
import { createSqliteLogStore } from './log-store-sqlite.ts';

let folder: string;
let files = 0;
const newFile = () => join(folder, `logs-${files++}.db`);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'log-store-'));
});
afterAll(() => rm(folder, { recursive: true }));

logStoreContract('sqlite', async (maxRows) => {
  const file = newFile();
  const store = await createSqliteLogStore({ file, maxRows });
  const reopen = async () => {
    await store.close();
    return createSqliteLogStore({ file, maxRows });
  };
  return { store, reopen };
});

const entries = (count: number): LogEntry[] =>
  Array.from({ length: count }, (_, i) => ({
    timestamp: i,
    level: 'info',
    service: 'enricher',
    message: 'chain enriched',
    ...NO_CONTEXT,
    product: 'NIFTY',
    fields: { expiry: '2026-08-25', strikes: 200, duration_us: i },
  }));

describe('the SQLite log store', () => {
  it('is readable by its owner only', async () => {
    const file = newFile();
    const store = await createSqliteLogStore({ file });
    await store.append(entries(1));
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await store.close();
  });

  it('says which file cannot be opened', async () => {
    const file = join(folder, 'none', 'l.db');
    await expect(createSqliteLogStore({ file })).rejects.toMatchObject({
      code: 'data_folder_unusable',
      message: expect.stringContaining(file),
    });
  });

  it.each([
    ['page', 100],
    ['header', 0],
  ])('keeps a file with a damaged %s under another name, and begins anew', async (_what, from) => {
    const file = newFile();
    const before = await createSqliteLogStore({ file });
    await before.append(entries(3));
    await before.close();
    const bytes = await readFile(file);
    await writeFile(file, bytes.fill(0xff, from, from + 100));
    const store = await createSqliteLogStore({ file });
    await store.append(entries(1));
    const [, first] = await store.query({ limit: 10 });
    expect(first).toMatchObject({
      level: 'error',
      message: expect.stringMatching(/^logs-\d+\.db was damaged \(.*kept as logs-\d+\.db\.damaged-.*audit/),
    });
    await store.close();
    const aside = (await readdir(folder)).filter((name) => name.startsWith(`${basename(file)}.damaged-`));
    expect(aside).toHaveLength(1);
    expect(await readFile(join(folder, aside[0]))).toEqual(bytes);
  });

  it('says that a file was emptied', async () => {
    const file = newFile();
    await writeFile(file, '');
    const store = await createSqliteLogStore({ file });
    expect(await store.query({ limit: 10 })).toMatchObject([{ message: expect.stringMatching(/was empty/) }]);
    await store.close();
  });

  it('keeps nothing in a file that was removed', async () => {
    const file = newFile();
    const store = await createSqliteLogStore({ file });
    await store.append(entries(1));
    await rename(file, `${file}.away`);
    await expect(store.append(entries(1))).rejects.toMatchObject({
      code: 'store_failed',
      message: expect.stringMatching(/logs-\d+\.db was removed or replaced/),
    });
    await rename(`${file}.away`, file);
    await store.append(entries(1));
    expect(await store.query({ limit: 10 })).toHaveLength(2);
    await store.close();
  });

  it('bounds the requests that wait', async () => {
    const store = await createSqliteLogStore({ file: newFile() });
    const asked = await Promise.allSettled(Array.from({ length: 300 }, () => store.append(entries(1))));
    const refused = asked.filter((each) => each.status === 'rejected');
    expect(refused).toHaveLength(300 - 256);
    expect(refused[0].reason).toMatchObject({ code: 'unavailable' });
    expect(await store.query({ limit: 1000 })).toHaveLength(256);
    await store.close();
  });

  it('leaves the event loop free while 20 batches of 1,000 entries are written', async () => {
    const store = await createSqliteLogStore({ file: newFile(), maxRows: 5000 });
    const batch = entries(1000);
    await store.append(batch);
    let turns = 0;
    let writing = true;
    const turn = () => {
      turns += 1;
      if (writing) setImmediate(turn);
    };
    turn();
    for (let i = 0; i < 20; i++) await store.append(batch);
    writing = false;
    expect(turns).toBeGreaterThan(200);
    expect(await store.query({ limit: 10_000 })).toHaveLength(5000);
    await store.close();
  });
});
