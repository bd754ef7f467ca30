import { describe, expect, it } from 'vitest';
import { ALERT_DELIVERY } from '../settings.ts';
import { createRetrySchedule } from './retry-schedule.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const schedule = createRetrySchedule(ALERT_DELIVERY.defaults, () => 0);

describe('a message that failed', () => {
  it('is tried again as Standard Webhooks has it, then given up', () => {
    const waits = Array.from({ length: 10 }, (_, i) => schedule.beforeNextTry(i + 1, null));
    expect(waits).toEqual([
      ...[5_000, 5 * MINUTE_MS, 30 * MINUTE_MS, 2 * HOUR_MS, 5 * HOUR_MS, 10 * HOUR_MS],
      ...[14 * HOUR_MS, 20 * HOUR_MS, 24 * HOUR_MS, null],
    ]);
  });

  it('waits for as long as the target asks, within a bound', () => {
    expect(schedule.beforeNextTry(1, 90_000)).toBe(90_000);
    expect(schedule.beforeNextTry(2, 90_000)).toBe(5 * MINUTE_MS);
    expect(schedule.beforeNextTry(1, 1e12)).toBe(24 * HOUR_MS);
    expect(schedule.beforeNextTry(10, 90_000)).toBeNull();
  });

  it('never comes earlier than that', () => {
    const late = createRetrySchedule(ALERT_DELIVERY.defaults, () => 1);
    expect(late.beforeNextTry(1, null)).toBe(5_500);
    expect(late.beforeNextTry(1, 90_000)).toBe(99_000);
  });
});

it('other messages wait for as long as the target asks, else for a minute at most', () => {
  expect([1, 2, 9, 10].map((attempts) => schedule.beforeOthers(attempts, null))).toEqual([
    5_000, 60_000, 60_000, 60_000,
  ]);
  expect(schedule.beforeOthers(1, HOUR_MS)).toBe(HOUR_MS);
});
