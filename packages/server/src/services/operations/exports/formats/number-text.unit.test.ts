import fc from 'fast-check';
import { expect, it } from 'vitest';
import { NUMBER_LENGTH, writeNumber } from './number-text.ts';

const bytes = new Uint8Array(2 * NUMBER_LENGTH);
const textOf = (places: Uint8Array) => (cell: number) =>
  new TextDecoder().decode(bytes.subarray(7, writeNumber(bytes, 7, cell, places, 0)));
const shown = (cell: number) => (Object.is(cell, -0) ? '-0' : String(cell));

it.each([
  [[0, -0, 1, -1, 24_057.05, 1e-6, 9.99e-7, 1e-7, -3e-8]],
  [[0.1 + 0.2, 1 / 3, 5e-324, Number.MAX_VALUE, -Number.MAX_VALUE, 1e20, 1e21]],
  [[1e15 - 1, 1e15, 1e15 + 2, 2 ** 53, 2 ** 31, 2 ** 31 + 0.25, 999_999_999.999_999, 1_000_000_000.000_001]],
])('numbers have the characters that JavaScript gives them: %j', (cells) => {
  expect(cells.map(textOf(new Uint8Array(1)))).toEqual(cells.map(shown));
});

it('whatever numbers come before them', () => {
  const decimal = fc
    .tuple(fc.maxSafeInteger(), fc.integer({ min: 0, max: 18 }))
    .map(([scaled, places]) => scaled / 10 ** places);
  const figure = fc
    .tuple(fc.integer(), fc.integer({ min: 0, max: 8 }))
    .map(([n, places]) => n / 10 ** places);
  const cell = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), decimal, figure);
  fc.assert(
    fc.property(fc.array(cell, { minLength: 1, maxLength: 50 }), (cells) => {
      const texts = cells.map(textOf(new Uint8Array(1)));
      expect(texts).toEqual(cells.map(shown));
      expect(Math.max(...texts.map(({ length }) => length))).toBeLessThanOrEqual(NUMBER_LENGTH);
    }),
    { numRuns: 500 },
  );
});
