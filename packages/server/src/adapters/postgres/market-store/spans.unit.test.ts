import fc from 'fast-check';
import { expect, it } from 'vitest';
import { groupsOfTimes, spansOf } from './spans.ts';

const DAY_MS = 86_400_000;
const NOON = Date.UTC(2026, 7, 19, 12);

it('parts of a range are its own, without a gap, of 32 days at most, and short where they begin', () => {
  const range = fc.tuple(
    fc.integer({ min: 0, max: 400 * DAY_MS }),
    fc.integer({ min: 0, max: 400 * DAY_MS }),
  );
  fc.assert(
    fc.property(range, fc.constantFrom('first', 'last'), ([from, length], take) => {
      const all = { fromMs: from, toMs: from + length };
      const spans = [...spansOf(all, take)];
      if (take === 'last') spans.reverse();
      let end = from;
      for (const { fromMs, toMs } of spans) {
        expect(fromMs).toBe(end);
        expect(toMs - fromMs).toBeGreaterThan(0);
        expect(toMs - fromMs).toBeLessThanOrEqual(32 * DAY_MS);
        end = toMs;
      }
      expect(end).toBe(from + length);
      const nearest = take === 'first' ? spans[0] : spans.at(-1);
      if (nearest) expect(nearest.toMs - nearest.fromMs).toBeLessThanOrEqual(DAY_MS);
    }),
  );
});

it('groups of times keep their order, and are bounded in number and days', () => {
  const times = [0, 1, 2, 40 * DAY_MS, 41 * DAY_MS, 90 * DAY_MS].map((after) => NOON + after);
  expect([...groupsOfTimes(times, 2)]).toEqual([
    times.slice(0, 2),
    [times[2]],
    times.slice(3, 5),
    [times[5]],
  ]);
  expect([...groupsOfTimes([], 2)]).toEqual([]);
});
