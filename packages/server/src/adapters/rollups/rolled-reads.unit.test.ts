import { describe, expect, it } from 'vitest';
import { BLOCK_HOUR_MS, createFigureBlockCodec } from '../../codec/figure-block.ts';
import type { ListRange } from '../../ports/stores/market/market-store.ts';
import { CHAIN_KIND } from './figure-kinds.ts';
import { type HourBlocks, rolledHour } from './hour-blocks.ts';
import { type Cells, MINUTE_MS } from './merge-figures.ts';
import { listFigures, type RolledSource } from './rolled-reads.ts';

const SERIES = 'NIFTY 2026-08-25';
const BEGIN = Date.UTC(2026, 7, 19);
const HOURS = 100;
const ALL = { fromMs: BEGIN, toMs: BEGIN + HOURS * BLOCK_HOUR_MS };
const codec = createFigureBlockCodec();
const rowAt = (time: number): Cells => [time, ...CHAIN_KIND.ids.map((id) => id + time / MINUTE_MS)];
const rowOf = (hour: number, minute: number) => rowAt(BEGIN + hour * BLOCK_HOUR_MS + minute * MINUTE_MS);

/** From the end of a range that is taken. */
const taken = <T>(all: readonly T[], timeOf: (each: T) => number, range: ListRange): T[] => {
  const within = all.filter((each) => timeOf(each) >= range.fromMs && timeOf(each) < range.toMs);
  return range.take === 'last' ? within.slice(-range.limit) : within.slice(0, range.limit);
};

/** A series of two figures an hour, all in blocks, whose rows before an hour were removed; counts the blocks that are read. */
function createSource(rowsFromHour: number) {
  const rows = Array.from({ length: HOURS }, (_, hour) => [rowOf(hour, 5), rowOf(hour, 55)]);
  const blocks = rows.map((group, i) => {
    const made = rolledHour(codec, { series: SERIES, hour: BEGIN + i * BLOCK_HOUR_MS }, null, group, true);
    return made as HourBlocks;
  });
  const rowsFrom = BEGIN + rowsFromHour * BLOCK_HOUR_MS;
  const left = rows.flat().filter(([time]) => Number(time) >= rowsFrom);
  let read = 0;
  const unused = () => Promise.reject(new Error('not a part of a list'));
  const source: RolledSource = {
    series: SERIES,
    codec,
    state: async () => ({ rolledTo: ALL.toMs, rowsFrom, late: null }),
    async blocks(range) {
      const found = taken(blocks, ({ hour }) => hour, range);
      read += found.length;
      return found;
    },
    rows: async (range) => taken(left, ([time]) => Number(time), range),
    lastRows: unused,
    lastQuarters: unused,
  };
  return { source, all: rows.flat(), read: () => read };
}

describe('a list of figures whose older rows were removed', () => {
  it.each([
    { take: 'last', limit: 1, atMost: 0 },
    { take: 'last', limit: 20, atMost: 0 },
    { take: 'last', limit: 30, atMost: 30 },
    { take: 'first', limit: 1, atMost: 1 },
    { take: 'first', limit: 500, atMost: 90 },
  ] as const)(
    'is $limit from the $take and reads at most $atMost blocks',
    async ({ take, limit, atMost }) => {
      const { source, all, read } = createSource(90);
      const expected = take === 'last' ? all.slice(-limit) : all.slice(0, limit);
      expect(await listFigures(source, { ...ALL, limit, take })).toEqual(expected);
      expect(read()).toBeLessThanOrEqual(atMost);
    },
  );

  it('reads one block for the last of a time without rows', async () => {
    const { source, all, read } = createSource(HOURS);
    expect(await listFigures(source, { ...ALL, limit: 1, take: 'last' })).toEqual(all.slice(-1));
    expect(read()).toBe(1);
  });
});
