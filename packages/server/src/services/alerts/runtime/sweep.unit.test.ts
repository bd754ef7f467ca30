import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { silentLogger } from '../../../kit/logging/log.ts';
import { createManualClock } from '../../../ports/clock.ts';
import { createSweep } from './sweep.ts';

const DAY_MS = 86_400_000;
const START_MS = 100 * DAY_MS;
const SWEEP_MS = 3_600_000;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('removes what is old, and not what is recent while the clock is years ahead', async () => {
  const clock = createManualClock(START_MS);
  const removeBefore = vi.fn(async (_ms: number, _most: number) => 0);
  const settings = { keepDays: 90, keepFirings: 1_000, sweepMs: SWEEP_MS };
  const sweep = createSweep({ store: { removeBefore }, clock, logger: silentLogger, settings });
  sweep.start();
  const passHour = async () => {
    clock.set(clock.now() + SWEEP_MS);
    await vi.advanceTimersByTimeAsync(SWEEP_MS);
  };
  await passHour();
  expect(removeBefore).toHaveBeenLastCalledWith(START_MS + SWEEP_MS - 90 * DAY_MS, 1_000);
  clock.step(3_650 * DAY_MS);
  await passHour();
  expect(removeBefore).toHaveBeenLastCalledWith(START_MS + 2 * SWEEP_MS - 90 * DAY_MS, 1_000);
  sweep.stop();
});
