import { describe, expect, it } from 'vitest';
import { noteChange, noteFlush, TOLERANCE_MS } from './flush-times.ts';
import type { Room } from './roster.ts';

const room = (intervalMs: number, slot = 0): Room => ({
  channel: { name: 'r', intervalMs, take: () => [], whole: () => [] },
  memberships: [],
  version: 0,
  frames: [],
  cursor: -1,
  whole: null,
  dueAt: null,
  flushedAt: Number.NEGATIVE_INFINITY,
  changes: 0,
  slot,
});

/** The times at which a room with changes every `gapMs` is flushed by a timer that is `lateMs` late. */
function flushesOf(target: Room, gapMs: number, fromMs: number, untilMs: number, lateMs = 0.4): number[] {
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
  it('sends a change at once when the room was quiet for an interval', () => {
    expect(flushesOf(room(250), 300, 1000, 2000, 0)).toEqual([1000, 1300, 1600, 1900]);
  });

  it('never flushes twice within an interval', () => {
    for (const gapMs of [1, 7, 40, 100, 249, 260]) {
      const flushes = flushesOf(room(250), gapMs, 1003, 20_000);
      expect(Math.min(...gaps(flushes))).toBeGreaterThanOrEqual(250 - TOLERANCE_MS);
    }
  });

  it('keeps a single change waiting to the end of its interval and no longer', () => {
    const target = room(100);
    noteChange(target, 1000);
    noteFlush(target, 1000, false);
    noteChange(target, 1099);
    expect(target.dueAt).toBe(1100);
  });

  it('brings busy rooms of one slot to the same times, whenever they began', () => {
    const early = flushesOf(room(250, 3), 10, 1003, 10_000, 0);
    const later = flushesOf(room(250, 3), 14, 1177, 10_000, 0);
    for (const time of later.slice(4)) expect(early).toContain(time);
    expect(Math.max(...gaps(early))).toBeLessThanOrEqual(250 * 1.25);
  });

  it('spreads slots over the interval', () => {
    const times = [0, 1, 2, 3, 4, 5, 6, 7].map((slot) => flushesOf(room(400, slot), 10, 0, 8000, 0).at(-1));
    expect(new Set(times.map((time) => Math.round((time as number) % 400))).size).toBe(8);
  });

  it('counts a flush that was asked for early, and none that had nothing to send', () => {
    const target = room(100);
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
    const target = room(100);
    expect(noteChange(target, 1000)).toBe(true);
    expect(noteChange(target, 1000)).toBe(false);
    noteFlush(target, 1000, false);
    expect(noteChange(target, 1010)).toBe(true);
    expect(noteChange(target, 1020)).toBe(false);
    expect(noteChange(target, 1030)).toBe(false);
  });
});
