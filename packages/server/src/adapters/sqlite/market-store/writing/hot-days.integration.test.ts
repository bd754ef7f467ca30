import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createChainHeadCodec } from '@deltastream/contracts/codec';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createChainBlobCodec } from '../../../../codec/chain-blob.ts';
import { NOON, storableChain } from '../../../../ports/stores/market/market-store.fixture.ts';
import { dayOf, hotFile } from '../files/files.ts';
import { MAIN_SCHEMA } from '../files/schemas.ts';
import { openStoreFile } from '../files/store-file.ts';
import { createMainFile } from '../main/main-file.ts';
import { MAIN_PAGE_BYTES } from '../main/main-schema.ts';
import { createSealedDays } from '../sealing/sealed-days.ts';
import { createDamageNotes } from './damage-notes.ts';
import { createHotDays } from './hot-days.ts';

const DAY = dayOf(NOON);
let folder: string;
const close: (() => void)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hot-days-'));
});
afterEach(() => {
  for (const each of close.splice(0)) each();
  rmSync(folder, { recursive: true });
});

/** Hot files of a disk that fails to sync, as often as there are failures. */
function openOn(failures: Error[]) {
  const options = { synchronous: 'full', busyTimeoutMs: 50 } as const;
  const file = join(folder, 'main.db');
  const main = createMainFile(
    file,
    openStoreFile({ file, schema: MAIN_SCHEMA, pageBytes: MAIN_PAGE_BYTES, ...options }),
  );
  const limits = { maxOpenDays: 1, checkpointBytes: 1e9, checkBytes: 0, checkDayBytes: 0 };
  const settings = { folder, ...options, ...limits };
  const sealed = createSealedDays(settings);
  const sync = async () => {
    const failure = failures.shift();
    if (failure !== undefined) throw failure;
  };
  const hot = createHotDays(settings, sealed, () => main, createDamageNotes(folder), sync);
  close.push(hot.close, sealed.close, main.close);
  return hot;
}
const row = (seq: number) => {
  const blob = createChainBlobCodec().encode(storableChain({ timestamp: NOON + seq, seq }));
  return { blob, head: createChainHeadCodec().decode(blob) };
};
/** Rows of the file alone, as after the loss of a log. */
function rowsWithoutLog(): number {
  const copy = join(folder, 'copy.db');
  copyFileSync(hotFile(folder, DAY), copy);
  const database = new DatabaseSync(copy);
  const tables = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'snap'").all();
  const rows = tables.length === 0 ? [] : database.prepare('SELECT 1 FROM snap').all();
  database.close();
  return rows.length;
}

it('writes anew what a failed sync left in doubt, also once its file was closed', async () => {
  const failure = new Error('input/output error');
  const hot = openOn([failure]);
  hot.put(DAY, [row(1)]);
  const reader = new DatabaseSync(hotFile(folder, DAY), { readOnly: true });
  reader.exec('BEGIN; SELECT count(*) FROM snap');
  hot.put(DAY, [row(2)]);
  await expect(hot.sync(DAY)).rejects.toMatchObject({ name: 'StoreFileError', cause: failure });
  // Another day takes its place among the open files, of which the reader keeps the log.
  hot.of(DAY + 1);

  expect(() => hot.syncNow(DAY)).toThrow(/it is being read/);
  await expect(hot.sync(DAY)).rejects.toThrow(/it is being read/);
  reader.exec('COMMIT');
  await hot.sync(DAY);
  expect(rowsWithoutLog()).toBe(2);
  reader.close();
});

it('writes anew what is there when it is told that it is in doubt', () => {
  const hot = openOn([]);
  hot.put(DAY, [row(1)]);
  hot.syncNow(DAY);
  expect(rowsWithoutLog()).toBe(0);
  hot.distrust(DAY, true);
  hot.syncNow(DAY);
  expect(rowsWithoutLog()).toBe(1);
});
