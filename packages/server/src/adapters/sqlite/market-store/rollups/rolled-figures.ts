import type { DatabaseSync } from 'node:sqlite';
import { MalformedBlobError } from '@deltastream/contracts/malformed-blob';
import { BLOCK_HOUR_MS, createFigureBlockCodec } from '../../../../codec/figure-block.ts';
import type { ListRange } from '../../../../ports/stores/market/market-store.ts';
import type { FigureKind } from '../../../rollups/figure-kinds.ts';
import { type Cells, hourOf, MINUTE_MS, QUARTER_MS } from '../../../rollups/merge-figures.ts';
import { DamageError } from '../files/store-file.ts';
import { type SeriesRows, shownTime } from './figure-rows.ts';
import { createStateReader } from './rollup-series.ts';

/** A series whose figures are read: as rows, and as blocks where they are rolled up. */
export interface FigureSource {
  readonly series: string;
  readonly kind: FigureKind;
  readonly rows: SeriesRows;
}

/** Reads figures from blocks as far as they are rolled up, and from rows beyond. Throws DamageError. */
export interface RolledFigures {
  /**
   * The last figures of each interval that has any: the time and the `chosen` ones, by their places, row after row; NaN
   * for null. Intervals begin at `starts`, which ascend, and end where the next begins, the last one at `endMs`.
   */
  lastOfIntervals(
    source: FigureSource,
    starts: ArrayLike<number>,
    endMs: number,
    chosen: readonly number[],
  ): Float64Array<ArrayBuffer>;
  /** Every row, and of the time whose rows were removed what blocks have; packed as above, with all figures. */
  list(source: FigureSource, range: ListRange): Float64Array<ArrayBuffer>;
}

const NOT_ROLLED = { rolledTo: 0, rawFrom: 0, minutesFrom: 0 } as const;

interface OpenBlock {
  readonly timestamps: Float64Array;
  /** The chosen figures, by their places. */
  readonly columns: readonly (Float64Array | null)[];
}

