import { describe, expect, it } from 'vitest';
import { createTurns } from './turns.ts';

const gate = () => Promise.withResolvers<string>();

describe('turns', () => {
  it('runs so many at a time, the rest in the order they came', async () => {
    const turns = createTurns({ concurrency: 2, maxWaiting: 10 });
    const gates = [gate(), gate(), gate(), gate()];
    const started: number[] = [];
    const results = gates.map((each, i) =>
      turns.take(() => {
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
    const turns = createTurns({ concurrency: 2, maxWaiting: 1000 });
    let running = 0;
    let most = 0;
    const work = async () => {
      running += 1;
      most = Math.max(most, running);
      await Promise.resolve();
      running -= 1;
    };
    const chain = async () => {
      for (let i = 0; i < 50; i++) await turns.take(work);
    };
    await Promise.all(Array.from({ length: 10 }, chain));
    expect(most).toBe(2);
  });

  it('refuses what there is no room for, and says when to come back', async () => {
    const turns = createTurns({ concurrency: 1, maxWaiting: 1 });
    const first = gate();
    const running = turns.take(() => first.promise);
    const waiting = turns.take(async () => 'second');
    await expect(turns.take(async () => 'third')).rejects.toMatchObject({
      code: 'unavailable',
      retryAfterSeconds: 1,
    });
    first.resolve('first');
    expect(await Promise.all([running, waiting])).toEqual(['first', 'second']);
  });

  it('gives the turn on when work fails', async () => {
    const turns = createTurns({ concurrency: 1, maxWaiting: 1 });
    const failing = turns.take(() => Promise.reject(new Error('no')));
    const next = turns.take(async () => 'next');
    await expect(failing).rejects.toThrow('no');
    expect(await next).toBe('next');
  });

  it('stops: what runs ends, what waits and what comes is rejected', async () => {
    const turns = createTurns({ concurrency: 1, maxWaiting: 1 });
    const first = gate();
    const running = turns.take(() => first.promise);
    const waiting = turns.take(async () => 'never');
    let ended = false;
    const stop = turns.stop().then(() => {
      ended = true;
    });
    await expect(waiting).rejects.toMatchObject({ code: 'stopped' });
    await expect(turns.take(async () => 'never')).rejects.toMatchObject({ code: 'stopped' });
    expect(ended).toBe(false);
    first.resolve('first');
    expect(await running).toBe('first');
    await stop;
    await turns.stop();
  });
});
