import {
  AS_DOUBLES,
  addPattern,
  align,
  createScratchKeeper,
  DOUBLE_BYTES,
  GIVEN_ALL,
  GIVEN_NONE,
  GIVEN_PATTERN,
  nextPattern,
  ORDER_SHIFT,
  patternBytes,
  type Scratch,
  WITH_REFERENCE,
  WITH_RUNS,
} from './column-layout.ts';
import type { EncodedColumns } from './encoded-columns.ts';
import { type IntegerScale, toIntegers } from './integer-scale.ts';
import { choosePrediction, type Prediction, writeIntegers } from './residuals.ts';
import { writeVarint } from './varint.ts';

export interface ColumnWriter {
  /** Most bytes `write` may need for `width` columns of `count` cells. */
  bound(count: number, width: number): number;
  /**
   * Writes `references.length` columns of `count` cells at `at`; returns the place after them.
   * `references[c]` names the earlier column that may predict column c; -1 for none.
   *
   * @param first the first of these columns as they were encoded before, which are copied; none of the others may be
   * predicted from one of them
   */
  write(
    values: Float64Array,
    count: number,
    references: readonly number[],
    target: Uint8Array,
    at: number,
    first?: EncodedColumns,
  ): number;
}

/** What a column costs beyond its cells at most: mode, pattern number, exponent, step, reference. */
const COLUMN_OVERHEAD_BYTES = 16;
/** Half bytes a cell from which another prediction is tried. */
const WORTH_MORE = 2;
const NO_GAPS: { readonly rows: Int32Array } = { rows: new Int32Array(0) };
const NOTHING: EncodedColumns = { width: 0, bytes: new Uint8Array(0), patternsAt: [] };

/** Most bytes that `width` columns of `count` cells take. */
export const columnBytes = (count: number, width: number): number =>
  width * (COLUMN_OVERHEAD_BYTES + Math.ceil(count / 8) + count * DOUBLE_BYTES);

/** The column writer in plain JavaScript, which runs everywhere. */
export function createPlainColumnWriter(): ColumnWriter {
  const scratchFor = createScratchKeeper();
  const own: Prediction = { order: 0, runs: false, cost: 0 };
  const relative: Prediction = { order: 0, runs: false, cost: 0 };

  const writeColumn = (
    scratch: Scratch,
    values: Float64Array,
    count: number,
    column: number,
    references: readonly number[],
    target: Uint8Array,
    view: DataView,
    start: number,
  ): number => {
    const { aligned, differences, scales } = scratch;
    const base = column * count;
    const reference = references[column];
    const scale: IntegerScale = { exponent: 0, step: 1 };
    scales[column] = null;
    let at = start + 1;
    let given = count;
    let mode = GIVEN_ALL;
    let { rows } = NO_GAPS;
    // Nearly every column is complete: its cells are read and laid out in place, and no NaN has an integer.
    let integers = aligned;
    let from = base;
    const complete =
      startsAndEnds(values, base, count) && toIntegers(values, base, count, aligned, base, scale);
    if (!complete) {
      given = gather(scratch, values, base, count);
      if (given === 0) {
        target[start] = GIVEN_NONE;
        return at;
      }
      if (given === count) {
        target[start] = mode | AS_DOUBLES;
        return writeDoubles(values, base, count, view, at);
      }
      mode = GIVEN_PATTERN;
      const number = patternOf(scratch);
      ({ rows } = scratch.patterns[number]);
      target[at++] = number;
      if (number === scratch.patternCount) {
        at = writeBits(rows, given, count, target, at);
        scratch.patternCount++;
      }
      ({ integers } = scratch);
      from = 0;
      if (!toIntegers(scratch.cells, 0, given, integers, 0, scale)) {
        target[start] = mode | AS_DOUBLES;
        return writeDoubles(scratch.cells, 0, given, view, at);
      }
      if (references.includes(column)) align(integers, rows, given, aligned, base, count);
    }
    scales[column] = scale;
    target[at++] = scale.exponent;
    at = writeVarint(target, at, scale.step);

    relative.cost = Number.POSITIVE_INFINITY;
    if (reference >= 0 && sameScale(scales[reference], scale)) {
      const other = reference * count;
      for (let i = 0; i < given; i++) {
        differences[i] = integers[from + i] - aligned[other + (complete ? i : rows[i])];
      }
      choosePrediction(differences, 0, given, relative);
    }
    // Below a byte a cell there is little left to gain, so the column's own prediction is not tried.
    own.cost = Number.POSITIVE_INFINITY;
    if (relative.cost >= WORTH_MORE) choosePrediction(integers, from, given, own);
    const chosen = relative.cost < own.cost ? relative : own;
    if (chosen === relative) {
      mode |= WITH_REFERENCE;
      target[at++] = reference;
    }
    target[start] = mode | (chosen.runs ? WITH_RUNS : 0) | (chosen.order << ORDER_SHIFT);
    // The differences are needed no more: what is left of either takes their place.
    if (chosen === relative) return writeIntegers(differences, 0, given, chosen, differences, view, at);
    return writeIntegers(integers, from, given, chosen, differences, view, at);
  };

  return {
    bound: columnBytes,
    write(values, count, references, target, start, first = NOTHING) {
      const scratch = scratchFor(count, references.length);
      const view = new DataView(target.buffer, target.byteOffset, target.byteLength);
      target.set(first.bytes, start);
      for (const at of first.patternsAt) addPattern(scratch, first.bytes, at, count);
      for (let column = 0; column < first.width; column++) scratch.scales.push(null);
      let at = start + first.bytes.length;
      for (let column = first.width; column < references.length; column++) {
        at = writeColumn(scratch, values, count, column, references, target, view, at);
      }
      return at;
    },
  };
}

