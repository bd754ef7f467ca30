import { type ByteWriter, createByteReader } from './byte-writer.ts';
import { powerOfTen } from './decimal-exponent.ts';
import { createGreekModel, type SnapshotMarket } from './greek-model.ts';
import { cellsOf, noColumns, readSegmentColumn, type SegmentColumns } from './segment-column.ts';
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

/** Some strikes of a segment as they are stored: their columns, one after another. */
export interface StoredGroup {
  readonly strikes: number;
  readonly bytes: Uint8Array;
}

/** Groups of one segment. */
export interface StoredGroups {
  readonly snapshots: SegmentSnapshots;
  readonly groups: readonly StoredGroup[];
  /** As of `createGreekModel`. */
  readonly evaluations: 1 | 2;
}

/** The first columns of groups of a segment together, by snapshot, then column, then strike. */
export interface GroupCells {
  readonly width: number;
  /** How many of the strikes each snapshot has, and how many all before it. */
  readonly counts: Int32Array;
  readonly starts: Int32Array;
  readonly cells: Float64Array;
}

export interface GroupReader {
  /**
   * Throws MalformedBlobError. Behind what was read, the cells may go on.
   *
   * @param only the one snapshot that will be asked for: others may be left out, and then greeks are not compared with their
   * checksum, which is of all snapshots
   */
  read(stored: StoredGroups, width: number, only?: number): GroupCells;
  /** Columns of `times` cells each, one after another, that are of no contract. Throws MalformedBlobError. */
  columns(bytes: Uint8Array, times: number, width: number): Float64Array;
  /** The memory of these is used again: nobody reads them any more. */
  release(read: GroupCells): void;
}

/** Of columns that are of no contract. */
export const noSnapshots = (times: number, width: number): SegmentSnapshots => ({
  times,
  width,
  markets: Array(times).fill(null),
  coinPrices: Array(times).fill(Number.NaN),
});

/** Reads groups without WebAssembly. */
export function createPlainGroupReader(): GroupReader {
  const columnsOf = (
    { times, markets, coinPrices }: SegmentSnapshots,
    { strikes, bytes }: StoredGroup,
    width: number,
    evaluations: 1 | 2,
  ): Float64Array[] => {
    const source = createByteReader(bytes);
    const read = noColumns(coinPrices);
    const columns: Float64Array[] = [];
    const step = (column: number) => stepOf(read, column);
    const model = createGreekModel(markets, (column) => columns[column], step, evaluations);
    while (columns.length < width) {
      const column = columns.length;
      const each = readSegmentColumn(strikes * times, times, read, source, () => model(column));
      columns.push(cellsOf(each, strikes * times, times));
    }
    return columns;
  };
  return {
    read({ snapshots, groups, evaluations }, width) {
      const each = groups.map((group) => columnsOf(snapshots, group, width, evaluations));
      return { width, ...bySnapshot(each, width, snapshots.times) };
    },
    columns(bytes, times, width) {
      const read = columnsOf(noSnapshots(times, width), { strikes: 1, bytes }, width, 1);
      const cells = new Float64Array(times * width);
      for (const [column, own] of read.entries()) cells.set(own, column * times);
      return cells;
    },
    release: () => undefined,
  };
}

/** Columns of contracts of each group by snapshot, without the strikes that it has not. */
function bySnapshot(
  groups: readonly (readonly Float64Array[])[],
  width: number,
  times: number,
): Omit<GroupCells, 'width'> {
  const counts = new Int32Array(times);
  for (const [ladder] of groups) {
    for (let i = 0; i < ladder.length; i++) if (!Number.isNaN(ladder[i])) counts[i % times]++;
  }
  const total = counts.reduce((sum, count) => sum + count, 0);
  const cells = new Float64Array(width * total);
  let next = 0;
  for (let time = 0; time < times; time++) {
    for (let column = 0; column < width; column++) {
      for (const columns of groups) {
        const [ladder] = columns;
        for (let i = time; i < ladder.length; i += times) {
          if (!Number.isNaN(ladder[i])) cells[next++] = columns[column][i];
        }
      }
    }
  }
  let sum = 0;
  const starts = counts.map((count) => {
    sum += count;
    return sum - count;
  });
  return { counts, starts, cells };
}
