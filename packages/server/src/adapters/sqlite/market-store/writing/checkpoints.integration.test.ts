import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createChainBlobCodec } from '../../../../codec/chain-blob.ts';
import { NOON, storableChain } from '../../../../ports/stores/market/market-store.fixture.ts';
import { startThread } from '../../supervised-thread.ts';
import { HOT_PAGE_BYTES } from '../files/hot-file.ts';
import { HOT_SCHEMA } from '../files/schemas.ts';
import { openStoreFile } from '../files/store-file.ts';
import type { CheckpointRequest } from '../messages.ts';
import type { CheckpointSettings } from './checkpoint-worker.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'checkpoints-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Frames of the log of a file that was written to, before and after its checkpoint. */
async function framesAround(checkpointBytes: number): Promise<[before: number, after: number]> {
  const file = join(folder, 'hot-20260819.db');
  const options = { pageBytes: HOT_PAGE_BYTES, synchronous: 'normal', busyTimeoutMs: 1000 } as const;
  const database = openStoreFile({ file, schema: HOT_SCHEMA, ...options });
  const insert = database.prepare('INSERT INTO snap (chain, ts, epoch, seq, data) VALUES (1, ?, ?, ?, ?)');
  const blob = createChainBlobCodec().encode(storableChain());
  for (let seq = 0; seq < 20; seq++) insert.run(NOON + seq, 'e', seq, blob);
  const frames = () => Number(database.prepare('PRAGMA wal_checkpoint(NOOP)').get()?.log);
  const before = frames();

  const checkpointer = await startThread({
    script: new URL('./checkpoint-worker.ts', import.meta.url),
    name: 'the checkpointer',
    settings: { busyTimeoutMs: 1000, checkpointBytes } satisfies CheckpointSettings,
  });
  await checkpointer.ask({ kind: 'checkpoint', files: [file] } satisfies CheckpointRequest);
  const after = frames();
  await checkpointer.close(10_000);
  database.close();
  return [before, after];
}

it('lets a log start again once it is much longer than it should be, though it was moved completely', async () => {
  const [before, after] = await framesAround(HOT_PAGE_BYTES);
  expect(before).toBeGreaterThan(4);
  expect(after).toBe(0);
});

it('does not hold up the writer for one that is shorter', async () => {
  const [before, after] = await framesAround(1_000 * HOT_PAGE_BYTES);
  expect(after).toBe(before);
});
