import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { DeltaStreamError } from '../../../kit/errors.ts';
import { createOutage } from './outage.ts';
import { isConnectionFailure, saidBy } from './server-errors.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2026, 7, 19, 12) });
});
afterEach(() => {
  vi.useRealTimers();
});

it('is looked at ever later up to a bound, says the latest reason and the first time, and ends', async () => {
  const looks: number[] = [];
  let there = false;
  const probe = async () => {
    looks.push(Date.now() - Date.UTC(2026, 7, 19, 12));
    if (!there) throw new Error(`try ${looks.length}`);
  };
  const log: string[] = [];
  const outage = createOutage(probe, { retryMinMs: 100, retryMaxMs: 500 }, (message) => log.push(message));
  expect(outage.problem()).toBeNull();
  outage.begin('refused');
  outage.begin('refused again');
  expect(outage.problem()).toBe('away since 2026-08-19T12:00:00.000Z: refused');
  await vi.advanceTimersByTimeAsync(1800);
  expect(looks).toEqual([100, 300, 700, 1200, 1700]);
  expect(outage.problem()).toBe('away since 2026-08-19T12:00:00.000Z: try 5');
  there = true;
  await vi.advanceTimersByTimeAsync(500);
  expect(outage.problem()).toBeNull();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(looks).toHaveLength(6);
  expect(log).toEqual(['the server is away', 'the server is back']);
  outage.close();
});

it('looks no more once it is closed', async () => {
  let looks = 0;
  const probe = async () => {
    looks += 1;
    throw new Error('away');
  };
  const outage = createOutage(probe, { retryMinMs: 1, retryMaxMs: 1 }, () => undefined);
  outage.begin('refused');
  await vi.advanceTimersByTimeAsync(3);
  outage.close();
  const before = looks;
  await vi.advanceTimersByTimeAsync(100);
  expect(looks).toBe(before);
});

it('is not begun by a fault of this program, nor by a pool in use; every error says something', () => {
  const refused = Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' });
  expect(saidBy(refused)).toBe('ECONNREFUSED');
  expect(isConnectionFailure(refused)).toBe(true);
  expect(isConnectionFailure(new Error('Query read timeout'))).toBe(true);
  for (const fault of [
    new RangeError('The number 1.5 cannot be converted to a BigInt'),
    new TypeError('not a function'),
    new DeltaStreamError('malformed_message', 'no chain'),
    new Error('timeout exceeded when trying to connect'),
  ]) {
    expect(isConnectionFailure(fault), fault.message).toBe(false);
  }
});
