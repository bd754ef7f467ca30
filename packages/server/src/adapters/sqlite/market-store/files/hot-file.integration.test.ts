import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createChainHeadCodec } from '@deltastream/contracts/codec';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createChainBlobCodec } from '../../../../codec/chain-blob.ts';
import { NOON, storableChain } from '../../../../ports/stores/market/market-store.fixture.ts';
import { createHotFile, HOT_PAGE_BYTES } from './hot-file.ts';
import { HOT_SCHEMA } from './schemas.ts';
import { openStoreFile } from './store-file.ts';

const { expiry, product } = storableChain();
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hot-file-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = () => {
  const file = join(folder, 'hot-20260819.db');
  const settings = { pageBytes: HOT_PAGE_BYTES, synchronous: 'normal', busyTimeoutMs: 1000 } as const;
  return createHotFile(file, openStoreFile({ file, schema: HOT_SCHEMA, ...settings }));
};
const row = () => {
  const blob = createChainBlobCodec().encode(storableChain());
  return { blob, head: createChainHeadCodec().decode(blob) };
};

it('completes a sync that is under way when it is closed', async () => {
  const hot = open();
  expect(hot.put([row()])).toEqual(['new']);
  const synced = hot.sync();
  hot.close();
  await expect(synced).resolves.toBeUndefined();
  const again = open();
  expect(again.holds({ product, expiry }, NOON)).toBe(true);
  await expect(again.sync()).resolves.toBeUndefined();
  again.close();
});

it('refuses to call durable what is not in a log any more, and names the file', async () => {
  const hot = open();
  hot.put([row()]);
  rmSync(join(folder, 'hot-20260819.db-wal'));
  const refused = { name: 'StoreFileError', file: join(folder, 'hot-20260819.db') };
  await expect(hot.sync()).rejects.toMatchObject(refused);
  expect(() => hot.syncNow()).toThrow(expect.objectContaining(refused));
  hot.close();
});
