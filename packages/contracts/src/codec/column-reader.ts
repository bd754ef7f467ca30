import {
  AS_DOUBLES,
  addPattern,
  align,
  createScratchKeeper,
  DOUBLE_BYTES,
  GIVEN_MASK,
  GIVEN_NONE,
  GIVEN_PATTERN,
  ORDER_SHIFT,
  patternBytes,
  type Scratch,
  WITH_REFERENCE,
  WITH_RUNS,
} from './column-layout.ts';
import { isExponent, toDoubles } from './integer-scale.ts';
import { MalformedBlobError } from './malformed-blob.ts';
import { MAX_ORDER, readIntegers } from './residuals.ts';
import { readVarint, varintLength } from './varint.ts';

export interface ColumnReader {
  /** Fills `width` columns of `count` cells; returns the place after them. Throws MalformedBlobError. */
  read(source: Uint8Array, at: number, count: number, width: number, values: Float64Array): number;
}

const NO_GAPS: { readonly rows: Int32Array } = { rows: new Int32Array(0) };

/** Reads columns without WebAssembly. */
export function createPlainColumnReader(): ColumnReader {
  const scratchFor = createScratchKeeper();

  const readColumn = (
    scratch: Scratch,
    source: Uint8Array,
    view: DataView,
    start: number,
    count: number,
    column: number,
    values: Float64Array,
  ): number => {
    const { aligned, scales } = scratch;
    const base = column * count;
    const mode = source[start];
    let at = start + 1;
    scales[column] = null;
    if ((mode & GIVEN_MASK) === GIVEN_NONE) {
      values.fill(Number.NaN, base, base + count);
      return at;
    }
    if ((mode & GIVEN_MASK) > GIVEN_PATTERN) throw new MalformedBlobError(`mode ${mode} is not known`);
    const full = (mode & GIVEN_MASK) !== GIVEN_PATTERN;
    let { rows } = NO_GAPS;
    let given = count;
    if (!full) {
      const number = source[at++];
      if (!(number <= scratch.patternCount)) throw new MalformedBlobError(`pattern ${number} is not known`);
      if (number === scratch.patternCount) {
        addPattern(scratch, source, at, count);
        at += patternBytes(count);
      }
      ({ rows, given } = scratch.patterns[number]);
    }
    const cells = full ? values : scratch.cells;
    const cellsFrom = full ? base : 0;
    if (mode & AS_DOUBLES) {
      at = readDoubles(cells, cellsFrom, given, view, at);
    } else {
      const integers = full ? aligned : scratch.integers;
      const from = full ? base : 0;
      const exponent = source[at++];
      if (!isExponent(exponent)) throw new MalformedBlobError(`exponent ${exponent} is out of range`);
      const step = readVarint(source, at);
      at += varintLength(step);
      const scale = { exponent, step };
      scales[column] = scale;
      const reference = mode & WITH_REFERENCE ? source[at++] : -1;
      const order = mode >> ORDER_SHIFT;
      if (order > MAX_ORDER || !(reference < column) || (reference >= 0 && scales[reference] === null)) {
        throw new MalformedBlobError(`mode ${mode} is not known`);
      }
      at = readIntegers(integers, from, given, order, (mode & WITH_RUNS) !== 0, source, at);
      if (reference >= 0) {
        const other = reference * count;
        for (let i = 0; i < given; i++) integers[from + i] += aligned[other + (full ? i : rows[i])];
      }
      if (!full) align(integers, rows, given, aligned, base, count);
      toDoubles(integers, from, given, scale, cells, cellsFrom);
    }
    if (!full) {
      values.fill(Number.NaN, base, base + count);
      for (let i = 0; i < given; i++) values[base + rows[i]] = cells[i];
    }
    return at;
  };

  return {
    read(source, start, count, width, values) {
      const scratch = scratchFor(count, width);
      const view = new DataView(source.buffer, source.byteOffset, source.byteLength);
      let at = start;
      for (let column = 0; column < width; column++) {
        if (at >= source.length) throw new MalformedBlobError(`ends before column ${column}`);
        at = readColumn(scratch, source, view, at, count, column, values);
      }
      return at;
    },
  };
}

function readDoubles(
  cells: Float64Array,
  from: number,
  given: number,
  source: DataView,
  start: number,
): number {
  const end = start + given * DOUBLE_BYTES;
  if (end > source.byteLength) throw new MalformedBlobError('ends inside a column of doubles');
  for (let i = 0; i < given; i++) cells[from + i] = source.getFloat64(start + i * DOUBLE_BYTES, true);
  return end;
}
