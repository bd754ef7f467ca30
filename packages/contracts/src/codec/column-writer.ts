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
   * Writes `references.length` columns of `count` cells at `at`; returns the place after them.
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
const NO_GAPS: { readonly rows: Int32Array } = { rows: new Int32Array(0) };

export function createColumnWriter(): ColumnWriter {
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
      given = countGiven(values, base, count);
      if (given === 0) {
        target[start] = GIVEN_NONE;
        return at;
      }
      if (given === count) {
        target[start] = mode | AS_DOUBLES;
        return writeDoubles(values, base, count, view, at);
      }
      mode = GIVEN_PATTERN;
      const known = scratch.patterns.length;
      const number = gather(scratch, values, base, count, given);
      const { bits } = scratch.patterns[number];
      ({ rows } = scratch.patterns[number]);
      target[at++] = number;
      if (number === known) {
        target.set(bits, at);
        at += bits.length;
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

function countGiven(values: Float64Array, base: number, count: number): number {
  let given = 0;
  for (let i = base; i < base + count; i++) if (!Number.isNaN(values[i])) given++;
  return given;
}

/** Copies the given cells of a column with gaps; returns the number of its pattern, which may be a new one. */
function gather(
  { cells, patterns }: Scratch,
  values: Float64Array,
  base: number,
  count: number,
  given: number,
): number {
  for (let number = 0; number < patterns.length; number++) {
    const { rows } = patterns[number];
    if (rows.length !== given) continue;
    let i = 0;
    for (; i < given; i++) {
      const value = values[base + rows[i]];
      if (Number.isNaN(value)) break;
      cells[i] = value;
    }
    if (i === given) return number;
  }
  const rows = new Int32Array(given);
  const bits = new Uint8Array(Math.ceil(count / 8));
  let next = 0;
  for (let row = 0; row < count; row++) {
    const value = values[base + row];
    if (Number.isNaN(value)) continue;
    bits[row >> 3] |= 1 << (row & 7);
    cells[next] = value;
    rows[next++] = row;
  }
  return patterns.push({ rows, bits }) - 1;
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
