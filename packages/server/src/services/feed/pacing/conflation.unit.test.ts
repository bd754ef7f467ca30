import { expect, it } from 'vitest';
import { chainOf } from './conflation.fixture.ts';
import { createConflation } from './conflation.ts';

it('keeps the newest of each product and expiry, and says what gave way', () => {
  const conflation = createConflation(1000);
  const [a1, b1, a2] = [chainOf('A', 1), chainOf('B', 1), chainOf('A', 2)];
  expect([a1, b1, a2].map(conflation.hold)).toEqual([false, false, true]);
  expect(conflation.due(0)).toEqual([b1, a2]);
  expect(conflation.due(0)).toEqual([]);
});

it('lets what is held go once per interval', () => {
  const conflation = createConflation(1000);
  conflation.hold(chainOf('A', 1));
  expect(conflation.due(5000)).toHaveLength(1);
  conflation.hold(chainOf('A', 2));
  expect(conflation.due(5999)).toEqual([]);
  expect(conflation.held()).toBe(1);
  expect(conflation.due(6000)).toHaveLength(1);
});

it('never sends what a newer chain has overtaken', () => {
  const conflation = createConflation(1000);
  conflation.hold(chainOf('A', 1));
  expect(conflation.supersede(chainOf('B', 1))).toBe(false);
  expect(conflation.supersede(chainOf('A', 2))).toBe(true);
  expect(conflation.due(0)).toEqual([]);
});
