import { type BarInterval, HISTORY_FIGURES } from '@deltastream/contracts';
import { describe, expect, it } from 'vitest';
import { type PageQuery, readPage } from '../../../kit/responses/page.ts';
import type { SummaryPoint } from '../../../ports/stores/market/market-store.ts';
import { intervalStart } from '../bars/interval-start.ts';
import type { ChainReader } from '../reading/reader-as-of.ts';
import { readSummaries } from './summary-pages.ts';

const point = (timestamp: number): SummaryPoint =>
  ({ ...Object.fromEntries(HISTORY_FIGURES.map((name) => [name, null])), timestamp }) as SummaryPoint;

/** A store of summaries, and how many rows were read of it. */
function storeOf(stored: readonly number[]) {
  const read = { rows: 0 };
  const counted = (times: readonly number[]) => {
    read.rows += times.length;
    return Promise.resolve(times.map(point));
  };
  /** Place of the first one at or after an instant. */
  const placeOf = (atMs: number) => {
    let [low, high] = [0, stored.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (stored[middle] < atMs) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const reader: Pick<ChainReader, 'summaries' | 'lastSummaries'> = {
    summaries(_product, _expiry, { fromMs, toMs, limit, take }) {
      const [from, to] = [placeOf(fromMs), placeOf(toMs)];
      return counted(
        take === 'last'
          ? stored.slice(Math.max(from, to - limit), to)
          : stored.slice(from, Math.min(to, from + limit)),
      );
    },
    lastSummaries: (_product, _expiry, starts, toMs) =>
      counted(
        starts.flatMap((start, i) => {
          const last = stored[placeOf(starts[i + 1] ?? toMs) - 1] ?? -1;
          return last >= start ? [last] : [];
        }),
      ),
  };
  return { reader, read };
}

const every = (length: number, step: number, from = 0) => Array.from({ length }, (_, i) => from + i * step);
const FORWARD = { from: '1970-01-01T00:00:00Z' };
const MINUTE = 60_000;

async function pages(
  stored: readonly number[],
  product: string,
  interval: BarInterval | undefined,
  query: PageQuery,
) {
  const { reader, read } = storeOf(stored);
  const seen: number[][] = [];
  let cursor: string | undefined;
  do {
    const page = readPage({ ...query, cursor });
    const { items, nextCursor } = await readSummaries(reader, { product, expiry: 'any' }, interval, page);
    seen.push(items.map(({ timestamp }) => timestamp));
    cursor = nextCursor ?? undefined;
  } while (cursor !== undefined);
  return { seen, rows: read.rows };
}

describe('pages of summaries', () => {
  it('go through every snapshot', async () => {
    const of = async (query: PageQuery) => (await pages([1, 2, 3, 4, 5], 'ANY', undefined, query)).seen;
    expect(await of({ ...FORWARD, limit: 2 })).toEqual([[1, 2], [3, 4], [5]]);
    expect(await of({ ...FORWARD, limit: 5 })).toEqual([[1, 2, 3, 4, 5]]);
    expect(await of({ limit: 2 })).toEqual([[4, 5], [2, 3], [1]]);
  });

  it('keep the last snapshot of each interval, over any number of reads and pages', async () => {
    const of = async (query: PageQuery) => (await pages(every(12_000, 1_000), 'ANY', '1m', query)).seen;
    const closes = every(200, MINUTE).map((start) => start + 59_000);
    const forward = await of({ ...FORWARD, limit: 90 });
    expect(forward.map(({ length }) => length)).toEqual([90, 90, 20]);
    expect(forward.flat()).toEqual(closes);
    const backward = await of({ limit: 90 });
    expect(backward.map(({ length }) => length)).toEqual([90, 90, 20]);
    expect(backward.toReversed().flat()).toEqual(closes);
    expect((await of({ limit: 90, order: 'desc' })).flat()).toEqual(closes.toReversed());
    const [from, to] = [new Date(90_500).toISOString(), new Date(300_500).toISOString()];
    expect(await of({ from, to })).toEqual([[119_000, 179_000, 239_000, 299_000, 300_000]]);
  });

  /** Minutes of 40 days in India from before the opening, a week of them missing, but for weekends. */
  const opening = Date.UTC(2026, 7, 3, 3, 45);
  const minutes = every(40, 1)
    .filter((day) => day % 7 < 5 && !(day >= 14 && day < 21))
    .flatMap((day) => every(390, MINUTE, opening + (day * 1440 - 15) * MINUTE));

  it.each(['1m', '5m', '15m', '1h', '1d'] as const)(
    'of %s are those of a look at every snapshot, from either end',
    async (interval) => {
      const startOf = intervalStart('NIFTY', interval);
      const starts = minutes.map(startOf);
      const expected = minutes.filter((_, i) => starts[i] !== starts[i + 1]);
      for (const limit of interval === '1d' ? [1, 7, 500] : [97, 10_000]) {
        const forward = await pages(minutes, 'NIFTY', interval, { ...FORWARD, limit });
        expect(forward.seen.flat().join()).toBe(expected.join());
        const backward = await pages(minutes, 'NIFTY', interval, { limit });
        expect(backward.seen.toReversed().flat().join()).toBe(expected.join());
      }
    },
  );

  it('of long intervals read few of the snapshots in them', async () => {
    const { seen, rows } = await pages(minutes, 'NIFTY', '1d', { limit: 20 });
    expect(seen[0]).toHaveLength(20);
    expect(rows).toBeLessThan(60);
  });

  it('are empty where nothing is stored', async () => {
    for (const query of [{ ...FORWARD, limit: 5 }, { limit: 5 }]) {
      expect((await pages([], 'NIFTY', '15m', query)).seen).toEqual([[]]);
    }
  });
});
