import { expect, it } from 'vitest';
import { createMissingLines } from './missing-lines.ts';

const WAIT_MS = 1_000;

function underTest() {
  let now = 0;
  const missing = createMissingLines(WAIT_MS, () => now);
  return {
    came: (process: string, first: number, count: number, here = true) =>
      missing.came(process, first, count, here),
    /** After so long; looked at before, as a timer does. */
    after(ms: number) {
      const before = missing.settle();
      now += ms;
      return before + missing.settle();
    },
  };
}

it('counts numbers that nobody saw once, after a while', () => {
  const { came, after } = underTest();
  came('a', 1, 3);
  came('a', 8, 1);
  came('b', 1, 1);
  expect(after(WAIT_MS - 1)).toBe(0);
  expect(after(1)).toBe(4);
  expect(after(10 * WAIT_MS)).toBe(0);
  came('a', 9, 1);
  came('a', 20, 5);
  expect(after(WAIT_MS)).toBe(10);
});

it('does not count what comes late, in whatever order', () => {
  const { came, after } = underTest();
  came('a', 1, 1);
  came('a', 10, 5);
  came('a', 4, 3);
  expect(after(WAIT_MS / 2)).toBe(0);
  came('a', 7, 3);
  came('a', 2, 2);
  expect(after(10 * WAIT_MS)).toBe(0);
});

it('knows nothing of what was before the first line', () => {
  const { came, after } = underTest();
  came('a', 5_000, 10);
  came('a', 1, 100);
  came('a', 5_010, 1);
  expect(after(10 * WAIT_MS)).toBe(0);
});

it('settles the oldest of very many gaps at once', () => {
  const { came, after } = underTest();
  for (let i = 0; i < 400; i++) came('a', 1 + 2 * i, 1);
  const first = after(0);
  expect(first).toBeGreaterThan(100);
  expect(first + after(WAIT_MS)).toBe(399);
});

it('leaves a gap to the service that has the line behind it', () => {
  const { came, after } = underTest();
  came('a', 1, 1);
  came('a', 5, 1, false);
  came('a', 8, 1);
  expect(after(WAIT_MS)).toBe(2);
});

it('has no work that grows with the number of gaps for each line that comes', () => {
  const { came, after } = underTest();
  const lines = 50_000;
  const begun = process.cpuUsage();
  for (let i = 0; i < lines; i++) came('a', 1 + 2 * i, 1);
  const { user, system } = process.cpuUsage(begun);
  // Where the list of gaps is gone through for each of them, this takes half a minute.
  expect(user + system).toBeLessThan(5_000_000);
  expect(after(WAIT_MS)).toBe(lines - 1);
});
