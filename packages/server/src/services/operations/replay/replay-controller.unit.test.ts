import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { systemClock } from '../../../ports/clock.ts';
import { createReplayController, type ReplayOptions } from './replay-controller.ts';
import type { ReplayInstant, ReplaySource } from './replay-source.ts';

const SECOND = 1_000;
const OPTIONS: ReplayOptions = {
  ...{ speed: 1, paused: false, loop: false, thenLive: false, maxGapMs: 3_600 * SECOND },
};

/** Instants at these seconds; the picture at an instant is the last one up to it, at that instant. */
function sourceOf(seconds: readonly number[], fail?: Error): ReplaySource {
  return {
    ...{ recording: 'nifty.csv', products: ['NIFTY'], fromMs: null, toMs: null },
    async *open(atMs): AsyncGenerator<ReplayInstant> {
      const times = seconds.map((each) => each * SECOND);
      if (atMs !== null && times[0] <= atMs) yield { timestamp: atMs, items: [] };
      for (const timestamp of times) if (atMs === null || timestamp > atMs) yield { timestamp, items: [] };
      if (fail) throw fail;
    },
  };
}

function played(source: ReplaySource, options: Partial<ReplayOptions> = {}) {
  const shown: string[] = [];
  const controller = createReplayController(
    {
      ...{ source, clock: systemClock, changed: () => undefined },
      show: async ({ timestamp }, pass) => void shown.push(`${pass.number}:${timestamp / SECOND}`),
    },
    { ...OPTIONS, ...options },
  );
  return { controller, shown, state: () => controller.progress().state };
}

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

it('shows each instant at its time, by the speed, and keeps the last one', async () => {
  const { shown, state } = played(sourceOf([10, 11, 15]), { speed: 0.5 });
  await pass(0);
  expect(shown).toEqual(['1:10']);
  await pass(1_999);
  expect(shown).toHaveLength(1);
  await pass(1);
  expect(shown).toEqual(['1:10', '1:11']);
  await pass(8_000);
  expect(shown).toEqual(['1:10', '1:11', '1:15']);
  expect(state()).toBe('ended');
});

it('waits for nothing at the greatest speed, nor in a gap that is too long', async () => {
  const greatest = played(sourceOf([0, 100, 5_000]), { speed: 'max' });
  await pass(0);
  expect(greatest.shown).toHaveLength(3);
  const gap = played(sourceOf([0, 5_000, 5_001]));
  await pass(0);
  expect(gap.shown).toEqual(['1:0', '1:5000']);
  await pass(1_000);
  expect(gap.shown).toHaveLength(3);
});

it('stands while it is paused, and goes on from where its time stood', async () => {
  const { controller, shown, state } = played(sourceOf([0, 10]));
  await pass(4_000);
  controller.pause();
  expect(state()).toBe('paused');
  await pass(60_000);
  expect(shown).toEqual(['1:0']);
  controller.resume();
  await pass(5_999);
  expect(shown).toHaveLength(1);
  await pass(1);
  expect(shown).toEqual(['1:0', '1:10']);
});

it('changes the speed in the middle of a wait', async () => {
  const { controller, shown } = played(sourceOf([0, 10]));
  await pass(4_000);
  controller.setSpeed(60);
  await pass(99);
  expect(shown).toHaveLength(1);
  await pass(2);
  expect(shown).toHaveLength(2);
});

it('shows as many instants as steps are asked for, and plays on from there', async () => {
  const { controller, shown, state } = played(sourceOf([0, 10, 20, 30]), { paused: true });
  await pass(0);
  expect([state(), shown]).toEqual(['paused', ['1:0']]);
  controller.step(2);
  await pass(0);
  expect(shown).toEqual(['1:0', '1:10', '1:20']);
  await pass(60_000);
  expect(shown).toHaveLength(3);
  controller.resume();
  await pass(9_999);
  expect(shown).toHaveLength(3);
  await pass(1);
  expect(shown).toHaveLength(4);
});

it('seeks back and forth in a pass of its own, playing or paused as before', async () => {
  const { controller, shown, state } = played(sourceOf([0, 10, 20, 30]));
  await pass(10_000);
  controller.seek(25 * SECOND);
  await pass(0);
  expect(shown).toEqual(['1:0', '1:10', '2:25']);
  await pass(5_000);
  expect(shown.at(-1)).toBe('2:30');
  expect(state()).toBe('ended');
  controller.seek(0);
  await pass(60_000);
  expect([state(), shown.at(-1), controller.progress().atMs]).toEqual(['paused', '3:0', 0]);
  controller.step(1);
  await pass(0);
  expect(shown.at(-1)).toBe('3:10');
});

it('begins again in a loop, and at resume after its end', async () => {
  const looping = played(sourceOf([0, 1]), { loop: true });
  await pass(1_249);
  expect(looping.shown).toEqual(['1:0', '1:1']);
  await pass(1);
  expect(looping.shown).toEqual(['1:0', '1:1', '2:0']);
  expect(looping.controller.progress().loops).toBe(1);
  looping.controller.stop();
  const once = played(sourceOf([0]));
  await pass(0);
  once.controller.resume();
  await pass(0);
  expect(once.shown).toEqual(['1:0', '2:0']);
});

it('waits at the end of a loop while it is paused, and rests between its passes', async () => {
  const stepped = played(sourceOf([0, 1]), { loop: true, paused: true });
  await pass(0);
  stepped.controller.step(1);
  await pass(60_000);
  expect(stepped.shown).toEqual(['1:0', '1:1']);
  stepped.controller.step(1);
  await pass(60_000);
  expect(stepped.shown).toEqual(['1:0', '1:1', '2:0']);
  stepped.controller.stop();
  const single = played(sourceOf([0]), { loop: true, speed: 'max' });
  await pass(1_000);
  expect(single.shown).toHaveLength(5);
  single.controller.stop();
  await single.controller.finished;
});

it('tells where it is as soon as its first instant is shown, also after a seek', async () => {
  const told: (number | null)[] = [];
  const controller = createReplayController(
    {
      ...{ source: sourceOf([5, 10, 20]), clock: systemClock, show: async () => undefined },
      changed: () => void told.push(controller.progress().atMs),
    },
    { ...OPTIONS, paused: true },
  );
  await pass(0);
  expect(told).toEqual([5 * SECOND]);
  controller.seek(15 * SECOND);
  await pass(0);
  expect(told).toEqual([5 * SECOND, 15 * SECOND]);
  controller.stop();
});

it('ends for good at a stop, at its end before the live market, and at a failure', async () => {
  const stopped = played(sourceOf([0, 1]));
  await pass(0);
  stopped.controller.stop();
  await stopped.controller.finished;
  await pass(5_000);
  expect([stopped.state(), stopped.shown]).toEqual(['stopped', ['1:0']]);
  const live = played(sourceOf([0]), { thenLive: true });
  await live.controller.finished;
  expect(live.state()).toBe('stopped');
  const failed = played(sourceOf([0], new Error('the file is cut')));
  await failed.controller.finished;
  expect(failed.controller.progress()).toMatchObject({ state: 'failed', reason: 'the file is cut' });
});

it('does not turn in a loop over nothing', async () => {
  const { state } = played(sourceOf([]), { loop: true });
  await pass(0);
  expect(state()).toBe('ended');
});
