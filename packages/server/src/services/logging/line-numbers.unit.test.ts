import { expect, it } from 'vitest';
import { createLineNumbers } from './line-numbers.ts';

/** Numbers of the lines that were new, and how many were missing. */
function taker() {
  const numbers = createLineNumbers();
  return (process: string, first: number, count: number) => {
    const { isNew, missing } = numbers.take(process, first, count);
    return {
      taken: Array.from({ length: count }, (_, i) => first + i).filter((n) => isNew(n - first)),
      missing,
    };
  };
}

it('takes each line once, also of a batch that comes after later ones', () => {
  const take = taker();
  expect(take('a', 4, 2)).toEqual({ taken: [4, 5], missing: 0 });
  expect(take('a', 8, 1)).toEqual({ taken: [8], missing: 2 });
  expect(take('a', 1, 3)).toEqual({ taken: [1, 2, 3], missing: 0 });
  expect(take('a', 1, 9)).toEqual({ taken: [6, 7, 9], missing: 0 });
  expect(take('a', 1, 9)).toEqual({ taken: [], missing: 0 });
  expect(take('b', 1, 1)).toEqual({ taken: [1], missing: 0 });
});

it('forgets the oldest of many ranges, whose lines would be taken again', () => {
  const take = taker();
  for (let i = 0; i < 40; i++) take('a', 1 + 2 * i, 1);
  expect(take('a', 1, 1).taken).toEqual([1]);
  expect(take('a', 79, 1).taken).toEqual([]);
});
