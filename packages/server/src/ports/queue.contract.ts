import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { DeltaStreamError } from '../kit/errors.ts';
import { type Queue, RETAINED_JOBS } from './queue.ts';

const payload = (text: string) => new TextEncoder().encode(text);
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

export interface QueueUnderTest {
  readonly queue: Queue;
  /** Length of one backoff unit of this queue. */
  readonly backoffUnitMs: number;
}

/** What every queue adapter must do. `open` resolves with an empty queue. */
export function queueContract(name: string, open: () => Promise<QueueUnderTest>): void {
  describe(`queue: ${name}`, () => {
    let opened: QueueUnderTest;
    const start = async () => {
      opened = await open();
      return opened.queue;
    };
    afterEach(() => opened.queue.close());

    it('handles each job once when its handler succeeds', async () => {
      const queue = await start();
      const seen: string[] = [];
      await queue.process('n', async (job) => void seen.push(text(job.payload)));
      for (const job of ['a', 'b', 'c']) await queue.add('n', payload(job));
      await expect.poll(() => seen.toSorted()).toEqual(['a', 'b', 'c']);
      await sleep(opened.backoffUnitMs * 3);
      expect(seen).toHaveLength(3);
    });

    it('hands on what a job was added with, at each try', async () => {
      const queue = await start();
      const seen: (string | undefined)[] = [];
      await queue.process('n', async ({ context, tries }) => {
        seen.push(context);
        if (context !== undefined && tries === 1) throw new Error('once more');
      });
      await queue.add('n', payload('a'));
      await queue.add('n', payload('b'), { context: 'for b' });
      await expect.poll(() => seen.length).toBe(3);
      expect(seen.filter((context) => context === 'for b')).toHaveLength(2);
    });

    it('is not affected when who adds a job reuses its buffer', async () => {
      const queue = await start();
      const seen: string[] = [];
      for (const buffer of [payload('a'), Buffer.from('b')]) {
        await queue.add('n', buffer);
        buffer.fill(0);
      }
      await queue.process('n', async (job) => void seen.push(text(job.payload)));
      await expect.poll(() => seen.toSorted()).toEqual(['a', 'b']);
    });

    it('tries again after 2, 4 and 8 units, then keeps the job as dead with its reason', async () => {
      const queue = await start();
      const at: number[] = [];
      await queue.process('n', async (job) => {
        at.push(performance.now());
        throw new Error(`try ${job.tries}`);
      });
      await queue.add('n', payload('poison'));
      await expect.poll(() => queue.deadJobs('n')).toHaveLength(1);
      const [dead] = await queue.deadJobs('n');
      expect(dead).toMatchObject({ tries: 4, reason: 'try 4' });
      expect(text(dead.payload)).toBe('poison');
      const waits = at.slice(1).map((time, i) => (time - at[i]) / opened.backoffUnitMs);
      expect(waits).toHaveLength(3);
      for (const [i, wait] of waits.entries()) expect(wait).toBeGreaterThanOrEqual(2 ** (i + 1) - 0.1);
    });

    it('replays a dead job from its first try, and discards one for good', async () => {
      const queue = await start();
      let healthy = false;
      const seen: string[] = [];
      await queue.process('n', async (job) => {
        if (!healthy) throw new Error('down');
        seen.push(text(job.payload));
      });
      const keep = await queue.add('n', payload('keep'));
      const drop = await queue.add('n', payload('drop'));
      await expect.poll(() => queue.deadJobs('n')).toHaveLength(2);
      healthy = true;
      expect(await queue.discard(drop)).toBe(true);
      expect(await queue.replay(keep)).toBe(true);
      await expect.poll(() => seen).toEqual(['keep']);
      expect(await queue.deadJobs('n')).toEqual([]);
      expect(await queue.replay('no such job')).toBe(false);
    });

    it('runs at most the stated number of handlers at a time', async () => {
      const queue = await start();
      const gate = createGate();
      await queue.process('n', gate.handler, { concurrency: 3 });
      await expectAtOnce(3, queue, gate);
    });

    it('takes another number of handlers while it runs', async () => {
      const queue = await start();
      const gate = createGate();
      const worker = await queue.process('n', gate.handler, { concurrency: 1 });
      await expectAtOnce(1, queue, gate);
      worker.setConcurrency(4);
      await expectAtOnce(4, queue, gate);
      worker.setConcurrency(2);
      await sleep(50);
      await expectAtOnce(2, queue, gate);
    });

    it('gives a job up at once when trying again cannot help', async () => {
      const queue = await start();
      await queue.process('n', async () => {
        throw new DeltaStreamError('unreadable_source', 'no such file', { permanent: true });
      });
      const id = await queue.add('n', payload('a'));
      await expect.poll(() => queue.deadJobs('n')).toHaveLength(1);
      expect(await queue.job(id)).toMatchObject({ state: 'dead', tries: 1, reason: 'no such file' });
    });

    it('shows what becomes of a job, with what its handler reported last', async () => {
      const queue = await start();
      let finish = () => {};
      const finished = new Promise<void>((resolve) => {
        finish = resolve;
      });
      const before = Date.now();
      const id = await queue.add('n', payload('a'), { keep: true });
      expect(await queue.job(id)).toMatchObject({
        id,
        name: 'n',
        state: 'waiting',
        tries: 0,
        progress: null,
      });
      await queue.process('n', async (_job, report) => {
        await report({ part: 1, of: 2 });
        await finished;
        await report({ part: 2, of: 2 });
      });
      await expect.poll(async () => (await queue.job(id))?.progress).toEqual({ part: 1, of: 2 });
      expect(await queue.job(id)).toMatchObject({ state: 'running', tries: 1, reason: null, endedAt: null });
      finish();
      await expect.poll(async () => (await queue.job(id))?.state).toBe('done');
      const done = await queue.job(id);
      expect(done).toMatchObject({ tries: 1, progress: { part: 2, of: 2 }, reason: null });
      expect(text(done?.payload ?? new Uint8Array())).toBe('a');
      expect(done?.addedAt).toBeGreaterThanOrEqual(before);
      expect(done?.endedAt).toBeGreaterThanOrEqual(done?.addedAt ?? Number.POSITIVE_INFINITY);
      expect(await queue.jobs('n', 10)).toEqual([done]);
    });

    it('forgets a job that is done unless it is to be kept, and of those the oldest', async () => {
      const queue = await start();
      const handled: string[] = [];
      await queue.process('n', async (job) => void handled.push(text(job.payload)));
      const gone = await queue.add('n', payload('gone'));
      const first = await queue.add('n', payload('first'), { keep: true });
      await expect.poll(() => handled).toEqual(['gone', 'first']);
      await expect.poll(() => queue.job(gone)).toBeNull();
      for (let i = 0; i < RETAINED_JOBS; i++) await queue.add('n', payload(String(i)), { keep: true });
      await expect.poll(() => handled.length).toBe(RETAINED_JOBS + 2);
      await expect.poll(() => queue.job(first)).toBeNull();
      const newest = await queue.jobs('n', 3);
      expect(newest).toHaveLength(3);
      expect(text(newest[0].payload)).toBe(String(RETAINED_JOBS - 1));
      expect(await queue.job('no such job')).toBeNull();
      expect(await queue.jobs('unknown', 3)).toEqual([]);
    });

    it('adds a job of a key once while it waits or runs, and again when it is done', async () => {
      const queue = await start();
      const seen: string[] = [];
      const first = await queue.add('n', payload('first'), { key: 'k' });
      expect(await queue.add('n', payload('second'), { key: 'k' })).toBe(first);
      const other = await queue.add('n', payload('other'), { key: 'l' });
      expect(other).not.toBe(first);
      await queue.process('n', async (job) => void seen.push(text(job.payload)));
      await expect.poll(() => seen.toSorted()).toEqual(['first', 'other']);
      await expect.poll(() => queue.job(first)).toBeNull();
      await queue.add('n', payload('third'), { key: 'k' });
      await expect.poll(() => seen.at(-1)).toBe('third');
    });

    it('knows the names of its jobs', async () => {
      const queue = await start();
      await queue.add('a', payload('1'));
      await queue.process('b', async () => {});
      expect((await queue.names()).toSorted()).toEqual(['a', 'b']);
    });

    it('carries payloads of any bytes, the empty one too', async () => {
      const queue = await start();
      const all = Uint8Array.from({ length: 256 }, (_, i) => i);
      const seen: number[][] = [];
      await queue.process('n', async (job) => void seen.push([...job.payload]));
      await queue.add('n', all);
      await queue.add('n', new Uint8Array(0));
      await expect.poll(() => seen).toEqual([[...all], []]);
    });

    it('repeats a scheduled job, one schedule per key', async () => {
      const queue = await start();
      const seen: string[] = [];
      await queue.process('n', async (job) => void seen.push(text(job.payload)));
      await queue.schedule('key', 'n', payload('first'), 20);
      await queue.schedule('key', 'n', payload('second'), 20);
      // The first may come due while the second is set; after that it is gone.
      const since = () => seen.slice(seen.indexOf('second'));
      await expect.poll(() => seen.includes('second') && since().length).toBeGreaterThan(3);
      expect(new Set(since())).toEqual(new Set(['second']));
    });
  });
}

/** A handler whose jobs go on until they are released, so that those of a slow machine overlap, too. */
function createGate() {
  const held: (() => void)[] = [];
  return {
    handler: () => new Promise<void>((resolve) => void held.push(resolve)),
    running: () => held.length,
    release() {
      for (const end of held.splice(0)) end();
    },
  };
}

/** Adds jobs, and expects that so many of them are handled at a time, no more and no fewer. */
async function expectAtOnce(count: number, queue: Queue, gate: ReturnType<typeof createGate>): Promise<void> {
  const rounds = 3;
  await Promise.all(Array.from({ length: rounds * count }, (_, i) => queue.add('n', payload(String(i)))));
  for (let round = 0; round < rounds; round++) {
    await expect.poll(gate.running).toBe(count);
    await sleep(20);
    expect(gate.running()).toBe(count);
    gate.release();
  }
}
