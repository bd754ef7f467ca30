import { mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { alertStoreContract } from '../../../ports/stores/alerts/alert-store.contract.ts';
import { alertRule, batch, firing, leased } from '../../../ports/stores/alerts/alert-store.fixture.ts';
import { createSqliteAlertStore } from './alert-store-sqlite.ts';

let folder: string;
let files = 0;
const newFile = () => join(folder, `alerts-${files++}.db`);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'alert-store-'));
});
afterAll(() => rm(folder, { recursive: true }));

alertStoreContract('sqlite', async () => {
  const file = newFile();
  return () => createSqliteAlertStore({ file });
});

describe('the file of the SQLite alert store', () => {
  it('is readable by its owner only, and so is its log', async () => {
    const file = newFile();
    const store = await createSqliteAlertStore({ file });
    await store.createRules([alertRule()], 1);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(`${file}-wal`)).mode & 0o777).toBe(0o600);
    await store.close();
  });

  it('carries its schema version, and one of a newer release is refused', async () => {
    const file = newFile();
    await (await createSqliteAlertStore({ file })).close();
    const database = new DatabaseSync(file);
    expect(database.prepare('PRAGMA user_version').get()).toEqual({ user_version: 1 });
    database.exec('PRAGMA user_version = 2');
    database.close();
    await expect(createSqliteAlertStore({ file })).rejects.toMatchObject({ code: 'newer_release' });
  });

  it('must be a database, not empty, and its log must be there', async () => {
    const file = newFile();
    await writeFile(file, 'not a database, but long enough to be looked at as one '.repeat(20));
    await expect(createSqliteAlertStore({ file })).rejects.toMatchObject({ code: 'data_folder_unusable' });
    await writeFile(file, '');
    await expect(createSqliteAlertStore({ file })).rejects.toMatchObject({
      code: 'data_folder_unusable',
      message: expect.stringMatching(/is empty.*restore.*remove alerts-\d+\.db to begin/),
    });
    const other = newFile();
    const store = await createSqliteAlertStore({ file: other });
    await store.createRules([alertRule()], 1);
    const withoutLog = await readFile(other);
    const mark = await readFile(`${other}.open`);
    await store.close();
    await writeFile(other, withoutLog);
    await writeFile(`${other}.open`, mark);
    await expect(createSqliteAlertStore({ file: other })).rejects.toMatchObject({
      code: 'data_folder_unusable',
      message: expect.stringMatching(/log is missing.*remove alerts-\d+\.db\.open/),
    });
  });

  it('fails once the file is removed, and works again when it is back', async () => {
    const file = newFile();
    const store = await createSqliteAlertStore({ file });
    await rename(file, `${file}.away`);
    await expect(store.rule('r1')).rejects.toMatchObject({
      code: 'store_failed',
      message: expect.stringMatching(/removed/),
    });
    await rename(`${file}.away`, file);
    expect(await store.rule('r1')).toBeNull();
    await store.close();
  });

  it('names itself and what to do where a page of it is damaged', async () => {
    const file = newFile();
    const before = await createSqliteAlertStore({ file });
    await before.createRules([alertRule()], 1);
    await before.close();
    const database = new DatabaseSync(file);
    const { rootpage } = database.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'rule'").get() as {
      rootpage: number;
    };
    const { page_size } = database.prepare('PRAGMA page_size').get() as { page_size: number };
    database.close();
    const bytes = await readFile(file);
    await writeFile(file, bytes.fill(0, (rootpage - 1) * page_size, rootpage * page_size));
    const store = await createSqliteAlertStore({ file });
    await expect(store.changesAfter(0, 10)).rejects.toMatchObject({
      code: 'stored_data_damaged',
      message: expect.stringMatching(/^alerts-\d+\.db: .*malformed; restore it from a backup/),
    });
    await store.close();
  });

  it('is written to by another thread when the one that did ends', async () => {
    const threads: Worker[] = [];
    const spawn = (...given: ConstructorParameters<typeof Worker>) => {
      threads.push(new Worker(...given));
      return threads[threads.length - 1];
    };
    const store = await createSqliteAlertStore({ file: newFile(), spawn });
    await store.createRules([alertRule()], 1);
    const lease = await leased(store);
    await threads[0].terminate();
    const commit = () => store.commit(lease, batch({ firings: [firing('f1')] })).catch(() => null);
    await expect.poll(commit).toMatchObject({ firings: [{ id: 'f1', seq: 1 }] });
    expect(threads).toHaveLength(2);
    await store.close();
  });
});
