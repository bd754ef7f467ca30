import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createTurns } from './turns.ts';

// The pauses themselves are real, and short.
beforeEach(() => vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => vi.useRealTimers());

it('rest for as long as the share of time says', async () => {
  const turns = createTurns({ turnMs: 4, timeShare: 0.25 }, new AbortController().signal);
  vi.advanceTimersByTime(10);
  const begun = Date.now();
  await turns.rest();
  expect(Date.now() - begun).toBeGreaterThanOrEqual(29);
});

it('are over after their length, and begin anew after a rest', async () => {
  const turns = createTurns({ turnMs: 4, timeShare: 1 }, new AbortController().signal);
  vi.advanceTimersByTime(3);
  expect(turns.isOver()).toBe(false);
  vi.advanceTimersByTime(1);
  expect(turns.isOver()).toBe(true);
  await turns.rest();
  expect(turns.isOver()).toBe(false);
});

it('wait while others are behind, and no longer than until they are told to stop', async () => {
  const stopping = new AbortController();
  let busy = true;
  const turns = createTurns({ turnMs: 4, timeShare: 1, isBusy: () => busy }, stopping.signal);
  let rested = 0;
  const rest = async () => {
    await turns.rest();
    rested++;
  };
  const first = rest();
  await sleep(60);
  expect(rested).toBe(0);
  busy = false;
  await first;
  expect(rested).toBe(1);
  busy = true;
  const second = expect(rest()).rejects.toThrow(/aborted/);
  await sleep(10);
  stopping.abort();
  await second;
});