const sameScale = (a: IntegerScale | null, b: IntegerScale): boolean =>
  a !== null && a.exponent === b.exponent && a.step === b.step;

/** Whether the first and the last cell of a column are given. */
const startsAndEnds = (values: Float64Array, base: number, count: number): boolean =>
  count > 0 && !Number.isNaN(values[base]) && !Number.isNaN(values[base + count - 1]);

/** Copies the given cells of a column, and their rows to where one more pattern has room; returns how many there are. */
function gather(scratch: Scratch, values: Float64Array, base: number, count: number): number {
  const { cells } = scratch;
  const pattern = nextPattern(scratch, count);
  const { rows } = pattern;
  let given = 0;
  for (let row = 0; row < count; row++) {
    const value = values[base + row];
    cells[given] = value;
    rows[given] = row;
    if (!Number.isNaN(value)) given++;
  }
  pattern.given = given;
  return given;
}

/** Number of the pattern that the gathered rows are; the count of those so far where it is a new one. */
function patternOf({ patterns, patternCount }: Scratch): number {
  const { rows, given } = patterns[patternCount];
  for (let number = 0; number < patternCount; number++) {
    if (patterns[number].given !== given) continue;
    const known = patterns[number].rows;
    let i = 0;
    while (i < given && known[i] === rows[i]) i++;
    if (i === given) return number;
  }
  return patternCount;
}

/** Writes the bits of a pattern of `count` cells; returns the place after them. */
function writeBits(rows: Int32Array, given: number, count: number, target: Uint8Array, at: number): number {
  const end = at + patternBytes(count);
  target.fill(0, at, end);
  for (let i = 0; i < given; i++) target[at + (rows[i] >> 3)] |= 1 << (rows[i] & 7);
  return end;
}

function writeDoubles(
  cells: Float64Array,
  from: number,
  given: number,
  view: DataView,
  start: number,
): number {
  for (let i = 0; i < given; i++) view.setFloat64(start + i * DOUBLE_BYTES, cells[from + i], true);
  return start + given * DOUBLE_BYTES;
}
