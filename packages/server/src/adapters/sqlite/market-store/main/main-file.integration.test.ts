import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createChainHeadCodec } from '@deltastream/contracts/codec';
import { expect, it } from 'vitest';
import { createChainBlobCodec } from '../../../../codec/chain-blob.ts';
import { NOON, storableChain } from '../../../../ports/stores/market/market-store.fixture.ts';
import { dayOf } from '../files/files.ts';
import { MAIN_SCHEMA } from '../files/schemas.ts';
import { openStoreFile } from '../files/store-file.ts';
import { createMainFile } from './main-file.ts';
import { MAIN_PAGE_BYTES } from './main-schema.ts';

it('commits a batch once its snapshots are durable, and keeps nothing of it where they are not', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'main-file-'));
  const file = join(folder, 'main.db');
  const settings = { synchronous: 'full', busyTimeoutMs: 1000 } as const;
  const database = openStoreFile({ file, schema: MAIN_SCHEMA, pageBytes: MAIN_PAGE_BYTES, ...settings });
  const main = createMainFile(file, database);
  const head = createChainHeadCodec().decode(createChainBlobCodec().encode(storableChain()));
  const day = dayOf(NOON);
  const lastIds = new Map([[day, 1]]);
  const batch = { heads: [{ head, outcome: 'new' as const }], lastIds, ticks: [], bars: [], figures: [] };
  const stored = () => Number(database.prepare('SELECT count(*) AS rows FROM summary').get()?.rows);

  const failed = new Error('the disk failed');
  await expect(main.commitAfter(batch, Promise.reject(failed))).rejects.toBe(failed);
  expect([stored(), main.lastId(day), database.isTransaction]).toEqual([0, 0, false]);

  const durable = Promise.withResolvers<void>();
  const committed = main.commitAfter(batch, durable.promise);
  await Promise.resolve();
  expect(database.isTransaction).toBe(true);
  durable.resolve();
  await committed;
  expect([stored(), main.lastId(day), database.isTransaction]).toEqual([1, 1, false]);

  main.close();
  rmSync(folder, { recursive: true });
});
