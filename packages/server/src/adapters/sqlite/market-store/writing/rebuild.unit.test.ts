import { expect, it } from 'vitest';
import { createChainBlobCodec } from '../../../../codec/chain-blob.ts';
import { NOON, storableChain } from '../../../../ports/stores/market/market-store.fixture.ts';
import type { MainBatch, MainFile } from '../main/main-file.ts';
import { ALL_SEGMENTS, type RebuiltDay } from '../main/rebuild-table.ts';
import type { SealedDays } from '../sealing/sealed-days.ts';
import type { HotDays } from './hot-days.ts';
import { createRebuild } from './rebuild.ts';

const DAY = Math.floor(NOON / 86_400_000);

it('leaves a snapshot of a sealed day out that is malformed, says which, and goes on with the others', () => {
  const blobs = [0, 1].map((i) => createChainBlobCodec().encode(storableChain({ timestamp: NOON + i })));
  blobs[0] = blobs[0].slice(0, 3);
  const row: RebuiltDay = { day: DAY, segment: 0, row: 0, counts: true };
  const committed: MainBatch[] = [];
  const notes: string[] = [];
  const segment = { timestamps: [NOON, NOON + 1], head: () => null, blob: (i: number) => blobs[i] };
  const sealed = {
    has: () => true,
    *segments(_day: number, _damaged: unknown, after: number) {
      if (after < 7) yield { id: 7, segment };
    },
  } as unknown as SealedDays;
  let next: RebuiltDay = row;
  const main = {
    commit(batch: MainBatch) {
      committed.push(batch);
      next = batch.rebuilt ?? next;
    },
    rebuild: { next: () => next, left: () => 1, has: () => true, remove: () => undefined },
  } as unknown as MainFile;
  const rebuild = createRebuild('/nowhere', {} as HotDays, sealed, () => main, {
    ofDay: (_day: number, reason: string) => void notes.push(reason),
  } as Parameters<typeof createRebuild>[4]);
  expect(rebuild.step()).toBe(true);
  expect(committed.map(({ heads }) => heads.map(({ head }) => head.chain.timestamp))).toEqual([[NOON + 1]]);
  expect(next.segment).toBe(7);
  expect(notes).toEqual([
    expect.stringMatching(/^day-20260819.db: segment 7: the snapshot at 2026-08-19T12:00:00/),
  ]);
  rebuild.step();
  expect(next.segment).toBe(ALL_SEGMENTS);
});
