import { expect, it } from 'vitest';
import { createOwedInvalidations } from './owed-invalidations.ts';

const of = (key: string, version: number) => ({ key, version, ttlMs: 1000 });

it('doubts a key until its last invalidation is done', () => {
  const owed = createOwedInvalidations(10);
  const [first, second] = [of('a', 1), of('a', 2)];
  owed.add(first, 0);
  owed.add(second, 0);
  owed.done(first);
  expect([owed.doubtful('a', 0), owed.doubtful('b', 0)]).toEqual([true, false]);
  owed.done(second);
  expect(owed.doubtful('a', 0)).toBe(false);
});

it('doubts everything for the time to live when it cannot remember more', () => {
  const owed = createOwedInvalidations(1);
  owed.add(of('a', 1), 0);
  owed.add(of('b', 1), 500);
  expect(owed.list()).toHaveLength(1);
  expect([owed.doubtful('c', 1499), owed.doubtful('c', 1500)]).toEqual([true, false]);
});
