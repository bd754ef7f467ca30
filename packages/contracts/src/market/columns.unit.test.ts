import { expect, it } from 'vitest';
import { column, createColumnMemory, ENRICHED_COLUMNS, MAX_STRIKES } from './columns.ts';

it('gives the same memory and views for every chain, and keeps no more than the largest that is taken', () => {
  const memory = createColumnMemory();
  const three = memory(3, 20);
  expect(three.values.length).toBe(60);
  expect(memory(3, 20)).toBe(three);
  expect(column(memory(3, 20), 'call_bid')).toBe(column(three, 'call_bid'));
  const two = memory(2, 20);
  expect(column(two, 'call_bid').byteOffset).toBe(2 * 8);
  expect(two.values.buffer).toBe(three.values.buffer);
  expect(memory(3, 20)).toBe(three);
  expect(memory(3, 4).values.length).toBe(12);
  expect(memory(0, 20).values.length).toBe(0);

  const grown = memory(4, 20);
  column(grown, 'strike').fill(7);
  expect(column(memory(2, 20), 'strike')).toEqual(Float64Array.of(7, 7));

  const width = ENRICHED_COLUMNS.length;
  const largest = memory(MAX_STRIKES, width);
  const larger = memory(MAX_STRIKES + 1, width);
  expect(larger.values.length).toBe((MAX_STRIKES + 1) * width);
  expect(larger.views).toBeUndefined();
  expect(memory(MAX_STRIKES, width)).toBe(largest);
});
