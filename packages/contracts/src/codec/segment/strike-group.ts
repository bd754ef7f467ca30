import type { ByteReader, ByteWriter } from './byte-writer.ts';
import { powerOfTen } from './decimal-exponent.ts';
import { createGreekModel, type SnapshotMarket, type Wanted } from './greek-model.ts';
import {
  cellsOf,
  noColumns,
  type ReadColumn,
  readSegmentColumn,
  type SegmentColumns,
} from './segment-column.ts';
import { writeSegmentColumn } from './write-segment-column.ts';

/** Snapshots of one chain, of which a group holds some strikes. */
export interface SegmentSnapshots {
  readonly times: number;
  /** Columns of each. */
  readonly width: number;
  /** What the greeks of each were computed from. */
  readonly markets: readonly (SnapshotMarket | null)[];
  /** The price of the coin that premiums of each may be quoted in; NaN where there is none. */
  readonly coinPrices: readonly number[];
}

/** The last decimal of a column that was written or read; 0 where it is none of integers. */
function stepOf({ integers }: SegmentColumns, column: number): number {
  const exponent = integers[column]?.exponent;
  return exponent === undefined ? 0 : 1 / powerOfTen(exponent);
}

/** Writes the columns of some strikes; `cellsOfColumn` gives them contract by contract, NaN where a snapshot has none. */
export function writeStrikeGroup(
  { width, times, markets, coinPrices }: SegmentSnapshots,
  cellsOfColumn: (column: number) => Float64Array,
  out: ByteWriter,
): void {
  const written = noColumns(coinPrices);
  const before: Float64Array[] = [];
  const model = createGreekModel(
    markets,
    (column) => before[column],
    (column) => stepOf(written, column),
    1,
  );
  for (let column = 0; column < width; column++) {
    const cells = cellsOfColumn(column);
    writeSegmentColumn(cells, times, written, out, model(column));
    before.push(cells);
  }
}

/** Some strikes of a segment. Columns are decoded when they are first asked for, and kept. */
export interface StrikeGroup {
  /** Where in each column the cells of a snapshot lie, one of each strike that it has. */
  placesOf(index: number): Int32Array;
  /** Puts cells of one column and snapshot, at these places, into `cells` from `start` on. */
  gather(column: number, index: number, places: Int32Array, cells: Float64Array, start: number): void;
}

export interface StrikeGroupSource {
  readonly snapshots: SegmentSnapshots;
  readonly strikes: number;
  /** Gives the bytes of the next column, which it is asked for once each, in order. */
  readonly bytesOf: (column: number) => ByteReader;
  /** As of `createGreekModel`. */
  readonly evaluations: 1 | 2;
  /** The one snapshot that will be asked for: the greeks of others are not computed, nor compared with their checksum. */
  readonly wanted: Wanted;
}

export function openStrikeGroup({
  snapshots,
  strikes,
  bytesOf,
  evaluations,
  wanted,
}: StrikeGroupSource): StrikeGroup {
  const { times, markets, coinPrices } = snapshots;
  const columns: ReadColumn[] = [];
  const read = noColumns(coinPrices, wanted);
  const known = new Map<number, Float64Array>();
  const cellsOfColumn = (column: number): Float64Array => {
    const cells = known.get(column) ?? cellsOf(columns[column], strikes * times, times, wanted);
    known.set(column, cells);
    return cells;
  };
  const model = createGreekModel(
    markets,
    cellsOfColumn,
    (column) => stepOf(read, column),
    evaluations,
    wanted,
  );
  const columnOf = (asked: number): ReadColumn => {
    while (columns.length <= asked) {
      const column = columns.length;
      columns.push(readSegmentColumn(strikes * times, times, read, bytesOf(column), () => model(column)));
    }
    return columns[asked];
  };

  return {
    placesOf(index) {
      const ladder = columnOf(0);
      const places = new Int32Array(strikes);
      let count = 0;
      for (let i = index; i < strikes * times; i += times) {
        if (ladder.integers !== null || !Number.isNaN(ladder.cells?.[i] ?? Number.NaN)) places[count++] = i;
      }
      return count === strikes ? places : places.subarray(0, count);
    },
    gather(column, index, places, cells, start) {
      const { integers, power, scales, cells: from } = columnOf(column);
      const count = places.length;
      if (integers !== null) {
        const scale = scales === null ? 1 : scales[index];
        for (let row = 0; row < count; row++) cells[start + row] = (integers[places[row]] / power) * scale;
      } else if (from === null) cells.fill(Number.NaN, start, start + count);
      else for (let row = 0; row < count; row++) cells[start + row] = from[places[row]];
    },
  };
}
