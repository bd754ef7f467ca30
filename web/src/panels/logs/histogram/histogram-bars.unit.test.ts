import { expect, it } from 'vitest';
import { barsOf, barText, markedRange, totals } from './histogram-bars.ts';

const MINUTE = 60_000;
const FROM = Date.parse('2026-11-28T10:00:30Z');
const HISTOGRAM = {
  by: ['level'],
  step: 60,
  steps: [
    {
      from: '2026-11-28T10:01:00.000Z',
      groups: [
        { values: ['info'], count: 5 },
        { values: ['error'], count: 1 },
        { values: ['fatal'], count: 2 },
      ],
    },
  ],
};

it('has a bar for every step, the first one begun before the range', () => {
  const bars = barsOf(HISTOGRAM, { fromMs: FROM, toMs: FROM + 2 * MINUTE, isOpen: false });
  expect(bars.map(({ fromMs, total }) => [new Date(fromMs).toISOString().slice(11, 19), total])).toEqual([
    ['10:00:00', 0],
    ['10:01:00', 8],
    ['10:02:00', 0],
  ]);
  expect(totals(bars)).toEqual({ error: 3, warn: 0, info: 5, debug: 0 });
});

it('has no bar for a step that begins at the end of a range', () => {
  const span = { fromMs: FROM - 30_000, toMs: FROM + 30_000, isOpen: false };
  expect(barsOf(HISTOGRAM, span)).toHaveLength(1);
});

it('reaches to lines beyond the clock of this machine where the range is open', () => {
  const behind = { fromMs: FROM - 10 * MINUTE, toMs: FROM - 5 * MINUTE, isOpen: true };
  expect(barsOf(HISTOGRAM, behind).at(-1)?.total).toBe(8);
});

it('says a bar in words, and the range of marked bars whichever way they were marked', () => {
  const bars = barsOf(HISTOGRAM, { fromMs: FROM, toMs: FROM + 2 * MINUTE, isOpen: false });
  expect(bars.map((bar) => barText(bar, String))).toEqual([
    'no lines',
    '8 lines: 3 errors, 5 info',
    'no lines',
  ]);
  const marked = { from: '2026-11-28T10:00:00.000Z', to: '2026-11-28T10:02:00.000Z' };
  expect(markedRange(bars, 0, 1)).toEqual(marked);
  expect(markedRange(bars, 1, 0)).toEqual(marked);
});
