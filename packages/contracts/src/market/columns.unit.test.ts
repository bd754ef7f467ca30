import { expect, it } from 'vitest';
import { createCellMemory, ENRICHED_COLUMNS, MAX_STRIKES } from './columns.ts';

it('gives the same memory for every chain, and keeps no more of it than the largest that is taken', () => {
  const memory = createCellMemory();
  const cells = memory(300);
  expect(cells.length).toBe(300);
  expect(memory(300)).toBe(cells);
  const fewer = memory(100);
  expect(fewer.length).toBe(100);
  expect(fewer.buffer).toBe(cells.buffer);
  expect(memory(300).buffer).toBe(cells.buffer);
  expect(memory(0).length).toBe(0);

  const most = MAX_STRIKES * ENRICHED_COLUMNS.length;
  const largest = memory(most).buffer;
  expect(memory(most + 1).length).toBe(most + 1);
  expect(memory(most).buffer).toBe(largest);
});
