import { expect, it, vi } from 'vitest';
import type { Logger } from './log.ts';
import { createPacedWarning } from './paced-warning.ts';

it('logs each subject once an interval and says how many it left out', () => {
  let nowMs = 0;
  const warn = vi.fn();
  const warning = createPacedWarning({ warn } as unknown as Logger, { now: () => nowMs });
  for (; nowMs < 2_000; nowMs += 1) {
    warning('ticks:NIFTY', 'lost', { seq: nowMs });
    if (nowMs === 500) warning('ticks:BANKNIFTY', 'lost', { seq: nowMs });
  }
  expect(warn.mock.calls).toEqual([
    [{ seq: 0 }, 'lost'],
    [{ seq: 500 }, 'lost'],
    [{ seq: 1_000, unlogged: 999 }, 'lost'],
  ]);
});

it('holds no more subjects than its bound', () => {
  const warn = vi.fn();
  const warning = createPacedWarning({ warn } as unknown as Logger, { now: () => 0 });
  for (let product = 0; product <= 1_000; product++) warning(`${product}`, 'lost', {});
  warning('0', 'lost', {});
  warning('1000', 'lost', {});
  expect(warn).toHaveBeenCalledTimes(1_002);
});
