import { expect, it, vi } from 'vitest';
import type { Logger } from './log.ts';
import { createPacedWarning } from './paced-warning.ts';

it('logs each subject once an interval and says how many it left out', () => {
  let nowMs = 0;
  const event = vi.fn();
  const warning = createPacedWarning({ event } as unknown as Logger, { now: () => nowMs });
  for (; nowMs < 2_000; nowMs += 1) {
    warning('ticks:NIFTY', 'messages_missing', { seq: nowMs });
    if (nowMs === 500) warning('ticks:BANKNIFTY', 'messages_missing', { seq: nowMs });
  }
  expect(event.mock.calls).toEqual([
    ['messages_missing', { seq: 0 }],
    ['messages_missing', { seq: 500 }],
    ['messages_missing', { seq: 1_000, unlogged: 999 }],
  ]);
});

it('holds no more subjects than its bound', () => {
  const event = vi.fn();
  const warning = createPacedWarning({ event } as unknown as Logger, { now: () => 0 });
  for (let product = 0; product <= 1_000; product++) warning(`${product}`, 'messages_missing', {});
  warning('0', 'messages_missing', {});
  warning('1000', 'messages_missing', {});
  expect(event).toHaveBeenCalledTimes(1_002);
});
