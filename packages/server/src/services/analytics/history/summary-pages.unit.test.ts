import { HISTORY_FIGURES } from '@deltastream/contracts';
import { describe, expect, it } from 'vitest';
import { type Page, type PageQuery, type PageRange, readPage } from '../../../kit/responses/page.ts';
import type { ListRange, SummaryPoint } from '../../../ports/stores/market-store.ts';
import { everySnapshot, lastOfEachInterval } from './summary-pages.ts';

const point = (timestamp: number): SummaryPoint =>
  ({ ...Object.fromEntries(HISTORY_FIGURES.map((name) => [name, null])), timestamp }) as SummaryPoint;

const reader =
  (stored: readonly number[]) =>
  async ({ fromMs, toMs, limit, take }: ListRange) => {
    const inside = stored.filter((at) => at >= fromMs && at < toMs);
    return (take === 'last' ? inside.slice(-limit) : inside.slice(0, limit)).map(point);
  };

const every = (length: number, step: number) => Array.from({ length }, (_, i) => i * step);
const minute = (at: number) => Math.floor(at / 60_000) * 60_000;
const FORWARD = { from: '1970-01-01T00:00:00Z' };

async function all(query: PageQuery, read: (page: PageRange) => Promise<Page<SummaryPoint>>) {
  const seen: number[][] = [];
  let cursor: string | undefined;
  do {
    const { items, nextCursor } = await read(readPage({ ...query, cursor }));
    seen.push(items.map(({ timestamp }) => timestamp));
    cursor = nextCursor ?? undefined;
  } while (cursor !== undefined);
  return seen;
}

describe('summary history', () => {
  it('pages through every snapshot', async () => {
    const read = reader([1, 2, 3, 4, 5]);
    const pages = (query: PageQuery) => all(query, (page) => everySnapshot(read, page));
    expect(await pages({ ...FORWARD, limit: 2 })).toEqual([[1, 2], [3, 4], [5]]);
    expect(await pages({ ...FORWARD, limit: 5 })).toEqual([[1, 2, 3, 4, 5]]);
    expect(await pages({ limit: 2 })).toEqual([[4, 5], [2, 3], [1]]);
  });

  it('keeps the last snapshot of each interval, over any number of reads and pages', async () => {
    const read = reader(every(12_000, 1_000));
    const pages = (query: PageQuery) => all(query, (page) => lastOfEachInterval(read, page, minute));
    const closes = every(200, 60_000).map((start) => start + 59_000);
    const forward = await pages({ ...FORWARD, limit: 90 });
    expect(forward.map(({ length }) => length)).toEqual([90, 90, 20]);
    expect(forward.flat()).toEqual(closes);
    const backward = await pages({ limit: 90 });
    expect(backward.map(({ length }) => length)).toEqual([90, 90, 20]);
    expect(backward.toReversed().flat()).toEqual(closes);
    expect((await pages({ limit: 90, order: 'desc' })).flat()).toEqual(closes.toReversed());
  });

  it('has nothing where nothing is stored', async () => {
    const pages = (query: PageQuery) => all(query, (page) => lastOfEachInterval(reader([]), page, minute));
    expect(await pages({ ...FORWARD, limit: 5 })).toEqual([[]]);
    expect(await pages({ limit: 5 })).toEqual([[]]);
  });
});
