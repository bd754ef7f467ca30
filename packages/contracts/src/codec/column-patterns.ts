import {
  AS_DOUBLES,
  DOUBLE_BYTES,
  GIVEN_MASK,
  GIVEN_NONE,
  GIVEN_PATTERN,
  type Pattern,
  WITH_REFERENCE,
  WITH_RUNS,
} from './column-layout.ts';
import { MalformedBlobError } from './malformed-blob.ts';
import { skipIntegers } from './residuals.ts';
import { readVarint, varintLength } from './varint.ts';

/**
 * Reads the number of a column's pattern and, where it is a new one, its bits, which join `patterns`. Returns the
 * pattern and the place after it. Throws MalformedBlobError for a number that no column before it had.
 */
export function readPattern(
  source: Uint8Array,
  start: number,
  count: number,
  patterns: Pattern[],
): { readonly pattern: Pattern; readonly end: number } {
  const number = source[start];
  if (!(number <= patterns.length)) throw new MalformedBlobError(`pattern ${number} is not known`);
  let end = start + 1;
  if (number === patterns.length) {
    const bits = source.slice(end, end + Math.ceil(count / 8));
    patterns.push({ rows: rowsOf(bits, count), bits });
    end += bits.length;
  }
  return { pattern: patterns[number], end };
}

function rowsOf(bits: Uint8Array, count: number): Int32Array {
  const rows = new Int32Array(count);
  let given = 0;
  for (let row = 0; row < count; row++) {
    if (bits[row >> 3] & (1 << (row & 7))) rows[given++] = row;
  }
  return rows.subarray(0, given);
}

/** Columns as they lie in a blob, for another blob that begins with the same columns. */
export interface EncodedColumns {
  readonly width: number;
  readonly bytes: Uint8Array;
  /** Those that the columns name, by number. */
  readonly patterns: readonly Pattern[];
}

/**
 * The `width` columns of `count` cells that a blob ends with, without a cell being decoded. The blob is one that
 * `createColumnReader` has read; throws MalformedBlobError where the columns do not end with it.
 */
export function encodedColumns(
  blob: Uint8Array,
  start: number,
  count: number,
  width: number,
): EncodedColumns {
  const patterns: Pattern[] = [];
  let at = start;
  for (let column = 0; column < width; column++) {
    const mode = blob[at++];
    if ((mode & GIVEN_MASK) === GIVEN_NONE) continue;
    let given = count;
    if ((mode & GIVEN_MASK) === GIVEN_PATTERN) {
      const { pattern, end } = readPattern(blob, at, count, patterns);
      given = pattern.rows.length;
      at = end;
    }
    if (mode & AS_DOUBLES) {
      at += given * DOUBLE_BYTES;
      continue;
    }
    at += 1; // The exponent.
    at += varintLength(readVarint(blob, at));
    if (mode & WITH_REFERENCE) at += 1;
    at = skipIntegers(given, (mode & WITH_RUNS) !== 0, blob, at);
  }
  if (at !== blob.length) throw new MalformedBlobError(`is ${blob.length} bytes, expected ${at}`);
  return { width, bytes: blob.subarray(start), patterns };
}
