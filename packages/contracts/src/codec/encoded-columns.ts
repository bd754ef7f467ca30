import {
  AS_DOUBLES,
  DOUBLE_BYTES,
  GIVEN_MASK,
  GIVEN_NONE,
  GIVEN_PATTERN,
  patternBytes,
  WITH_REFERENCE,
  WITH_RUNS,
} from './column-layout.ts';
import { MalformedBlobError } from './malformed-blob.ts';
import { skipIntegers } from './residuals.ts';
import { readVarint, varintLength } from './varint.ts';

/** Columns as they lie in a blob, for another blob that begins with the same columns. */
export interface EncodedColumns {
  readonly width: number;
  readonly bytes: Uint8Array;
  /** Where in them the bits of each pattern lie, by its number. */
  readonly patternsAt: readonly number[];
}

/**
 * The `width` columns of `count` cells that a blob ends with, without a cell being decoded. The blob is one that
 * a column reader has read; throws MalformedBlobError where the columns do not end with it.
 */
export function encodedColumns(
  blob: Uint8Array,
  start: number,
  count: number,
  width: number,
): EncodedColumns {
  const bytes = blob.subarray(start);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const patternsAt: number[] = [];
  const givenBy: number[] = [];
  let at = 0;
  for (let column = 0; column < width; column++) {
    const mode = bytes[at++];
    if ((mode & GIVEN_MASK) === GIVEN_NONE) continue;
    let given = count;
    if ((mode & GIVEN_MASK) === GIVEN_PATTERN) {
      const number = bytes[at++];
      if (number === patternsAt.length) {
        patternsAt.push(at);
        givenBy.push(countBits(bytes, at, count));
        at += patternBytes(count);
      }
      given = givenBy[number];
    }
    if (mode & AS_DOUBLES) {
      at += given * DOUBLE_BYTES;
      continue;
    }
    at += 1; // The exponent.
    at += varintLength(readVarint(bytes, at));
    if (mode & WITH_REFERENCE) at += 1;
    at = skipIntegers(given, (mode & WITH_RUNS) !== 0, bytes, view, at);
  }
  if (at !== bytes.length) throw new MalformedBlobError(`is ${blob.length} bytes, expected ${start + at}`);
  return { width, bytes, patternsAt };
}

/** How many of the first `count` bits are set. */
function countBits(bytes: Uint8Array, at: number, count: number): number {
  let set = 0;
  for (let row = 0; row < count; row++) set += (bytes[at + (row >> 3)] >> (row & 7)) & 1;
  return set;
}
