import { describe, expect, it } from 'vitest';
import { createBackoff } from './backoff.ts';
import { createPacing } from './pacing.ts';

describe('pacing', () => {
  it('never exceeds burst and rate together, whatever is asked', () => {
    let now = 0;
    const pacing = createPacing({ messagesPerSecond: 4, burst: 3 }, { now: () => 0, monotonicMs: () => now });
    let sent = 0;
    for (; now < 10_000; now += 10) while (pacing.take()) sent++;
    expect(sent).toBe(3 + 39);
  });

  it('says how long to wait, debts of replies included', () => {
    let now = 0;
    const pacing = createPacing({ messagesPerSecond: 2, burst: 1 }, { now: () => 0, monotonicMs: () => now });
    expect(pacing.waitMs()).toBe(0);
    pacing.force();
    pacing.force();
    expect(pacing.waitMs()).toBe(1_000);
    now = 999;
    expect(pacing.take()).toBe(false);
    now = 1_000;
    expect(pacing.take()).toBe(true);
  });
});

describe('backoff', () => {
  const times = { firstRetryMs: 100, lastRetryMs: 1_000 };

  it('doubles to the last, spread over half of it', () => {
    const least = createBackoff(times, () => 0);
    const most = createBackoff(times, () => 1);
    expect([1, 2, 3, 4, 5].map(() => least.next())).toEqual([50, 100, 200, 400, 500]);
    expect([1, 2, 3, 4, 5].map(() => most.next())).toEqual([100, 200, 400, 800, 1_000]);
    least.reset();
    expect(least.next()).toBe(50);
  });

  it('waits as long as the venue asks, an hour at most, and ignores what is no time', () => {
    const backoff = createBackoff(times, () => 0);
    expect(backoff.next(60_000)).toBe(60_000);
    expect(backoff.next(1e15)).toBe(3_600_000);
    expect(backoff.next(Number.NaN)).toBe(200);
  });
});
