import { expect, it } from 'vitest';
import { refreshAfterMs } from './market-view.tsx';

it('asks for a list that lacks something soon, and ever later where it stays so', () => {
  expect([0, 1, 2, 3, 7, 10_000].map((tries) => refreshAfterMs(false, tries))).toEqual([
    500, 500, 1_000, 2_000, 30_000, 30_000,
  ]);
  expect(refreshAfterMs(true, 1)).toBe(30_000);
});
