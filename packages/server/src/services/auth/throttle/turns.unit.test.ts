import { describe, expect, it } from 'vitest';
import { createTurns } from './turns.ts';

const A = { network: 'a', known: false };
const gate = () => Promise.withResolvers<string>();

describe('turns', () => {
  it('runs so many at a time, the rest in the order they came', async () => {
    const turns = createTurns({ concurrency: 2, maxWaiting: 10, maxWaitingOfNetwork: 10 });
    const gates = [gate(), gate(), gate(), gate()];
    const started: number[] = [];
    const results = gates.map((each, i) =>
      turns.take(A, () => {
        started.push(i);
        return each.promise;
      }),
    );
    expect(started).toEqual([0, 1]);
    expect(turns.waiting()).toBe(2);
    gates[1].resolve('b');
    expect(await results[1]).toBe('b');
    await expect.poll(() => started).toEqual([0, 1, 2]);
    gates[0].resolve('a');
    gates[2].resolve('c');
    gates[3].resolve('d');
    expect(await Promise.all(results)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('never runs more than that when work arrives as a turn ends', async () => {
    const turns = createTurns({ concurrency: 2, maxWaiting: 1000, maxWaitingOfNetwork: 1000 });
    let running = 0;
    let most = 0;
    const work = async () => {
      running += 1;
      most = Math.max(most, running);
      await Promise.resolve();
      running -= 1;
    };
    const chain = async () => {
      for (let i = 0; i < 50; i++) await turns.take(A, work);
    };
    await Promise.all(Array.from({ length: 10 }, chain));
    expect(most).toBe(2);
  });

  it('refuses what there is no room for, and says when to come back', async () => {
    const turns = createTurns({ concurrency: 1, maxWaiting: 1, maxWaitingOfNetwork: 1 });
    const first = gate();
    const running = turns.take(A, () => first.promise);
    const waiting = turns.take(A, async () => 'second');
    await expect(turns.take(A, async () => 'third')).rejects.toMatchObject({
      code: 'unavailable',
      retryAfterSeconds: 1,
    });
    first.resolve('first');
    expect(await Promise.all([running, waiting])).toEqual(['first', 'second']);
  });

  it('gives the turn on when work fails', async () => {
    const turns = createTurns({ concurrency: 1, maxWaiting: 1, maxWaitingOfNetwork: 1 });
    const failing = turns.take(A, () => Promise.reject(new Error('no')));
    const next = turns.take(A, async () => 'next');
    await expect(failing).rejects.toThrow('no');
    expect(await next).toBe('next');
  });

  it('stops: what runs ends, what waits and what comes is rejected', async () => {
    const turns = createTurns({ concurrency: 1, maxWaiting: 1, maxWaitingOfNetwork: 1 });
    const first = gate();
    const running = turns.take(A, () => first.promise);
    const waiting = turns.take(A, async () => 'never');
    let ended = false;
    const stop = turns.stop().then(() => {
      ended = true;
    });
    await expect(waiting).rejects.toMatchObject({ code: 'stopped' });
    await expect(turns.take(A, async () => 'never')).rejects.toMatchObject({ code: 'stopped' });
    expect(ended).toBe(false);
    first.resolve('first');
    expect(await running).toBe('first');
    await stop;
    await turns.stop();
  });

  describe('of several networks', () => {
    /** One that runs, and those who wait for its end. */
    const start = (maxWaiting: number, maxWaitingOfNetwork: number) => {
      const turns = createTurns({ concurrency: 1, maxWaiting, maxWaitingOfNetwork });
      const first = gate();
      const served: string[] = [];
      const all: Promise<unknown>[] = [turns.take(A, () => first.promise)];
      const wait = (network: string, name: string, known = false) => {
        const work = turns.take({ network, known }, async () => void served.push(name));
        all.push(work.catch((error: { code: string }) => void served.push(`${name} ${error.code}`)));
        return work;
      };
      const order = async () => {
        first.resolve('');
        await Promise.all(all);
        return served;
      };
      return { wait, order };
    };
    const many = (wait: (network: string, name: string) => Promise<void>, network: string, count: number) => {
      for (let i = 1; i <= count; i++) void wait(network, `${network}${i}`);
    };

    it('take place in rotation, however many one of them has waiting', async () => {
      const { wait, order } = start(20, 20);
      many(wait, 'a', 5);
      many(wait, 'b', 2);
      many(wait, 'c', 1);
      expect(await order()).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3', 'a4', 'a5']);
    });

    it('are bounded for each of them', async () => {
      const { wait, order } = start(20, 2);
      many(wait, 'a', 3);
      many(wait, 'b', 1);
      expect(await order()).toEqual(['a3 unavailable', 'a1', 'b1', 'a2']);
    });

    it('are given up by the one that has most, latest first, when all places are taken', async () => {
      const { wait, order } = start(4, 4);
      many(wait, 'a', 4);
      many(wait, 'b', 2);
      many(wait, 'c', 2);
      const outcome = await order();
      const refused = outcome.filter((each) => each.endsWith(' unavailable'));
      expect(refused.toSorted()).toEqual(['a2', 'a3', 'a4', 'c2'].map((name) => `${name} unavailable`));
      const done = outcome.filter((each) => !each.endsWith(' unavailable'));
      expect(done).toEqual(['a1', 'b1', 'c1', 'b2']);
    });

    it('are those of known devices first, and every second one where others wait', async () => {
      const { wait, order } = start(20, 20);
      many(wait, 'a', 3);
      void wait('a', 'known1', true);
      void wait('a', 'known2', true);
      expect(await order()).toEqual(['known1', 'a1', 'known2', 'a2', 'a3']);
    });
  });
});
