// The column writer of src/codec/column-writer.ts for all columns in one call: the same bytes, see there for why.
import { exponent, step, toIntegers } from './integers';
import { choosePrediction, cost, order, runs, SAMPLE, writeIntegers, writeVarint } from './residuals';

// Of src/codec/column-layout.ts.
const GIVEN_ALL: i32 = 0;
const GIVEN_NONE: i32 = 1;
const GIVEN_PATTERN: i32 = 2;
const AS_DOUBLES: i32 = 1 << 2;
const WITH_RUNS: i32 = 1 << 3;
const WITH_REFERENCE: i32 = 1 << 4;
const ORDER_SHIFT: i32 = 5;

const COLUMN_OVERHEAD_BYTES: i32 = 16;
/** Half bytes a cell from which another prediction is tried. */
const WORTH_MORE: i32 = 2;
const NO_SCALE: i64 = -1;

let count: i32 = 0;
// Byte addresses, see `layOut`.
let references: usize = 0;
let values: usize = 0;
let patterns: usize = 0;
let output: usize = 0;
let aligned: usize = 0;
let scales: usize = 0;
let cells: usize = 0;
let rows: usize = 0;
let integers: usize = 0;
let differences: usize = 0;
let varints: usize = 0;

/** First of the columns that are written. */
let first: i32 = 0;
let width: i32 = 0;
let patternCount: i32 = 0;

/** The place after so many bytes and after what vectors read and write beyond the last of them. */
@inline
function after(at: usize, bytes: i32): usize {
  return (at + <usize>bytes + 31) & ~15;
}

/** Bytes from one pattern's bits to the next one's, so that they are compared eight at a time. */
@inline
function patternStride(): i32 {
  return ((count + 63) >> 6) << 3;
}

/** Lays out memory for `columns` columns of `rowCount` cells; returns its end. */
export function layOut(rowCount: i32, columns: i32): usize {
  count = rowCount;
  width = columns;
  references = (__heap_base + 15) & ~15;
  values = after(references, width << 2);
  patterns = after(values, (width * count) << 3);
  output = after(patterns, (width + 1) * patternStride());
  aligned = after(output, width * (COLUMN_OVERHEAD_BYTES + (count >> 3) + 1 + (count << 3)));
  scales = after(aligned, (width * count) << 2);
  cells = after(scales, width << 3);
  rows = after(cells, count << 3);
  integers = after(rows, count << 2);
  differences = after(integers, count << 2);
  varints = after(differences, count << 2);
  return after(varints, count << 3);
}

/** i32 by column: the earlier one that may predict it, or -1. To be filled, as the next. */
export function referencesAt(): usize {
  return references;
}

/** f64 by column and row, from the first column that is written. */
export function valuesAt(): usize {
  return values;
}

/** Bits of the patterns so far, each of a multiple of eight bytes; those beyond the last row are 0. */
export function patternsAt(): usize {
  return patterns;
}

/** What `writeColumns` wrote. */
export function outputAt(): usize {
  return output;
}

/** Copies the given cells of a column, their rows, and their bits to the next pattern; returns how many there are. */
function gather(column: usize): i32 {
  const bits = patterns + <usize>(patternCount * patternStride());
  let given = 0;
  let word: u64 = 0;
  for (let row = 0; row < count; row++) {
    const value = load<f64>(column + (<usize>row << 3));
    const isGiven = i32(value === value);
    store<f64>(cells + (<usize>given << 3), value);
    store<i32>(rows + (<usize>given << 2), row);
    given += isGiven;
    word |= <u64>isGiven << (row & 63);
    if ((row & 63) !== 63 && row !== count - 1) continue;
    store<u64>(bits + (<usize>(row >> 6) << 3), word);
    word = 0;
  }
  return given;
}

function isSamePattern(a: usize, b: usize): bool {
  const stride = <usize>patternStride();
  for (let at: usize = 0; at < stride; at += 8) if (load<u64>(a + at) !== load<u64>(b + at)) return false;
  return true;
}

/** Writes the number of the gathered pattern, and its bits where it is a new one; returns the place after them. */
function writePattern(start: usize): usize {
  const stride = patternStride();
  const gathered = patterns + <usize>(patternCount * stride);
  let number = 0;
  while (number < patternCount && !isSamePattern(patterns + <usize>(number * stride), gathered)) number++;
  store<u8>(start, number);
  if (number < patternCount) return start + 1;
  patternCount++;
  const bytes = <usize>((count + 7) >> 3);
  memory.copy(start + 1, gathered, bytes);
  return start + 1 + bytes;
}

