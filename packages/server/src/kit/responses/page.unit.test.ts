import { describe, expect, it } from 'vitest';
import type { ListRange } from '../../ports/stores/market/market-store.ts';
import { type PageQuery, readItems, readPage } from './page.ts';

const STORED = [1, 2, 3, 4, 5, 6, 7].map((minute) => minute * 60_000);
const at = (minute: number) => new Date(minute * 60_000).toISOString();

/** A list as stores read it: ascending, from either end of the range. */
async function stored({ fromMs, toMs, limit, take }: ListRange): Promise<number[]> {
  const inside = STORED.filter((time) => time >= fromMs && time < toMs);
  return take === 'last' ? inside.slice(Math.max(0, inside.length - limit)) : inside.slice(0, limit);
}

/** Minutes of every page, following the cursor with everything else the same. */
async function pages(query: PageQuery): Promise<number[][]> {
  const seen: number[][] = [];
  let cursor: string | undefined;
  do {
    const { items, nextCursor } = await readItems(readPage({ ...query, cursor }), stored, (time) => time);
    seen.push(items.map((time) => time / 60_000));
    cursor = nextCursor ?? undefined;
  } while (cursor !== undefined && seen.length < 20);
  return seen;
}

describe('a page of a list in time', () => {
  it('holds the latest items, oldest first, where no beginning is named', async () => {
    expect(await pages({ limit: 3 })).toEqual([[5, 6, 7], [2, 3, 4], [1]]);
    expect(await pages({ limit: 3, order: 'asc' })).toEqual([[5, 6, 7], [2, 3, 4], [1]]);
    expect(await pages({ limit: 2, to: at(4) })).toEqual([[2, 3], [1]]);
  });

  it('holds the first items from a named beginning', async () => {
    expect(await pages({ limit: 3, from: at(2) })).toEqual([
      [2, 3, 4],
      [5, 6, 7],
    ]);
    expect(await pages({ limit: 9, from: at(2), to: at(4) })).toEqual([[2, 3]]);
  });

  it('holds the newest first where that is asked for, down to the named beginning', async () => {
    expect(await pages({ limit: 3, order: 'desc' })).toEqual([[7, 6, 5], [4, 3, 2], [1]]);
    expect(await pages({ limit: 2, order: 'desc', from: at(4), to: at(7) })).toEqual([[6, 5], [4]]);
  });

  it('has no next page when it ends with the list', async () => {
    expect(await pages({ limit: 7 })).toEqual([[1, 2, 3, 4, 5, 6, 7]]);
    expect(await pages({ limit: 7, from: at(0) })).toEqual([[1, 2, 3, 4, 5, 6, 7]]);
    expect(await pages({ from: at(8) })).toEqual([[]]);
  });

  it('continues forward by the cursors of earlier releases', () => {
    const earlier = Buffer.from('120000').toString('base64url');
    expect(readPage({ cursor: earlier })).toMatchObject({ fromMs: 120_000, take: 'first', order: 'asc' });
  });

  it('refuses a cursor that nobody was given, or that reads in the other direction', async () => {
    const cursorOf = async (query: PageQuery) =>
      (await readItems(readPage({ ...query, limit: 2 }), stored, (time) => time)).nextCursor as string;
    const forward = await cursorOf({ from: at(0) });
    expect(() => readPage({ cursor: forward, order: 'desc' })).toThrow('ascending');
    const forged = ['<-5', '<1e+300'].map((text) => Buffer.from(text).toString('base64url'));
    for (const cursor of ['', 'nonsense', ...forged, `${forward}=`]) {
      expect(() => readPage({ cursor })).toThrow('cursor: is not one that an earlier response gave');
    }
  });

  it('refuses an end before its beginning and what is not an instant', () => {
    expect(() => readPage({ from: at(2), to: at(1) })).toThrow('to: is before from');
    expect(() => readPage({ from: '1969-01-01T00:00:00Z' })).toThrow('from: 1969');
  });
});
