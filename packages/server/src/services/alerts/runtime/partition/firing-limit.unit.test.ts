import { expect, it, vi } from 'vitest';
import { firing } from '../../../../ports/stores/alerts/alert-store.fixture.ts';
import { createFiringLimit } from './firing-limit.ts';

const MINUTE_MS = 60_000;
const many = (count: number, fields: Parameters<typeof firing>[1] = {}) =>
  Array.from({ length: count }, (_, i) => firing(`f${i}`, fields));

it('lets an account have so many in a minute of the data, says so with the last, and leaves the others out', () => {
  const leftOut = vi.fn();
  const limit = createFiringLimit(3, leftOut);
  const kept = limit.within(many(5));
  expect(kept.map(({ id }) => id)).toEqual(['f0', 'f1', 'f2']);
  expect(kept[1].message).toBe(many(1)[0].message);
  expect(kept[2].message).toContain('3 alerts');
  expect(leftOut).toHaveBeenCalledTimes(2);
  expect(limit.within(many(1))).toEqual([]);
  // Another account, another minute, also one before.
  expect(limit.within(many(2, { owner: 'u2' }))).toHaveLength(2);
  for (const at of [MINUTE_MS, 2 * MINUTE_MS]) expect(limit.within(many(5, { at }))).toHaveLength(3);
  expect(limit.within(many(5, { at: MINUTE_MS + 1 }))).toHaveLength(0);
});

it('does not count rules that fire once', () => {
  const limit = createFiringLimit(1, () => {});
  expect(limit.within(many(4, { once: true }))).toHaveLength(4);
  expect(limit.within(many(1))).toHaveLength(1);
});
