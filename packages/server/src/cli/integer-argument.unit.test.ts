import { expect, it } from 'vitest';
import { integerArgument } from './integer-argument.ts';

it('reads an integer of its range, both ends included', () => {
  const read = integerArgument(1, 10);
  expect(['1', '10'].map(read)).toEqual([1, 10]);
  for (const text of ['0', '11', '1.5', 'many', '', ' ', '1e99'])
    expect(() => read(text)).toThrow('It is not an integer of at least 1 and at most 10.');
});

it('names no end where there is none', () => {
  expect(() => integerArgument(0)('-1')).toThrow('It is not an integer of at least 0.');
});
