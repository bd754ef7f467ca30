import { crc32 } from 'node:zlib';
import { MAX_EXPONENT } from '../integer-scale.ts';
import { MalformedBlobError } from '../malformed-blob.ts';
import type { ByteReader } from './byte-writer.ts';
import { powerOfTen } from './decimal-exponent.ts';
import { accumulate, accumulateGiven, STRIKE } from './prediction.ts';

/**
 * A column of a segment: the cells of one figure, contract by contract, each in the order of its snapshots. A mode, then
 * which cells are given (a pattern; one seen before is named by its number), then the given cells:
 * - integers at a decimal exponent, or prices in a coin that are, each predicted from its neighbours and, where that helps, from an earlier column. The
 *   residuals, divided by what divides all of them, lie byte plane by byte plane, so that each compresses by its own
 *   kind. Cells that are no integer there are written as doubles;
 * - or doubles, byte plane by byte plane.
 * Every bit comes back, except that each NaN ("not given") comes back as the one NaN.
 */
export const NONE_GIVEN = 0;
export const INTEGERS = 1;
export const DOUBLES = 2;
export const COINS = 3; // Integers, whose cells are times the price of a coin.
export const DOUBLE_BYTES = 8;
export const INTEGER_BYTES = 4; // Of a residual at most.

/** The columns written or read so far that a later one may refer to. */
export interface SegmentColumns {
  /** Cells that some column gives, 1 or 0 each; every kind once. */
  readonly patterns: Uint8Array[];
  /** How many cells each of them gives; where columns are read. */
  readonly counts: number[];
  /** By column: its integers and exponent; null where it has none. */
  readonly integers: ({ readonly values: Int32Array; readonly exponent: number } | null)[];
  /** Of each snapshot, the price of the coin that premiums may be quoted in; NaN where there is none. */
  readonly scales: readonly number[];
}

/** A column may be predicted by a model of it instead of an earlier column; then a CRC-32 of its integers follows. */
export const NO_REFERENCE = 0;
export const BY_MODEL = 1;
export const COLUMN_OFFSET = 2; // The number of an earlier column follows on these two.

export const noColumns = (scales: readonly number[] = []): SegmentColumns => ({
  patterns: [],
  counts: [],
  integers: [],
  scales,
});

export const MOST = 2 ** 30; // Differences of such integers and those of cells stay within 32 bits.

export const checksumOf = (values: Int32Array): number =>
  crc32(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));

/**
 * A column that was read: its integers and the power of ten that divides them, where every cell is one, and what each
 * snapshot is multiplied by then; otherwise its cells, or null where none is given.
 */
export interface ReadColumn {
  readonly integers: Int32Array | null;
  readonly power: number;
  readonly scales: readonly number[] | null;
  readonly cells: Float64Array | null;
}

export const NOT_AS_WRITTEN = 'a column is not what its model and its residuals were when it was written';
export const NOT_KNOWN = 'a column is predicted in a way that is not known';
export const NOT_THERE = 'a column is predicted from one that is not there';

const columnOfCells = (cells: Float64Array | null): ReadColumn => ({
  integers: null,
  power: 1,
  scales: null,
  cells,
});

/** The cells of a column. */
export function cellsOf(
  { integers, power, scales, cells: given }: ReadColumn,
  length: number,
  times: number,
): Float64Array {
  if (integers === null) return given ?? new Float64Array(length).fill(Number.NaN);
  const cells = new Float64Array(length);
  for (let i = 0; i < length; i++) cells[i] = integers[i] / power;
  if (scales !== null) for (let i = 0; i < length; i++) cells[i] *= scales[i % times];
  return cells;
}

/** Reads the next column, of `length` cells. Throws MalformedBlobError. */
export function readSegmentColumn(
  length: number,
  times: number,
  columns: SegmentColumns,
  source: ByteReader,
  model: () => Float64Array | null = () => null,
): ReadColumn {
  const mode = source.varint();
  if (mode === INTEGERS || mode === COINS) {
    const { given, count } = readPattern(length, columns, source);
    return readIntegers(given, count, times, columns, source, model, mode === COINS ? columns.scales : null);
  }
  columns.integers.push(null);
  if (mode === NONE_GIVEN) return columnOfCells(null);
  if (mode !== DOUBLES) throw new MalformedBlobError(`column mode ${mode} is not known`);
  const { given, count } = readPattern(length, columns, source);
  const doubles = new Float64Array(count);
  readPlanes(new Uint8Array(doubles.buffer), DOUBLE_BYTES, source);
  const cells = new Float64Array(length);
  for (let i = 0, next = 0; i < length; i++) cells[i] = given[i] === 0 ? Number.NaN : doubles[next++];
  return columnOfCells(cells);
}

