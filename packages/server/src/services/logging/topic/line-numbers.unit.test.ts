import { expect, it } from 'vitest';
import { createLineNumbers } from './line-numbers.ts';

/** Numbers of the lines that were new. */
function taker() {
  const numbers = createLineNumbers();
  return (process: string, first: number, count: number) => {
    const isNew = numbers.take(process, first, count);
    return Array.from({ length: count }, (_, i) => first + i).filter((n) => isNew(n - first));
  };
}

it('takes each line once, also of a batch that comes after later ones', () => {
  const take = taker();
  expect(take('a', 4, 2)).toEqual([4, 5]);
  expect(take('a', 8, 1)).toEqual([8]);
  expect(take('a', 1, 3)).toEqual([1, 2, 3]);
  expect(take('a', 1, 9)).toEqual([6, 7, 9]);
  expect(take('a', 1, 9)).toEqual([]);
  expect(take('b', 1, 1)).toEqual([1]);
});

it('forgets the oldest of many ranges, whose lines would be taken again', () => {
  const take = taker();
  for (let i = 0; i < 40; i++) take('a', 1 + 2 * i, 1);
  expect(take('a', 1, 1)).toEqual([1]);
  expect(take('a', 79, 1)).toEqual([]);
});
