import { TAKEN_LOG_LINES, type TakenLogLines } from '@deltastream/contracts';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createTakenLines, type TakenLinesParts } from './taken-lines.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

async function underTest() {
  const told: TakenLogLines[] = [];
  const state = { isAway: false };
  const taken = await createTakenLines({
    bus: {
      follow: async () => ({ stop: async () => undefined }),
      async publish(_topic: string, frame: Uint8Array) {
        if (state.isAway) throw new Error('the bus is away');
        told.push(TAKEN_LOG_LINES.frames.decode(frame));
        return '1';
      },
    } as unknown as TakenLinesParts['bus'],
    ...{ waitMs: 30_000, onMissing: () => undefined },
  });
  const ranges = () => told.flatMap((each) => each.ranges);
  return { taken, told, ranges, state };
}

it('tells all that was taken within a second, of however many processes', async () => {
  const { taken, told, ranges } = await underTest();
  for (let batch = 0; batch < 3; batch++)
    for (let i = 0; i < 3_000; i++) taken.took(`p${i}`, 1 + 10 * batch, 10);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(ranges()).toHaveLength(3_000);
  expect(ranges().every(({ first, count }) => first === 1 && count === 30)).toBe(true);
  expect(Math.max(...told.map((each) => each.ranges.length))).toBe(1_000);
  taken.took('p0', 31, 10);
  await taken.stop();
  expect(ranges().at(-1)).toEqual({ process: 'p0', first: 31, count: 10 });
});

it('tells what was taken while the bus was away, up to a bound', async () => {
  const { taken, ranges, state } = await underTest();
  state.isAway = true;
  taken.took('p', 1, 10);
  await vi.advanceTimersByTimeAsync(1_000);
  taken.took('p', 11, 10);
  state.isAway = false;
  await vi.advanceTimersByTimeAsync(1_000);
  expect(ranges().map(({ first, count }) => [first, count])).toEqual([
    [1, 10],
    [11, 10],
  ]);
  state.isAway = true;
  for (let i = 0; i < 150_000; i++) taken.took(`q${i}`, 1, 1);
  state.isAway = false;
  await taken.stop();
  expect(ranges().length - 2).toBeLessThanOrEqual(100_000);
  expect(ranges().at(-1)?.process).toBe('q149999');
});
