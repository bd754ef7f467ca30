import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { endingStream, readSpan } from './test-routes.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it.each([
  ['body.from', '2026-11-28T23:59:60Z', '2026-11-29T00:00:00Z'],
  ['body.to', '2026-11-28T00:00:00Z', '2026-11-28T23:59:60Z'],
  ['body.to', '2026-11-28T00:00:00Z', '2026-11-28T00:00:00Z'],
])('refuses a span whose %s is no later instant', (field, from, to) => {
  expect(() => readSpan({ from, to })).toThrow(field);
});

it('ends a test whose reader takes nothing soon after its time', async () => {
  async function* events() {
    for (;;) yield 'x'.repeat(100_000);
  }
  const timeout = new AbortController();
  const stream = endingStream(events(), timeout.signal);
  const closed = vi.fn();
  stream.once('close', closed);
  // Takes what fits and then no more.
  stream.read(0);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(closed).not.toHaveBeenCalled();
  timeout.abort();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(closed).toHaveBeenCalledOnce();
  expect(vi.getTimerCount()).toBe(0);
});