function isReference(column: i32): bool {
  for (let later = column + 1; later < width; later++) {
    if (load<i32>(references + (<usize>later << 2)) === column) return true;
  }
  return false;
}

/** Lays integers out by row, for later columns to be predicted from; a cell that is not given repeats the one above it. */
function align(given: i32, target: usize): void {
  const end = target + (<usize>count << 2);
  let at = target;
  let last = 0;
  for (let i: usize = 0; i < <usize>given << 2; i += 4) {
    const own = target + (<usize>load<i32>(rows + i) << 2);
    for (; at < own; at += 4) store<i32>(at, last);
    last = load<i32>(integers + i);
    store<i32>(at, last);
    at += 4;
  }
  for (; at < end; at += 4) store<i32>(at, last);
}

/** What integers differ from those of their rows in another column by. */
function subtract(from: usize, given: i32, isComplete: bool, other: usize): void {
  if (isComplete) {
    for (let at: usize = 0; at < <usize>given << 2; at += 16) {
      v128.store(differences + at, i32x4.sub(v128.load(from + at), v128.load(other + at)));
    }
    return;
  }
  for (let at: usize = 0; at < <usize>given << 2; at += 4) {
    const row = <usize>load<i32>(rows + at);
    store<i32>(differences + at, load<i32>(from + at) - load<i32>(other + (row << 2)));
  }
}

function writeDoubles(from: usize, given: i32, start: usize): usize {
  memory.copy(start, from, <usize>given << 3);
  return start + (<usize>given << 3);
}

function writeColumn(column: i32, start: usize): usize {
  const own = values + (<usize>((column - first) * count) << 3);
  const last = own + (<usize>(count - 1) << 3);
  const target = aligned + (<usize>(column * count) << 2);
  const scale = scales + (<usize>column << 3);
  store<i64>(scale, NO_SCALE);
  let at = start + 1;
  let given = count;
  let mode = GIVEN_ALL;
  let from = target;
  // Nearly every column is complete, or it starts or ends with gaps.
  const mayBeComplete = count > 0 && load<f64>(own) === load<f64>(own) && load<f64>(last) === load<f64>(last);
  const isComplete = mayBeComplete && toIntegers(own, count, target);
  if (!isComplete) {
    given = gather(own);
    if (given === 0) {
      store<u8>(start, GIVEN_NONE);
      return at;
    }
    if (given === count) {
      store<u8>(start, mode | AS_DOUBLES);
      return writeDoubles(own, count, at);
    }
    mode = GIVEN_PATTERN;
    at = writePattern(at);
    from = integers;
    if (!toIntegers(cells, given, integers)) {
      store<u8>(start, mode | AS_DOUBLES);
      return writeDoubles(cells, given, at);
    }
    if (isReference(column)) align(given, target);
  }
  store<i32>(scale, exponent);
  store<i32>(scale + 4, step);
  store<u8>(at, exponent);
  at = writeVarint(<u32>step, at + 1);

  const reference = load<i32>(references + (<usize>column << 2));
  const sampled = min(given, SAMPLE);
  let costOfDifferences = i32.MAX_VALUE;
  let orderOfDifferences = 0;
  let runsOfDifferences = false;
  if (reference >= 0 && load<i64>(scales + (<usize>reference << 3)) === load<i64>(scale)) {
    subtract(from, given, isComplete, aligned + (<usize>(reference * count) << 2));
    choosePrediction(differences, given);
    costOfDifferences = cost;
    orderOfDifferences = order;
    runsOfDifferences = runs;
  }
  // Below a byte a cell there is little left to gain, so the column's own prediction is not tried.
  const triesOwn = costOfDifferences >= WORTH_MORE * sampled;
  if (triesOwn) choosePrediction(from, given);
  if (triesOwn && cost <= costOfDifferences) {
    store<u8>(start, mode | (runs ? WITH_RUNS : 0) | (order << ORDER_SHIFT));
    return writeIntegers(from, given, order, runs, varints, at);
  }
  store<u8>(at++, reference);
  const flags = WITH_REFERENCE | (runsOfDifferences ? WITH_RUNS : 0) | (orderOfDifferences << ORDER_SHIFT);
  store<u8>(start, mode | flags);
  return writeIntegers(differences, given, orderOfDifferences, runsOfDifferences, varints, at);
}

/** Writes the columns from one on, after `known` patterns of those before it; returns the place after them. */
export function writeColumns(from: i32, known: i32): usize {
  first = from;
  patternCount = known;
  for (let column = 0; column < first; column++) store<i64>(scales + (<usize>column << 3), NO_SCALE);
  let at = output;
  for (let column = first; column < width; column++) at = writeColumn(column, at);
  return at;
}
