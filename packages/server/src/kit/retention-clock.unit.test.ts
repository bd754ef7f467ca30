import { expect, it } from 'vitest';
import { createManualClock } from '../ports/clock.ts';
import { createRetentionClock, type RetentionClockOptions } from './retention-clock.ts';

const START = 1_795_680_000_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const YEAR_MS = 365 * DAY_MS;

function underTest(options: Partial<RetentionClockOptions> = {}) {
  const clock = createManualClock(START);
  const told: number[] = [];
  const retention = createRetentionClock({
    keepMs: 30 * DAY_MS,
    ...{ wallMs: clock.now, monotonicMs: clock.monotonicMs },
    onAhead: (aheadMs) => told.push(aheadMs),
    ...options,
  });
  const pass = (ms: number) => clock.set(clock.now() + ms);
  return { clock, pass, retention, told };
}

it('follows a clock that goes on, and one that is set back', () => {
  const { clock, pass, retention, told } = underTest();
  expect(retention.now()).toBe(START);
  pass(100 * DAY_MS);
  expect(retention.now()).toBe(clock.now());
  clock.step(-YEAR_MS);
  expect(retention.now()).toBe(clock.now());
  expect(told).toEqual([]);
});

it('does not follow a clock that is suddenly far ahead, says so once, and follows it again once it is set right', () => {
  const { clock, pass, retention, told } = underTest();
  retention.now();
  clock.step(10 * YEAR_MS);
  expect(retention.now()).toBe(START);
  pass(2 * HOUR_MS);
  expect(retention.now()).toBe(START + 2 * HOUR_MS);
  expect(told).toEqual([10 * YEAR_MS]);
  clock.step(-10 * YEAR_MS);
  expect(retention.now()).toBe(START + 2 * HOUR_MS);
  expect(retention.now()).toBe(clock.now());
});

it('believes a clock that has been ahead for a day', () => {
  const { clock, pass, retention } = underTest();
  retention.now();
  clock.step(YEAR_MS);
  for (let hour = 0; hour < 24; hour++) {
    expect(retention.now()).toBe(START + hour * HOUR_MS);
    pass(HOUR_MS);
  }
  expect(retention.now()).toBe(clock.now());
});

it('takes a step within a quarter of what is kept, and four days, for time that the machine was off', () => {
  const short = underTest({ keepMs: 4 * DAY_MS });
  short.retention.now();
  short.clock.step(DAY_MS);
  expect(short.retention.now()).toBe(START + DAY_MS);
  short.clock.step(DAY_MS + 1);
  expect(short.retention.now()).toBe(START + DAY_MS);
  const long = underTest({ keepMs: YEAR_MS });
  long.retention.now();
  long.clock.step(4 * DAY_MS + 1);
  expect(long.retention.now()).toBe(START);
});

it('begins at what was stored last where no file tells more', () => {
  const { retention, told } = underTest({ newestMs: START - YEAR_MS });
  expect(retention.now()).toBe(START - YEAR_MS);
  expect(told).toEqual([YEAR_MS]);
  expect(underTest({ newestMs: START - DAY_MS }).retention.now()).toBe(START);
});
