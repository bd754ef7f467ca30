import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createRunningTests, endingStream, readSpan } from './test-routes.ts';

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

it('runs so many tests at a time, and of one account fewer', () => {
  const running = createRunningTests({ tests: 3, testsPerAccount: 2 });
  const first = running.begin('u1');
  running.begin('u1');
  expect(() => running.begin('u1')).toThrow('2 tests of rules of this account are under way');
  const other = running.begin('u2');
  expect(() => running.begin('u3')).toThrow('--alerts-tests)');
  other();
  expect(() => running.begin('u1')).toThrow('--alerts-tests-per-account');
  first();
  running.begin('u1');
  running.begin('u2');
  expect(() => running.begin('u3')).toThrow('3 tests of rules are under way');
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
