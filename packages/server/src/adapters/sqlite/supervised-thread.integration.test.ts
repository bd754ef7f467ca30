import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { collectEverywhere } from '../../kit/lifecycle/collect-garbage.ts';
import { createLogger } from '../../kit/logging/log.ts';
import { NO_CONTEXT } from '../../ports/stores/logs/log-store.ts';
import { EXPIRY, NOON, storableChain } from '../../ports/stores/market/market-store.fixture.ts';
import { ALL } from '../../ports/stores/market/market-store-stand.fixture.ts';
import { createFileLogStore } from '../log-files/log-store-files.ts';
import { createSqliteMarketStore } from './market-store/market-store-sqlite.ts';
import type { SpawnThread } from './supervised-thread.ts';

let folder: string;
/** The threads that were started, by the name of their script, the newest last. */
const threads: { script: string; worker: Worker; opened: Promise<unknown> }[] = [];
const spawn: SpawnThread = (script, options) => {
  const worker = new Worker(script, options);
  threads.push({ script: script.pathname.split('/').at(-1) ?? '', worker, opened: once(worker, 'message') });
  return worker;
};
const kill = async (script: string) => {
  await threads.findLast((each) => each.script === script)?.worker.terminate();
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'threads-'));
  threads.length = 0;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Tries again as the storage service does. */
async function untilStored(put: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await put();
    } catch (error) {
      expect(error).toMatchObject({ code: 'store_failed' });
      if (tries > 500) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

it('threads that are asked for their memory return what opening took, and work on', async () => {
  const store = await createSqliteMarketStore({ folder, spawn });
  expect(threads).toHaveLength(1);
  await store.counts();
  const heapBytes = async () => {
    const heaps = await Promise.all(threads.map(({ worker }) => worker.getHeapStatistics()));
    return heaps.map(({ total_heap_size }) => total_heap_size);
  };
  const before = await heapBytes();
  await collectEverywhere();
  const after = await heapBytes();
  expect(before).toHaveLength(2);
  for (const [i, bytes] of after.entries()) expect(bytes).toBeLessThan(before[i]);
  await store.putSnapshots([storableChain()]);
  expect(await store.counts()).toMatchObject({ snapshots: 1 });
  await store.close();
  // Of closed threads there is nothing to ask.
  await collectEverywhere();
});

describe('a thread of a store that ends', () => {
  it('rejects what it was asked with an error that may be tried again', async () => {
    const store = await createSqliteMarketStore({ folder, spawn });
    const put = store.putSnapshots([storableChain()]);
    const [outcome] = await Promise.allSettled([put, kill('writer-worker.ts')]);
    if (outcome.status === 'rejected') {
      expect(outcome.reason).toMatchObject({ code: 'store_failed', permanent: false });
    }
    await expect(store.putSnapshots([storableChain()])).rejects.toMatchObject({ code: 'store_failed' });
    await untilStored(() => store.putSnapshots([storableChain()]));
    expect(await store.counts()).toMatchObject({ snapshots: 1 });
    await store.close();
  });

  it.each(['writer-worker.ts', 'reader-worker.ts', 'checkpoint-worker.ts'])(
    '(%s) is noticed, named, and replaced; what was acknowledged is there',
    async (script) => {
      const logged: string[] = [];
      const logger = createLogger('debug', { write: (line) => void logged.push(line) });
      const store = await createSqliteMarketStore({ folder, spawn, logger, checkpointBytes: 0 });
      await store.putSnapshots([storableChain({ seq: 0 })]);
      // The first request starts the reader.
      expect(await store.counts()).toMatchObject({ snapshots: 1 });
      await expect.poll(() => threads.map((each) => each.script)).toContain(script);
      await threads.findLast((each) => each.script === script)?.opened;
      await kill(script);
      expect(store.problems()).toMatchObject([
        { reason: expect.stringMatching(/ended unexpectedly/), working: false },
      ]);
      await expect.poll(() => store.problems()).toEqual([]);
      await untilStored(() => store.putSnapshots([storableChain({ timestamp: NOON + 1, seq: 1 })]));
      expect((await store.latest('NIFTY', EXPIRY))?.seq).toBe(1);
      expect(await store.counts()).toMatchObject({ snapshots: 2 });
      expect(logged.filter((each) => /ended unexpectedly/.test(each))).toHaveLength(1);
      expect(logged.filter((each) => /works again/.test(each))).toHaveLength(1);
      await store.close();
    },
  );

  it('is there for checkpoints from when a log is long, and is ended with the store', async () => {
    const started = () => threads.filter((each) => each.script === 'checkpoint-worker.ts');
    const short = await createSqliteMarketStore({ folder, spawn });
    await short.putSnapshots([storableChain({ seq: 0 })]);
    await short.close();
    expect(threads).toHaveLength(1);
    expect(started()).toEqual([]);

    const store = await createSqliteMarketStore({ folder, spawn, checkpointBytes: 0 });
    for (let seq = 1; seq <= 20; seq++) {
      await store.putSnapshots([storableChain({ timestamp: NOON + seq, seq })]);
    }
    await expect.poll(started).toHaveLength(1);
    const ended = once(started()[0].worker, 'exit');
    await store.close();
    await ended;
    expect(started()).toHaveLength(1);
  });

  it('rejects what it was asked, and loses nothing that was acknowledged, killed again and again', async () => {
    const store = await createSqliteMarketStore({ folder, spawn });
    const acknowledged: number[] = [];
    let killing = true;
    const kills = (async () => {
      for (let i = 0; i < 4; i++) {
        await new Promise((resolve) => setTimeout(resolve, 60));
        await kill('writer-worker.ts');
      }
      killing = false;
    })();
    for (let seq = 0; killing || seq < 20; seq++) {
      await untilStored(() => store.putSnapshots([storableChain({ timestamp: NOON + seq, seq })]));
      acknowledged.push(NOON + seq);
    }
    await kills;
    const summaries = await store.summaries('NIFTY', EXPIRY, ALL);
    expect(summaries.map(({ timestamp }) => timestamp)).toEqual(acknowledged);
    expect(threads.filter(({ script }) => script === 'writer-worker.ts').length).toBeGreaterThan(2);
    await store.close();
  });

  it('is replaced in the log store, too, and closing afterwards ends', async () => {
    const store = await createFileLogStore({ folder: join(folder, 'logs'), spawn });
    const entry = {
      timestamp: 1,
      level: 'info',
      service: 'feed',
      message: 'm',
      ...NO_CONTEXT,
      fields: {},
    } as const;
    await store.append([entry]);
    await kill('log-writer-worker.ts');
    expect(store.problem()).toMatch(/ended unexpectedly/);
    await untilStored(() => store.append([entry]));
    expect(store.problem()).toBeNull();
    expect(await store.query({ limit: 10 })).toHaveLength(2);
    await kill('log-writer-worker.ts');
    await store.close();
    await store.close();
  });
});
