import type { IntegerScale } from './integer-scale.ts';

/**
 * Layout of columns of doubles of one length, one after the other, each exactly: every bit comes back,
 * except that each NaN ("not given") comes back as the one NaN.
 *
 * A column is a mode byte, then
 * - which cells are given: all, none, or a pattern of bits; a pattern seen before is named by number;
 * - the given cells: integers at the column's own decimal scale where every cell has such a form, else
 *   doubles. Integers are predicted from the cells before them and, where it helps, from an earlier
 *   column of the same scale, and what is left is a zig-zag varint.
 */
export const GIVEN_ALL = 0;
export const GIVEN_NONE = 1;
export const GIVEN_PATTERN = 2;
export const GIVEN_MASK = 3;
export const AS_DOUBLES = 1 << 2;
export const WITH_RUNS = 1 << 3;
export const WITH_REFERENCE = 1 << 4;
export const ORDER_SHIFT = 5;

export const DOUBLE_BYTES = 8;

/** Which cells of a column are given: the first `given` of `rows` are theirs, ascending. */
interface Pattern {
  readonly rows: Int32Array;
  given: number;
}

/** Working memory of one writer or reader. */
export interface Scratch {
  /** Given cells of a column with gaps, and their integers. */
  readonly cells: Float64Array;
  readonly integers: Int32Array;
  /** From the reference column. */
  readonly differences: Int32Array;
  /**
   * Integers by row of the columns so far that a later one may be predicted from; a cell that is not given repeats the
   * one above it.
   */
  readonly aligned: Int32Array;
  /** The first `patternCount` are those of the columns so far, each once; others are room for more. */
  readonly patterns: Pattern[];
  patternCount: number;
  /** Scale of every column so far; null where it is doubles or empty. */
  readonly scales: (IntegerScale | null)[];
}

function createScratch(count: number, width: number): Scratch {
  return {
    cells: new Float64Array(count),
    integers: new Int32Array(count),
    differences: new Int32Array(count),
    aligned: new Int32Array(count * width),
    patterns: [],
    patternCount: 0,
    scales: [],
  };
}

/** Keeps one scratch of the largest size seen, so that nothing is allocated per chain. */
export function createScratchKeeper(): (count: number, width: number) => Scratch {
  let scratch = createScratch(0, 0);
  return (count, width) => {
    if (scratch.cells.length < count || scratch.aligned.length < count * width) {
      scratch = createScratch(Math.max(count, scratch.cells.length), width);
    }
    scratch.patternCount = 0;
    scratch.scales.length = 0;
    return scratch;
  };
}

/** One more pattern with room for `count` rows, which counts once `patternCount` is raised. */
export function nextPattern({ patterns, patternCount }: Scratch, count: number): Pattern {
  const room = patterns[patternCount]?.rows.length ?? -1;
  if (room < count) patterns[patternCount] = { rows: new Int32Array(count), given: 0 };
  return patterns[patternCount];
}

export const patternBytes = (count: number): number => Math.ceil(count / 8);

/** Adds the pattern of `count` cells whose bits lie at `at`. */
export function addPattern(scratch: Scratch, source: Uint8Array, at: number, count: number): void {
  const pattern = nextPattern(scratch, count);
  pattern.given = 0;
  for (let row = 0; row < count; row++) {
    if (source[at + (row >> 3)] & (1 << (row & 7))) pattern.rows[pattern.given++] = row;
  }
  scratch.patternCount++;
}

/** Lays a column's integers out by row, for later columns to be predicted from. */
export function align(
  integers: Int32Array,
  rows: Int32Array,
  given: number,
  aligned: Int32Array,
  base: number,
  count: number,
): void {
  let row = 0;
  let last = 0;
  for (let i = 0; i < given; i++) {
    while (row < rows[i]) aligned[base + row++] = last;
    last = integers[i];
    aligned[base + row++] = last;
  }
  while (row < count) aligned[base + row++] = last;
}
