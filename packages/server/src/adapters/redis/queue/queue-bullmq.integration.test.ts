import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { queueContract } from '../../../ports/queue.contract.ts';
import { useRedis } from '../../../testing/servers/redis.fixture.ts';
import { haveRedisServer } from '../../../testing/servers/redis-server.ts';
import { startTcpProxy } from '../../../testing/servers/tcp-proxy.ts';
import { type BullQueueOptions, createBullQueue } from './queue-bullmq.ts';

const BACKOFF_UNIT_MS = 50;
const payload = (text: string) => new TextEncoder().encode(text);
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

describe.runIf(haveRedisServer())('BullMQ queue', () => {
  const on = useRedis();
  let opened = 0;

  const open = async (options: Partial<BullQueueOptions> = {}) => {
    opened += 1;
    const queue = await createBullQueue({
      url: on.server.url,
      prefix: `{q${opened}}`,
      backoffUnitMs: BACKOFF_UNIT_MS,
      statsIntervalMs: 50,
      ...options,
    });
    on.closers.push(() => queue.close());
    return queue;
  };

  queueContract('BullMQ', async () => ({ queue: await open(), backoffUnitMs: BACKOFF_UNIT_MS }));

  it('shares jobs between processes, and shows each the dead ones of all', async () => {
    const [one, two] = [await open({ prefix: '{shared}' }), await open({ prefix: '{shared}' })];
    const seen: string[] = [];
    const both = Promise.withResolvers<void>();
    const handler = (who: string) => async (job: { payload: Uint8Array }) => {
      if (text(job.payload) === 'poison') throw new Error('bad');
      seen.push(who);
      if (new Set(seen).size === 2) both.resolve();
      await both.promise;
    };
    await one.process('n', handler('one'), { concurrency: 1 });
    await two.process('n', handler('two'), { concurrency: 1 });
    for (let i = 0; i < 20; i++) await one.add('n', payload(String(i)));
    await one.add('n', payload('poison'));
    await expect.poll(() => seen.length).toBe(20);
    expect(new Set(seen)).toEqual(new Set(['one', 'two']));
    await expect.poll(() => two.deadJobs('n')).toHaveLength(1);
    expect(await one.deadJobs('n')).toEqual(await two.deadJobs('n'));
    await expect.poll(() => two.stats()).toMatchObject([{ name: 'n', waiting: 0, dead: 1 }]);
  });

  it('does not use BullMQ until another process adds the first job', async () => {
    const options = { prefix: '{first}', statsIntervalMs: 20 };
    const [one, two] = [await open(options), await open(options)];
    let running = 0;
    const both = Promise.withResolvers<void>();
    const handler = async () => {
      running += 1;
      if (running === 2) both.resolve();
      await both.promise;
    };
    const unused = await one.process('n', () => Promise.reject(new Error('stopped before it began')));
    const worker = await one.process('n', handler);
    worker.setConcurrency(2);
    await unused.stop();
    await sleep(100);
    expect(await on.redis.keys('{first}:*')).toEqual(['{first}:names']);
    expect(one.stats()).toEqual([{ name: 'n', waiting: 0, running: 0, dead: 0, retries: 0 }]);
    await two.add('n', payload('first'));
    await two.add('n', payload('second'));
    await both.promise;
    await expect.poll(() => one.stats()).toMatchObject([{ waiting: 0, running: 0, dead: 0, retries: 0 }]);
  });

  it('gives the job of a silent worker to another', async () => {
    const options = { prefix: '{stalled}', lockMs: 300, closeTimeoutMs: 100 };
    const [lost, heir] = [await open(options), await open(options)];
    const worker = await lost.process('n', () => new Promise<void>(() => {}));
    await lost.add('n', payload('job'));
    await sleep(100);
    await lost.close();
    void worker;
    const seen: string[] = [];
    await heir.process('n', async (job) => void seen.push(text(job.payload)));
    await expect.poll(() => seen).toEqual(['job']);
  });

  it('refuses a job beyond its bound', async () => {
    const queue = await open({ maxJobs: 2 });
    await queue.add('n', new Uint8Array(1));
    await queue.add('n', new Uint8Array(1));
    await expect(queue.add('n', new Uint8Array(1))).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('keeps a bounded number of dead jobs, the newest', async () => {
    const queue = await open({ maxDeadJobs: 2, backoffUnitMs: 1 });
    await queue.process('n', async () => {
      throw new Error('bad');
    });
    for (const job of ['a', 'b', 'c', 'd']) {
      await queue.add('n', payload(job));
      await expect
        .poll(async () => (await queue.deadJobs('n')).map((dead) => text(dead.payload)))
        .toContain(job);
    }
    expect((await queue.deadJobs('n')).map((dead) => text(dead.payload))).toEqual(['c', 'd']);
  });

  it('refuses a Redis that may evict jobs, naming the policy', async () => {
    await on.redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
    const failure = await open().catch((error) => error);
    await on.redis.config('SET', 'maxmemory-policy', 'noeviction');
    expect(failure).toMatchObject({ code: 'invalid_setting' });
    expect(failure.message).toMatch(/maxmemory-policy "allkeys-lru".*noeviction/);
  });

  it('goes on with its schedules and names after Redis lost everything, scripts too', async () => {
    const queue = await open({ statsIntervalMs: 50 });
    const seen: number[] = [];
    await queue.process('plan', async () => void seen.push(performance.now()));
    await queue.schedule('plan', 'plan', new Uint8Array(), 100);
    await expect.poll(() => seen.length).toBeGreaterThan(2);
    await on.redis.flushall();
    await on.redis.script('FLUSH');
    const before = seen.length;
    await expect.poll(() => seen.length).toBeGreaterThan(before + 2);
    expect(await queue.names()).toEqual(['plan']);
  });

  describe('after the clock was an hour ahead and is set back', () => {
    afterEach(() => void vi.restoreAllMocks());
    const hourAhead = () => {
      const now = Date.now;
      return vi.spyOn(Date, 'now').mockImplementation(() => now() + 3_600_000);
    };

    it('goes on with its schedules', async () => {
      const queue = await open({ statsIntervalMs: 50, lockMs: 300 });
      const ahead = hourAhead();
      const seen: number[] = [];
      await queue.process('plan', async () => void seen.push(performance.now()));
      await queue.schedule('plan', 'plan', new Uint8Array(), 100);
      await expect.poll(() => seen.length).toBeGreaterThan(2);
      ahead.mockRestore();
      const before = seen.length;
      await expect.poll(() => seen.length).toBeGreaterThan(before + 3);
    });

    it('does not keep a retry for that hour', async () => {
      const queue = await open({ statsIntervalMs: 50, lockMs: 300, backoffUnitMs: 200 });
      const ahead = hourAhead();
      let tries = 0;
      await queue.process('n', async () => {
        tries += 1;
        if (tries === 1) throw new Error('bad');
      });
      await queue.add('n', payload('job'));
      await expect.poll(() => queue.stats()[0]).toMatchObject({ waiting: 1, retries: 1 });
      ahead.mockRestore();
      await expect.poll(() => tries).toBe(2);
    });
  });

  it('refuses jobs while Redis is away, and works on when it is back', async () => {
    const proxy = await startTcpProxy(on.server.port);
    const queue = await open({
      url: `redis://127.0.0.1:${proxy.port}`,
      firstReconnectMs: 20,
      maxReconnectMs: 100,
    });
    const seen: string[] = [];
    await queue.process('n', async (job) => void seen.push(text(job.payload)));
    proxy.cut();
    const refused = [
      () => queue.add('n', payload('lost')),
      () => queue.names(),
      () => queue.job('n/1'),
      () => queue.jobs('n', 10),
      () => queue.deadJobs('n'),
      () => queue.replay('n/1'),
      () => queue.discard('n/1'),
    ];
    for (const ask of refused) await expect(ask()).rejects.toMatchObject({ code: 'unavailable' });
    proxy.heal();
    await expect
      .poll(() =>
        queue.add('n', payload('kept')).then(
          () => true,
          () => false,
        ),
      )
      .toBe(true);
    await expect.poll(() => seen).toEqual(['kept']);
    await queue.close();
    await proxy.close();
  });

  it('stops a worker while Redis is away', async () => {
    const proxy = await startTcpProxy(on.server.port);
    const queue = await open({ url: `redis://127.0.0.1:${proxy.port}`, closeTimeoutMs: 300 });
    const worker = await queue.process('n', async () => undefined);
    proxy.cut();
    await sleep(100);
    await Promise.all([worker.stop(), worker.stop()]);
    await queue.close();
    await proxy.close();
  });
});
