import { expect, it } from 'vitest';
import { createRandom } from '../../packages/server/src/services/feed/synthetic/random.ts';
import { type Neighbours, ratioOfGroups } from './ratios.ts';

/** Groups whose candidate is `ratio` of its base, by processes that differ by `spread` and rounds that differ by a hundredth. */
function measured(ratio: number, groups: number, spread: number, seed: number): Neighbours[][] {
  const { normal } = createRandom(seed);
  return Array.from({ length: groups }, () => {
    const ofProcesses = ratio * Math.exp(spread * normal());
    return Array.from({ length: 7 }, (): Neighbours => {
      const drift = Math.exp(0.3 * normal());
      return [1_000 * drift * ofProcesses * Math.exp(0.01 * normal()), 1_000 * drift];
    });
  });
}

it('is free of what both rounds of a pair had to bear', () => {
  const { ratio, low, high } = ratioOfGroups(measured(0.9, 5, 0, 1));
  expect(ratio).toBeCloseTo(0.9, 2);
  expect(high - low).toBeLessThan(0.02);
});

it('says by its interval that processes differ, and has the ratio in it nearly always', () => {
  let hits = 0;
  for (let seed = 0; seed < 40; seed++) {
    const { low, high } = ratioOfGroups(measured(0.97, 8, 0.1, seed));
    expect(high - low).toBeGreaterThan(0.02);
    if (low <= 0.97 && high >= 0.97) hits += 1;
  }
  expect(hits).toBeGreaterThanOrEqual(32);
});

it('refuses what was not measured', () => {
  expect(() => ratioOfGroups([])).toThrow('at least one group');
  expect(() => ratioOfGroups([[[1, 1]], []])).toThrow('at least one round');
});
