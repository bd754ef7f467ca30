import { describe, expect, test } from 'vitest';
import { createManualClock } from '../../../ports/clock.ts';
import { createPacer } from './pacer.ts';

const WALL = 1_000_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const pacer = (speed: number | 'max', maxGapMs = HOUR, live = false) => {
  const clock = createManualClock(WALL);
  return { clock, ...createPacer(clock, { speed, maxGapMs, live }) };
};

describe('due times', () => {
  test('follow the timestamps at the speed', () => {
    const { due } = pacer(60);
    expect(due(5 * HOUR)).toBe(WALL);
    expect(due(5 * HOUR + MINUTE)).toBe(WALL + 1000);
    expect(due(5 * HOUR + 10 * MINUTE)).toBe(WALL + 10_000);
  });

  test('a pause longer than the gap is skipped, and the pace goes on behind it', () => {
    const { due, clock } = pacer(1);
    due(0);
    clock.set(WALL + MINUTE);
    expect(due(18 * HOUR)).toBe(WALL + MINUTE);
    expect(due(18 * HOUR + MINUTE)).toBe(WALL + 2 * MINUTE);
    expect(due(19 * HOUR + MINUTE)).toBe(WALL + 2 * MINUTE + HOUR);
  });

  test.each([-HOUR, HOUR])('a clock that is set by %d ms makes one message due at once', (byMs) => {
    const { due, clock } = pacer(1);
    due(0);
    clock.step(byMs);
    expect(due(MINUTE)).toBe(WALL);
    expect(due(2 * MINUTE)).toBe(WALL + MINUTE);
  });

  test('a live source waits for the opening by the wall clock, at its start and over a night', () => {
    const { due, clock } = pacer(1, HOUR, true);
    expect(due(WALL + 2 * HOUR)).toBe(WALL + 2 * HOUR);
    clock.set(WALL + 2 * HOUR);
    expect(due(WALL + 20 * HOUR)).toBe(WALL + 20 * HOUR);
  });

  test.each([-2 * HOUR, 2 * HOUR])(
    'a live source waits for nothing because its clock was set by %d ms',
    (byMs) => {
      const { due, clock } = pacer(1, HOUR, true);
      due(WALL);
      clock.step(byMs);
      expect(due(WALL + 1000)).toBe(WALL);
      // Set forth, it goes on at the present; set back, from where it is.
      expect(due(Math.max(WALL + 2000, clock.now()))).toBeLessThanOrEqual(WALL + 1000);
    },
  );

  test('an older timestamp of another product is due at once', () => {
    const { due } = pacer(1);
    due(HOUR);
    expect(due(HOUR - MINUTE)).toBeLessThanOrEqual(WALL);
  });

  test('at full speed everything is due', () => {
    expect(pacer('max').due(HOUR)).toBeLessThan(WALL);
  });
});

test('waiting ends at the time, and at once when aborted', async () => {
  const { clock, wait } = pacer(1);
  const stopping = new AbortController();
  await wait(WALL, stopping.signal);
  setTimeout(() => clock.set(WALL + 20), 10);
  await wait(WALL + 20, stopping.signal);
  expect(clock.now()).toBe(WALL + 20);
  const waiting = wait(WALL + HOUR, stopping.signal);
  stopping.abort();
  await waiting;
});

test('no wait is negative, however the time goes on between two readings', async () => {
  const warned: string[] = [];
  const onWarning = ({ name }: Error) => void warned.push(name);
  process.on('warning', onWarning);
  let reading = 0;
  // Passes the due time between the first reading and the second.
  const clock = { now: () => WALL, monotonicMs: () => 2 * reading++ };
  await createPacer(clock, { speed: 1, maxGapMs: HOUR }).wait(1, new AbortController().signal);
  await new Promise((resolve) => setTimeout(resolve, 20));
  process.off('warning', onWarning);
  expect(warned).toEqual([]);
});

test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('a speed of %d is refused', (speed) => {
  expect(() => pacer(speed)).toThrow(expect.objectContaining({ code: 'invalid_setting' }));
});
