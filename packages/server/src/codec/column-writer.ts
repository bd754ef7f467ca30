import {
  AS_DOUBLES,
  align,
  createScratchKeeper,
  DOUBLE_BYTES,
  GIVEN_ALL,
  GIVEN_NONE,
  GIVEN_PATTERN,
  ORDER_SHIFT,
  type Scratch,
  WITH_REFERENCE,
  WITH_RUNS,
} from './column-layout.ts';
import { type IntegerScale, toIntegers } from './integer-scale.ts';
import { choosePrediction, type Prediction, writeIntegers } from './residuals.ts';
import { writeVarint } from './varint.ts';

export interface ColumnWriter {
  /** Most bytes `write` may need for `width` columns of `count` cells. */
  bound(count: number, width: number): number;
  /**
   * Writes `references.length` columns of `count` cells at `at`; answers the place after them.
   * `references[c]` names the earlier column that may predict column c; -1 for none.
   */
  write(
    values: Float64Array,
    count: number,
    references: readonly number[],
    target: Uint8Array,
    at: number,
  ): number;
}

/** What a column costs beyond its cells at most: mode, pattern number, exponent, step, reference. */
const COLUMN_OVERHEAD_BYTES = 16;
/** Half bytes a cell from which another prediction is tried. */
const WORTH_MORE = 2;

export function createColumnWriter(): ColumnWriter {
  const scratchFor = createScratchKeeper();
  const own: Prediction = { order: 0, runs: false, cost: 0 };
  const relative: Prediction = { order: 0, runs: false, cost: 0 };

  const writeColumn = (
    scratch: Scratch,
    values: Float64Array,
    count: number,
    column: number,
    reference: number,
    target: Uint8Array,
    view: DataView,
    start: number,
  ): number => {
    const { rows, aligned, differences, scales } = scratch;
    const base = column * count;
    const scale: IntegerScale = { exponent: 0, step: 1 };
    scales[column] = null;
    let at = start + 1;
    let mode = GIVEN_ALL;
    let given = count;
    // Nearly every column is whole and of integers: its cells are read and laid out in place.
    const whole = toIntegers(values, base, count, aligned, base, scale);
    if (!whole) {
      given = gather(values, base, count, scratch.cells, rows);
      mode = given === count ? GIVEN_ALL : GIVEN_PATTERN;
    }
    if (given === 0) {
      target[start] = GIVEN_NONE;
      return at;
    }
    if (mode === GIVEN_PATTERN) at = writePattern(scratch, count, given, target, at);
    const integers = whole ? aligned : scratch.integers;
    const from = whole ? base : 0;
    if (!whole) {
      if (mode === GIVEN_ALL || !toIntegers(scratch.cells, 0, given, integers, 0, scale)) {
        target[start] = mode | AS_DOUBLES;
        return writeDoubles(scratch.cells, given, view, at);
      }
      align(integers, rows, given, aligned, base, count);
    }
    scales[column] = scale;
    target[at++] = scale.exponent;
    at = writeVarint(target, at, scale.step);

    relative.cost = Number.POSITIVE_INFINITY;
    if (reference >= 0 && sameScale(scales[reference], scale)) {
      const other = reference * count;
      for (let i = 0; i < given; i++) {
        differences[i] = integers[from + i] - aligned[other + (whole ? i : rows[i])];
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
    if (chosen === relative) return writeIntegers(differences, 0, given, chosen, view, at);
    return writeIntegers(integers, from, given, chosen, view, at);
  };

  return {
    bound: (count, width) => width * (COLUMN_OVERHEAD_BYTES + Math.ceil(count / 8) + count * DOUBLE_BYTES),
    write(values, count, references, target, start) {
      const scratch = scratchFor(count, references.length);
      const view = new DataView(target.buffer, target.byteOffset, target.byteLength);
      let at = start;
      for (let column = 0; column < references.length; column++) {
        at = writeColumn(scratch, values, count, column, references[column], target, view, at);
      }
      return at;
    },
  };
}

const sameScale = (a: IntegerScale | null, b: IntegerScale): boolean =>
  a !== null && a.exponent === b.exponent && a.step === b.step;

/** Copies the given cells of a column and notes their rows; answers how many. */
function gather(
  values: Float64Array,
  base: number,
  count: number,
  cells: Float64Array,
  rows: Int32Array,
): number {
  let given = 0;
  for (let row = 0; row < count; row++) {
    const value = values[base + row];
    if (Number.isNaN(value)) continue;
    cells[given] = value;
    rows[given++] = row;
  }
  return given;
}

function writePattern(
  { rows, patterns }: Scratch,
  count: number,
  given: number,
  target: Uint8Array,
  start: number,
): number {
  const pattern = new Uint8Array(Math.ceil(count / 8));
  for (let i = 0; i < given; i++) pattern[rows[i] >> 3] |= 1 << (rows[i] & 7);
  const known = patterns.findIndex((each) => each.every((byte, i) => byte === pattern[i]));
  target[start] = known >= 0 ? known : patterns.length;
  if (known >= 0) return start + 1;
  patterns.push(pattern);
  target.set(pattern, start + 1);
  return start + 1 + pattern.length;
}

function writeDoubles(cells: Float64Array, given: number, view: DataView, start: number): number {
  for (let i = 0; i < given; i++) view.setFloat64(start + i * DOUBLE_BYTES, cells[i], true);
  return start + given * DOUBLE_BYTES;
}