/** @param version the schema version of the file: before 4 nothing is rolled up */
export function createRolledFigures(database: DatabaseSync, version: number): RolledFigures {
  const codec = createFigureBlockCodec();
  const isRolled = version >= 4;
  const stateOf = isRolled ? createStateReader(database) : () => null;
  const prepare = (sql: string) => (isRolled ? database.prepare(sql) : null);
  const blocks = (table: string) => {
    const one = (order: string) =>
      prepare(
        `SELECT hour, data FROM ${table} WHERE series = ? AND hour >= ? AND hour <= ? ORDER BY hour ${order} LIMIT 1`,
      );
    return { first: one('ASC'), last: one('DESC') };
  };
  const minutes = blocks('rollup_minutes');
  const quarters = blocks('rollup_quarters');
  /** The first or the last block of some hours: of quarters before `minutesFrom`, of minutes from then on. */
  const blockWithin = (
    take: 'first' | 'last',
    series: string,
    first: number,
    last: number,
    minutesFrom: number,
  ) => {
    const early = { table: quarters, from: first, to: Math.min(last, minutesFrom - BLOCK_HOUR_MS) };
    const late = { table: minutes, from: Math.max(first, minutesFrom), to: last };
    for (const { table, from, to } of take === 'last' ? [late, early] : [early, late]) {
      const found = from > to ? undefined : table[take]?.get(series, from, to);
      if (found !== undefined) return { hour: Number(found.hour), data: found.data as Uint8Array };
    }
    return null;
  };
  const lateHours = prepare(
    'SELECT hour FROM rollup_late WHERE series = ? AND hour >= ? AND hour <= ? ORDER BY hour',
  );

  /** Null for a damaged block whose rows are all there. */
  const opened = (
    { series, kind }: FigureSource,
    hour: number,
    data: Uint8Array,
    chosen: readonly number[],
    rawFrom: number,
  ): OpenBlock | null => {
    try {
      const block = codec.open(series, hour, data);
      return {
        timestamps: block.timestamps,
        columns: chosen.map((place) => block.column(kind.ids[place])),
      };
    } catch (error) {
      if (!(error instanceof MalformedBlobError)) throw error;
      if (hour >= rawFrom) return null;
      throw new DamageError(`the roll-up of ${series} at ${shownTime(hour)} ${error.message}`);
    }
  };

  /** Steps backwards through the last figures before given instants. */
  const createCursor = (
    source: FigureSource,
    floorMs: number,
    chosen: readonly number[],
    isSparse: boolean,
  ) => {
    const { series, rows } = source;
    const state = stateOf(series);
    const { rolledTo, rawFrom, minutesFrom } = state ?? NOT_ROLLED;
    const firstHour = hourOf(floorMs);
    const late = (lateHours?.all(series, firstHour, rolledTo) ?? []).map(({ hour }) => Number(hour));
    /** The hour looked at: its block, of quarters where it is before `quartersTo`, and whether its rows count. */
    let hour = Number.POSITIVE_INFINITY;
    let quartersTo = minutesFrom;
    let block: OpenBlock | null = null;
    let isRaw = false;
    let at = -1;
    /** What was found. */
    let row: Cells | null = null;
    let time = Number.NaN;

    const look = (upTo: number): boolean => {
      while (late.length > 0 && late[late.length - 1] > upTo) late.pop();
      const lateHour = late.at(-1) ?? Number.NEGATIVE_INFINITY;
      const found = blockWithin('last', series, Math.max(firstHour, lateHour), upTo, quartersTo);
      if (found === null && lateHour < firstHour) return false;
      hour = found?.hour ?? lateHour;
      block = found === null ? null : opened(source, hour, found.data, chosen, rawFrom);
      isRaw = block === null || hour === lateHour;
      at = (block?.timestamps.length ?? 0) - 1;
      return true;
    };
    const takeRow = (found: Cells): true => {
      row = found;
      time = Number(found[rows.timeAt]);
      return true;
    };
    const inHour = (endMs: number): boolean => {
      while (block !== null && at >= 0 && block.timestamps[at] >= endMs) at--;
      const inBlock = block === null || at < 0 ? Number.NEGATIVE_INFINITY : block.timestamps[at];
      // A block has the last figures of minutes, or of quarters: within one, rows that are left say more.
      const slotMs = hour < quartersTo ? QUARTER_MS : MINUTE_MS;
      const isCut = endMs < hour + BLOCK_HOUR_MS && endMs % slotMs !== 0;
      const fromMs = isRaw ? hour : Math.floor(endMs / slotMs) * slotMs;
      const found = isRaw || isCut ? rows.lastWithin(Math.max(floorMs, fromMs), endMs) : null;
      if (found !== null && Number(found[rows.timeAt]) >= inBlock) return takeRow(found);
      if (inBlock < floorMs) return false;
      row = null;
      time = inBlock;
      return true;
    };

    return {
      get time() {
        return time;
      },
      /** Finds the last figures before an instant, which is never later than the one asked for before. */
      before(endMs: number): boolean {
        if (endMs > rolledTo) {
          const found = rows.lastWithin(Math.max(floorMs, rolledTo), endMs);
          if (found !== null) return takeRow(found);
        }
        let end = Math.min(endMs, rolledTo);
        while (end > floorMs) {
          // Where intervals are long, blocks of quarters suffice, which are small.
          const isQuarter = isSparse && end % QUARTER_MS === 0;
          const wanted = isQuarter ? Number.POSITIVE_INFINITY : minutesFrom;
          const isOther = wanted !== quartersTo;
          quartersTo = wanted;
          if ((hourOf(end - 1) < hour || isOther) && !look(hourOf(end - 1))) return false;
          if (inHour(Math.min(end, hour + BLOCK_HOUR_MS))) return true;
          end = hour;
        }
        return false;
      },
      /** Writes what was found before `end`, the time first. */
      write(target: Float64Array, end: number): void {
        const start = end - 1 - chosen.length;
        target[start] = time;
        for (const [i, place] of chosen.entries()) {
          const value = row === null ? block?.columns[i]?.[at] : row[rows.timeAt + 1 + place];
          target[start + 1 + i] = value ?? Number.NaN;
        }
      },
    };
  };

  /** Of the blocks of hours before `endMs`: their points within a range, at most `limit` from the end that is taken. */
  const pointsOfBlocks = (
    source: FigureSource,
    { fromMs, toMs, limit, take }: ListRange,
    endMs: number,
    chosen: readonly number[],
  ): number[][] => {
    const found: number[][] = [];
    let [first, last] = [hourOf(fromMs), hourOf(Math.min(toMs, endMs) - 1)];
    const { minutesFrom } = stateOf(source.series) ?? NOT_ROLLED;
    while (found.length < limit && first <= last) {
      const next = blockWithin(take ?? 'first', source.series, first, last, minutesFrom);
      if (next === null) break;
      const { hour } = next;
      const block = opened(source, hour, next.data, chosen, 0);
      const points: number[][] = [];
      for (const [at, time] of (block?.timestamps ?? []).entries()) {
        if (time < fromMs || time >= toMs) continue;
        points.push([time, ...(block?.columns ?? []).map((column) => column?.[at] ?? Number.NaN)]);
      }
      if (take === 'last') found.unshift(...points);
      else found.push(...points);
      if (take === 'last') last = hour - BLOCK_HOUR_MS;
      else first = hour + BLOCK_HOUR_MS;
    }
    return found;
  };

  const numbersOf = ({ rows }: FigureSource, row: Cells): number[] =>
    row.slice(rows.timeAt).map((value) => value ?? Number.NaN);

  return {
    lastOfIntervals(source, starts, endMs, chosen) {
      const width = chosen.length + 1;
      if (starts.length === 0) return new Float64Array();
      const isSparse = endMs - starts[0] >= starts.length * QUARTER_MS;
      const cursor = createCursor(source, starts[0], chosen, isSparse);
      const target = new Float64Array(starts.length * width);
      let at = target.length;
      let end = endMs;
      for (let i = starts.length - 1; i >= 0; i--) {
        if (!cursor.before(end)) break;
        cursor.write(target, at);
        at -= width;
        // Intervals without figures are stepped over.
        while (i > 0 && starts[i] > cursor.time) i--;
        end = starts[i];
      }
      return target.slice(at);
    },
    list(source, range) {
      const { rows, kind } = source;
      const rawFrom = stateOf(source.series)?.rawFrom ?? 0;
      if (range.fromMs >= rawFrom) return packed(rows.list(range), rows.timeAt);
      const chosen = kind.ids.map((_, place) => place);
      const points = new Map<number, number[]>();
      for (const point of pointsOfBlocks(source, range, rawFrom, chosen)) points.set(point[0], point);
      for (const row of rows.list(range)) points.set(Number(row[rows.timeAt]), numbersOf(source, row));
      const ascending = [...points.values()].sort((a, b) => a[0] - b[0]);
      const { limit, take } = range;
      const kept =
        take === 'last' ? ascending.slice(Math.max(0, ascending.length - limit)) : ascending.slice(0, limit);
      return new Float64Array(kept.flat());
    },
  };
}

/** Rows of numbers as one array, without their first `skipped`; NULL becomes NaN. */
export function packed(rows: readonly Cells[], skipped: number): Float64Array<ArrayBuffer> {
  const width = rows.length === 0 ? 0 : rows[0].length - skipped;
  const values = new Float64Array(rows.length * width);
  let at = 0;
  for (const row of rows) {
    for (let i = skipped; i < row.length; i++) values[at++] = row[i] ?? Number.NaN;
  }
  return values;
}
