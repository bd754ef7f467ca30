import { describe, expect, it } from 'vitest';
import { readPage } from '../../kit/page.ts';
import { SUMMARY_FIGURES, type SummaryPoint, type TimeRange } from '../../ports/market-store.ts';
import { everySnapshot, lastOfEachInterval } from './pcr-history.ts';

const point = (timestamp: number): SummaryPoint =>
  ({ ...Object.fromEntries(SUMMARY_FIGURES.map((name) => [name, null])), timestamp }) as SummaryPoint;

const reader = (stored: readonly number[]) => async (range: TimeRange) =>
  stored
    .filter((at) => at >= range.fromMs && at < range.toMs)
    .slice(0, range.limit)
    .map(point);

const every = (length: number, step: number) => Array.from({ length }, (_, i) => i * step);
const minute = (at: number) => Math.floor(at / 60_000) * 60_000;

async function all(limit: number, page: (range: TimeRange) => ReturnType<typeof everySnapshot>) {
  const seen: number[][] = [];
  let fromMs = 0;
  while (true) {
    const { points, nextCursor } = await page({ fromMs, toMs: 1e9, limit });
    seen.push(points.map(({ timestamp }) => timestamp));
    if (nextCursor === null) return seen;
    fromMs = readPage({ cursor: nextCursor }).fromMs;
  }
}

describe('summary history', () => {
  it('pages through every snapshot', async () => {
    const read = reader([1, 2, 3, 4, 5]);
    expect(await all(2, (range) => everySnapshot(read, range))).toEqual([[1, 2], [3, 4], [5]]);
    expect(await all(5, (range) => everySnapshot(read, range))).toEqual([[1, 2, 3, 4, 5]]);
  });

  it('keeps the last snapshot of each interval, over any number of reads and pages', async () => {
    const read = reader(every(12_000, 1_000));
    const pages = await all(90, (range) => lastOfEachInterval(read, range, minute));
    expect(pages.map(({ length }) => length)).toEqual([90, 90, 20]);
    expect(pages.flat()).toEqual(Array.from({ length: 200 }, (_, i) => i * 60_000 + 59_000));
  });

  it('has nothing where nothing is stored', async () => {
    expect(await all(5, (range) => lastOfEachInterval(reader([]), range, minute))).toEqual([[]]);
  });
});
