import { type Bar, type BarInterval, mergeBars } from '@deltastream/contracts';
import { describe, expect, it } from 'vitest';
import { type PageQuery, readPage } from '../../../kit/responses/page.ts';
import type { ListRange, MarketReader } from '../../../ports/stores/market/market-store.ts';
import { barReaderAt } from './bars-as-of.ts';
import { readBars } from './ohlc.ts';

const MINUTE = 60_000;
/** 2026-08-17, a Monday, 09:15 in India. */
const OPEN = Date.UTC(2026, 7, 17, 3, 45);

/** Three sessions of 25 quarters of an hour each; the price is the count of bars before. */
const STORED: readonly Bar[] = [0, 1, 2].flatMap((day) =>
  Array.from({ length: 25 }, (_, i) => {
    const start = OPEN + day * 1440 * MINUTE + i * 15 * MINUTE;
    const price = day * 25 + i + 1;
    return {
      product: 'NIFTY',
      interval: '15m' as const,
      start,
      open_at: start,
      open: price,
      high: price + 0.5,
      low: price - 0.5,
      close_at: start + MINUTE,
      close: price,
    };
  }),
);

const store = {
  async bars(_product: string, _interval: string, { fromMs, toMs, limit, take }: ListRange) {
    const inside = STORED.filter(({ start }) => start >= fromMs && start < toMs);
    return take === 'last' ? inside.slice(Math.max(0, inside.length - limit)) : inside.slice(0, limit);
  },
} as Partial<MarketReader> as MarketReader;

async function everyPage(interval: BarInterval, query: PageQuery): Promise<Bar[][]> {
  const pages: Bar[][] = [];
  let cursor: string | undefined;
  do {
    const page = await readBars(store, 'NIFTY', interval, readPage({ ...query, cursor }));
    pages.push(page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return pages;
}

describe('pages of bars', () => {
  const FORWARD = { from: '1970-01-01T00:00:00Z' };

  it.each(['15m', '1h', '1d'] as const)('of %s are the same bars from either end', async (interval) => {
    const [all] = await everyPage(interval, { ...FORWARD, limit: 1000 });
    expect(all.reduce(mergeBars)).toMatchObject({ open: 1, high: 75.5, low: 0.5, close: 75 });
    for (const limit of [1, 2, 3, 7]) {
      expect((await everyPage(interval, { ...FORWARD, limit })).flat()).toEqual(all);
      const backward = await everyPage(interval, { limit });
      expect(backward[0]).toEqual(all.slice(-limit));
      expect(backward.toReversed().flat()).toEqual(all);
      expect((await everyPage(interval, { limit, order: 'desc' })).flat()).toEqual(all.toReversed());
    }
  });
});

it('bars of days are read in pieces that leave the event loop to others', async () => {
  const days = 120;
  const quarters = Array.from({ length: 96 * days }, (_, i): Bar => {
    const start = OPEN + i * 15 * MINUTE;
    const prices = { open: i, high: i + 1, low: i - 1, close: i + 0.5 };
    return { product: 'BTC', interval: '15m', start, open_at: start, close_at: start, ...prices };
  });
  const read: number[] = [];
  const many = {
    async bars(_product: string, _interval: string, { fromMs, toMs, limit, take }: ListRange) {
      const inside = quarters.filter(({ start }) => start >= fromMs && start < toMs);
      const found = take === 'last' ? inside.slice(-limit) : inside.slice(0, limit);
      read.push(found.length);
      return found;
    },
  } as Partial<MarketReader> as MarketReader;
  for (const query of [{ limit: days }, { limit: days, from: '1970-01-01T00:00:00Z' }]) {
    const { items } = await readBars(many, 'BTC', '1d', readPage(query));
    expect(items).toHaveLength(days);
    for (const bar of items) {
      const parts = quarters.filter(({ start }) => Math.floor((start - bar.start) / (1440 * MINUTE)) === 0);
      expect(bar).toEqual({ ...parts.reduce(mergeBars), interval: '1d', start: bar.start });
    }
  }
  expect(Math.max(...read)).toBeLessThanOrEqual(2_000);
});

it('the bar of an instant is not there where its ticks were removed and it outlived them', async () => {
  const [first, second] = STORED;
  const bars = [first, second].map((bar) => ({ ...bar, interval: '1m' as const }));
  const outlived = {
    bars: async (_product: string, _interval: string, { toMs }: ListRange) =>
      bars.filter(({ start }) => start < toMs),
    ticks: async () => [],
  } as Partial<MarketReader> as MarketReader;
  const reader = barReaderAt(outlived, new Date(second.start + 1000).toISOString());
  expect(await reader.bars('NIFTY', '1m', { fromMs: 0, toMs: second.close_at, limit: 10 })).toEqual([
    bars[0],
  ]);
});