function readIntegers(
  given: Uint8Array,
  count: number,
  times: number,
  columns: SegmentColumns,
  source: ByteReader,
  model: () => Float64Array | null,
  scales: readonly number[] | null,
): ReadColumn {
  const exponent = source.varint();
  const named = source.varint();
  const by = source.varint();
  const divisor = source.varint();
  const planes = source.varint();
  const others = source.varint();
  const checksum = named === BY_MODEL ? source.varint() : null;
  if (exponent > MAX_EXPONENT || by > STRIKE || planes > INTEGER_BYTES || others > count) {
    throw new MalformedBlobError(NOT_KNOWN);
  }
  let fits = given;
  const exceptions: [number, number][] = [];
  if (others > 0) {
    fits = given.slice();
    for (let n = 0, at = 0; n < others; n++) {
      at += source.varint();
      if (at >= given.length) throw new MalformedBlobError(NOT_KNOWN);
      exceptions.push([at, source.double()]);
      fits[at] = 0;
    }
  }
  const power = powerOfTen(exponent);
  const expected = named === BY_MODEL ? model() : null;
  const other = named >= COLUMN_OFFSET ? columns.integers[named - COLUMN_OFFSET]?.values : null;
  if (other === undefined || (named === BY_MODEL && expected === null)) {
    throw new MalformedBlobError(NOT_THERE);
  }
  /** Adds what the residuals were predicted from besides their neighbours. */
  const completed = (values: Int32Array): Int32Array => {
    if (other !== null) addTo(values, other);
    if (expected !== null) addModel(values, expected, power);
    if (checksum === null || checksum === checksumOf(values)) return values;
    throw new MalformedBlobError(NOT_AS_WRITTEN);
  };
  const residuals = readResiduals(count - others, planes, divisor, source);
  if (residuals.length === given.length) {
    // Without gaps, as most columns are, the residuals turn into the values in place.
    accumulate(residuals, times, by);
    columns.integers.push({ values: completed(residuals), exponent });
    return { integers: residuals, power, scales, cells: null };
  }
  const values = new Int32Array(given.length);
  for (let i = 0, next = 0; i < values.length; i++) if (fits[i] !== 0) values[i] = residuals[next++];
  accumulateGiven(values, fits, times, by);
  columns.integers.push({ values: completed(values), exponent });
  const cells = new Float64Array(values.length);
  for (let i = 0; i < cells.length; i++) cells[i] = fits[i] === 0 ? Number.NaN : values[i] / power;
  if (scales !== null) for (let i = 0; i < cells.length; i++) cells[i] *= scales[i % times];
  for (const [i, value] of exceptions) cells[i] = value;
  return columnOfCells(cells);
}

function addTo(values: Int32Array, others: Int32Array): void {
  for (let i = 0; i < values.length; i++) values[i] = (values[i] + others[i]) | 0;
}

/** The same of a model, rounded as `integersOf` does. */
function addModel(values: Int32Array, model: Float64Array, power: number): void {
  for (let i = 0; i < values.length; i++) {
    const scaled = Math.floor(model[i] * power + 0.5);
    if (scaled < MOST && scaled > -MOST) values[i] = (values[i] + scaled) | 0;
  }
}

/** Signed residuals from their zig-zag byte planes. */
function readResiduals(count: number, planes: number, divisor: number, source: ByteReader): Int32Array {
  const residuals = new Int32Array(count);
  if (planes === 0) return residuals;
  const low = source.bytes(count);
  if (planes === 1) {
    for (let i = 0; i < count; i++) residuals[i] = ((low[i] >>> 1) ^ -(low[i] & 1)) * divisor;
    return residuals;
  }
  const high = source.bytes(count);
  if (planes === 2) {
    for (let i = 0; i < count; i++) {
      const zigzag = low[i] | (high[i] << 8);
      residuals[i] = Math.imul((zigzag >>> 1) ^ -(zigzag & 1), divisor);
    }
    return residuals;
  }
  for (let i = 0; i < count; i++) residuals[i] = low[i] | (high[i] << 8);
  for (let plane = 2; plane < planes; plane++) {
    const bytes = source.bytes(count);
    for (let i = 0; i < count; i++) residuals[i] |= bytes[i] << (8 * plane);
  }
  for (let i = 0; i < count; i++) {
    const zigzag = residuals[i];
    residuals[i] = Math.imul((zigzag >>> 1) ^ -(zigzag & 1), divisor);
  }
  return residuals;
}

function readPattern(
  length: number,
  { patterns, counts }: SegmentColumns,
  source: ByteReader,
): { given: Uint8Array; count: number } {
  const number = source.varint();
  if (number > patterns.length) throw new MalformedBlobError(`pattern ${number} is not known`);
  if (number === patterns.length) {
    const bits = source.bytes(Math.ceil(length / 8));
    const given = new Uint8Array(length);
    for (let i = 0; i < length; i++) given[i] = (bits[i >> 3] >> (i & 7)) & 1;
    patterns.push(given);
    counts.push(countOf(given));
  }
  return { given: patterns[number], count: counts[number] };
}

function readPlanes(items: Uint8Array, width: number, source: ByteReader): void {
  const count = items.length / width;
  for (let plane = 0; plane < width; plane++) {
    const bytes = source.bytes(count);
    for (let i = 0, at = plane; i < count; i++, at += width) items[at] = bytes[i];
  }
}

/** How many cells a pattern gives. */
export function countOf(given: Uint8Array): number {
  let count = 0;
  for (let i = 0; i < given.length; i++) count += given[i];
  return count;
}
