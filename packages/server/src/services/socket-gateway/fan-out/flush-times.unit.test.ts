import { describe, expect, it } from 'vitest';
import { type ActiveChannel, activeChannel, noteChange, noteFlush, TOLERANCE_MS } from './channel-members.ts';

const active = (intervalMs: number) =>
  activeChannel({ name: 'r', intervalMs, take: () => [], resyncEvents: () => [] });

/** The times at which a room with changes every `gapMs` is flushed by a timer that is `lateMs` late. */
function flushesOf(
  target: ActiveChannel,
  gapMs: number,
  fromMs: number,
  untilMs: number,
  lateMs = 0.4,
): number[] {
  const flushes: number[] = [];
  for (let change = fromMs; change < untilMs; change += gapMs) {
    noteChange(target, change);
    while (target.dueAt !== null && target.dueAt + lateMs < change + gapMs) {
      const now = Math.max(change, target.dueAt) + lateMs;
      flushes.push(now);
      noteFlush(target, now, false);
    }
  }
  return flushes;
}

const gaps = (times: readonly number[]) => times.slice(1).map((time, i) => time - times[i]);

describe('flush times', () => {
  it('sends a change at once when the channel was quiet for an interval', () => {
    expect(flushesOf(active(250), 300, 1000, 2000, 0)).toEqual([1000, 1300, 1600, 1900]);
  });

  it('never flushes twice within an interval', () => {
    for (const gapMs of [1, 7, 40, 100, 249, 260]) {
      const flushes = flushesOf(active(250), gapMs, 1003, 20_000);
      expect(Math.min(...gaps(flushes))).toBeGreaterThanOrEqual(250 - TOLERANCE_MS);
    }
  });

  it('keeps a single change waiting to the end of its interval and no longer', () => {
    const target = active(100);
    noteChange(target, 1000);
    noteFlush(target, 1000, false);
    noteChange(target, 1099);
    expect(target.dueAt).toBe(1100);
  });

  it('flushes a busy channel when an update arrives, so that the newest never waits', () => {
    expect(flushesOf(active(250), 100, 1000, 2000, 0)).toEqual([1000, 1300, 1600, 1900]);
    expect(flushesOf(active(250), 40, 1000, 2000, 0)).toEqual([1000, 1280, 1560, 1840]);
    expect(flushesOf(active(250), 50, 1000, 2000, 0)).toEqual([1000, 1250, 1500, 1750]);
  });

  it('waits a quarter of the interval for the next update of a busy channel, and no longer', () => {
    const target = active(100);
    noteChange(target, 1000);
    noteFlush(target, 1000, false);
    for (const change of [1010, 1040, 1070, 1098]) noteChange(target, change);
    expect(target.dueAt).toBe(1125);
    expect(noteChange(target, 1110)).toBe(true);
    expect(target.dueAt).toBe(1110);
    expect(noteChange(target, 1111)).toBe(false);
    expect(target.dueAt).toBe(1110);
  });

  it('counts a flush that was asked for early, and none that had nothing to send', () => {
    const target = active(100);
    noteChange(target, 1000);
    noteFlush(target, 1000, false);
    noteChange(target, 1010);
    noteFlush(target, 1020, false);
    noteChange(target, 1030);
    expect(target.dueAt).toBe(1120);
    noteFlush(target, 1120, true);
    noteFlush(target, 1150, true);
    noteChange(target, 1160);
    expect(target.dueAt).toBe(1160);
  });

  it('asks for no timer when nothing has changed about the time', () => {
    const target = active(100);
    expect(noteChange(target, 1000)).toBe(true);
    expect(noteChange(target, 1000)).toBe(false);
    noteFlush(target, 1000, false);
    expect(noteChange(target, 1010)).toBe(true);
    expect(noteChange(target, 1020)).toBe(false);
    expect(noteChange(target, 1030)).toBe(false);
  });
});
