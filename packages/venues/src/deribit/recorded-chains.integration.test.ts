import { recording } from '@deltastream/recordings/testing/recordings';
import { expect, test } from 'vitest';
import { CELLS, playRecordedPages } from './recorded-pages.fixture.ts';

const file = recording('deribit/deribit_options_snapshots_2026-01.tar.xz');
/** As many as are played in ten seconds; `bench/feeds/recorded-month` plays the complete month. */
const PAGES = 40;
/** So long at most, that a slow machine compares fewer pages. */
const BUDGET_MS = 20_000;

const quantile = (values: number[], q: number) =>
  values.toSorted((a, b) => a - b)[Math.floor(q * values.length)];

test.skipIf(file.absent)('recorded chains come through the wire cell by cell', async () => {
  const seen = await playRecordedPages(file.path, { pages: PAGES, budgetMs: BUDGET_MS });
  expect(seen.pages).toBeGreaterThan(0);
  expect(seen.differences).toEqual([]);
  expect(seen.equal).toBe(seen.cells);
  expect(seen.rejections).toEqual([]);
  expect(seen.cells).toBeGreaterThan(seen.pages * 1300 * CELLS.length);
  const apart = seen.volatilityErrors;
  if (apart.length === 0) return;
  expect(apart.length).toBeGreaterThan(seen.pages * 100);
  // 0.02 points. The others are of rows that the venue read with another forward than the first of their page, which is one
  // in ten of the complete month.
  expect(quantile(apart, 0.5)).toBeLessThan(1e-4);
  expect(apart.filter((error) => error <= 2e-4).length).toBeGreaterThan(0.88 * apart.length);
});
