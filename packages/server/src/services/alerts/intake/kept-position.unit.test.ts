import { expect, it } from 'vitest';
import { keepPosition, keptPosition } from './kept-position.ts';

it('gives a position back to the bus that it is of, and to no other', () => {
  const kept = keepPosition('3f2a', '1785-0');
  expect(keptPosition('3f2a', kept)).toBe('1785-0');
  expect(keptPosition('3f2', kept)).toBeNull();
  expect(keptPosition('other', kept)).toBeNull();
  expect(keptPosition('3f2a', undefined)).toBeNull();
});
