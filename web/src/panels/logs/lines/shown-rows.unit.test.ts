import { expect, it } from 'vitest';
import { type LineItem, nextRow, rowsOf } from './shown-rows.ts';

const items: LineItem[] = [
  { key: 'a', line: {} as never },
  { key: 'b', line: {} as never },
  { key: 'gap', gap: 'away' },
  { key: 'c', line: {} as never },
];

it('has what an opened line says below it', () => {
  const keys = rowsOf(items, new Set(['a', 'gone'])).map(({ key }) => key);
  expect(keys).toEqual(['a', 'a details', 'b', 'gap', 'c']);
});

it.each([
  [0, 'ArrowDown', 2],
  [2, 'ArrowDown', 4],
  [4, 'ArrowUp', 2],
  [2, 'ArrowUp', 0],
  [0, 'ArrowUp', 0],
  [4, 'ArrowDown', 4],
  [0, 'End', 4],
  [4, 'Home', 0],
  [0, 'PageDown', 4],
  [4, 'PageUp', 0],
  [0, 'x', null],
])('from row %i %s leads to %s', (from, key, to) => {
  expect(nextRow(rowsOf(items, new Set(['a'])), from, key, 3)).toBe(to);
});

it('leads nowhere in a list without lines', () => {
  expect(nextRow([], 0, 'ArrowDown', 3)).toBeNull();
});
