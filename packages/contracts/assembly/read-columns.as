// The column reader of src/codec/column-reader.ts for all columns in one call, to the bit. What is not as a writer lays it
// out is left to that one, which says what is wrong.

// Of src/codec/column-layout.ts.
const GIVEN_NONE: i32 = 1;
const GIVEN_PATTERN: i32 = 2;
const GIVEN_MASK: i32 = 3;
const AS_DOUBLES: i32 = 1 << 2;
const WITH_RUNS: i32 = 1 << 3;
const WITH_REFERENCE: i32 = 1 << 4;
const ORDER_SHIFT: i32 = 5;
const MAX_ORDER: i32 = 2;
const MAX_EXPONENT: i32 = 15;
const POWERS_OF_TEN: usize = memory.data<f64>([
  1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
]);
const REFUSED: i32 = -1;

/** Of eight bytes by which of them continue a varint: the bytes of the varints of one or two, how many these are, */
const LANES: usize = memory.data(256 * 16, 16);
const VARINTS: usize = memory.data(256);
/** and how long. */
const LENGTHS: usize = memory.data(256);
const NO_BYTE: u8 = 0xff;

for (let mask = 0; mask < 256; mask++) {
  let at = 0;
  let found = 0;
  while (at < 8) {
    const isLong = (mask >> at) & 1;
    if (isLong && (at === 7 || (mask >> (at + 1)) & 1)) break;
    const lane = LANES + (<usize>mask << 4) + (<usize>found << 1);
    store<u8>(lane, <u8>at);
    store<u8>(lane + 1, isLong ? <u8>(at + 1) : NO_BYTE);
    at += 1 + isLong;
    found++;
  }
  for (let lane = found; lane < 8; lane++) store<u16>(LANES + (<usize>mask << 4) + (<usize>lane << 1), 0xffff);
  store<u8>(VARINTS + <usize>mask, <u8>found);
  store<u8>(LENGTHS + <usize>mask, <u8>at);
}

let count: i32 = 0;
let width: i32 = 0;
let at: usize = 0;
let end: usize = 0;
let patternCount: i32 = 0;
// Byte addresses, see `layOut`; strides are bytes from one array to the next.
let source: usize = 0;
let scaled: usize = 0;
let integers: usize = 0;
let integerStride: usize = 0;
let aligned: usize = 0;
let rows: usize = 0;
let rowStride: usize = 0;
let cells: usize = 0;

/** The place after so many bytes and after what is read and written beyond the last of them. */
@inline
function after(start: usize, bytes: i32): usize {
  return (start + <usize>bytes + 63) & ~15;
}

/**
 * Lays out memory for `columns` columns of `rowCount` cells, of which there are `bytes` bytes; returns its end. Behind these
 * bytes lies more than a column that they end in is read from.
 */
export function layOut(rowCount: i32, columns: i32, bytes: i32): usize {
  count = rowCount;
  width = columns;
  source = (__heap_base + 15) & ~15;
  end = source + <usize>bytes;
  scaled = after(source, bytes);
  integers = after(scaled, width);
  integerStride = after(0, count << 2);
  aligned = after(integers, count << 2);
  rows = aligned + <usize>width * integerStride;
  rowStride = after(0, (count + 1) << 2);
  cells = rows + <usize>width * rowStride;
  return after(cells, ((width + 1) * count) << 3);
}

/** To be filled with the bytes of the columns. */
export function sourceAt(): usize {
  return source;
}

/** f64 by column and row. */
export function cellsAt(): usize {
  return cells;
}

/** Reads all columns; returns how many bytes they are, or less than 0 where they are not as expected. */
export function readColumns(): i32 {
  at = source;
  patternCount = 0;
  for (let column = 0; column < width; column++) {
    if (at >= end || !readColumn(column) || at > end) return REFUSED;
  }
  return <i32>(at - source);
}

function readColumn(column: i32): bool {
  const own = cells + (<usize>(column * count) << 3);
  const mode = <i32>load<u8>(at++);
  const givenBy = mode & GIVEN_MASK;
  store<u8>(scaled + <usize>column, 0);
  if (givenBy === GIVEN_NONE) {
    fillWithNaN(own);
    return true;
  }
  if (givenBy > GIVEN_PATTERN) return false;
  const isComplete = givenBy !== GIVEN_PATTERN;
  let given = count;
  let rowsOf: usize = 0;
  if (!isComplete) {
    const number = <i32>load<u8>(at++);
    if (number > patternCount || number >= width) return false;
    rowsOf = rows + <usize>number * rowStride;
    if (number === patternCount) readPattern(rowsOf);
    given = load<i32>(rowsOf);
    rowsOf += 4;
  }
  if (mode & AS_DOUBLES) {
    const bytes = <usize>given << 3;
    if (at > end || bytes > end - at) return false;
    if (isComplete) memory.copy(own, at, bytes);
    else scatter(at, rowsOf, given, own);
    at += bytes;
    return true;
  }
  const exponent = <i32>load<u8>(at++);
  const step = readVarint();
  const order = mode >> ORDER_SHIFT;
  if (exponent > MAX_EXPONENT || order > MAX_ORDER) return false;
  const target = aligned + <usize>column * integerStride;
  const residuals = isComplete ? target : integers;
  let other: usize = 0;
  if (mode & WITH_REFERENCE) {
    const reference = <i32>load<u8>(at++);
    if (reference >= column || load<u8>(scaled + <usize>reference) === 0) return false;
    other = aligned + <usize>reference * integerStride;
  }
  if (mode & WITH_RUNS) readWithRuns(residuals, given);
  else readVarints(residuals, given);
  for (let each = 0; each < order; each++) accumulate(residuals, given);
  store<u8>(scaled + <usize>column, 1);
  if (isComplete) {
    if (other !== 0) add(target, other);
    toDoubles(target, count, <f64>step, exponent, own);
    return true;
  }
  if (other !== 0) {
    for (let i: usize = 0; i < <usize>given << 2; i += 4) {
      store<i32>(integers + i, load<i32>(integers + i) + load<i32>(other + (<usize>load<i32>(rowsOf + i) << 2)));
    }
  }
  align(rowsOf, given, target);
  // Behind the last column there is room for one more.
  const packed = cells + (<usize>(width * count) << 3);
  toDoubles(integers, given, <f64>step, exponent, packed);
  scatter(packed, rowsOf, given, own);
  return true;
}

function fillWithNaN(own: usize): void {
  for (let cell = own; cell < own + (<usize>count << 3); cell += 8) store<f64>(cell, NaN);
}

/** Reads which rows are given: how many, and each. */
function readPattern(target: usize): void {
  let given: i32 = 0;
  for (let row = 0; row < count; row++) {
    store<i32>(target + (<usize>(given + 1) << 2), row);
    given += (<i32>load<u8>(at + <usize>(row >> 3)) >> (row & 7)) & 1;
  }
  store<i32>(target, given);
  at += <usize>((count + 7) >> 3);
  patternCount++;
}

/** Puts cells at their rows, and NaN at the others. */
function scatter(from: usize, rowsOf: usize, given: i32, own: usize): void {
  fillWithNaN(own);
  for (let i = 0; i < given; i++) {
    const row = <usize>load<i32>(rowsOf + (<usize>i << 2));
    store<u64>(own + (row << 3), load<u64>(from + (<usize>i << 3)));
  }
}

/** Lays integers out by row; a cell that is not given repeats the one above it. */
function align(rowsOf: usize, given: i32, target: usize): void {
  let row = 0;
  let last = 0;
  for (let i = 0; i < given; i++) {
    const own = load<i32>(rowsOf + (<usize>i << 2));
    for (; row < own; row++) store<i32>(target + (<usize>row << 2), last);
    last = load<i32>(integers + (<usize>i << 2));
  }
  for (; row < count; row++) store<i32>(target + (<usize>row << 2), last);
}

/** Goes on behind as many bytes as the value takes. */
function readVarint(): u32 {
  let next = at;
  let byte = <u32>load<u8>(next++);
  let value = byte & 0x7f;
  for (let shift = 7; byte > 0x7f && shift < 35; shift += 7) {
    byte = <u32>load<u8>(next++);
    value |= (byte & 0x7f) << shift;
  }
  // One byte for every seven bits: (bits + 6) / 7.
  at += ((38 - clz(value | 1)) * 37) >> 8;
  return value;
}

/** The same behind all bytes that say that more follow. */
@inline
function readZigzag(): u32 {
  let byte = <u32>load<u8>(at++);
  let value = byte & 0x7f;
  for (let shift = 7; byte > 0x7f && shift < 35; shift += 7) {
    byte = <u32>load<u8>(at++);
    value |= (byte & 0x7f) << shift;
  }
  return value;
}

@inline
function signed(zigzag: u32): i32 {
  return <i32>(zigzag >> 1) ^ -(<i32>(zigzag & 1));
}

/** Reads signed residuals, up to eight at a time: which are how long is hard to predict. Writes seven beyond the last. */
function readVarints(target: usize, length: i32): void {
  const one = i16x8.splat(1);
  let left = length;
  while (left > 0) {
    const bytes = v128.load64_zero(at);
    const mask = <usize>(i8x16.bitmask(bytes) & 0xff);
    const found = <i32>load<u8>(VARINTS + mask);
    if (found === 0) {
      store<i32>(target, signed(readZigzag()));
      target += 4;
      left--;
      continue;
    }
    const pairs = i8x16.swizzle(bytes, v128.load(LANES + (mask << 4)));
    const zigzag = v128.or(
      v128.and(pairs, i16x8.splat(0x7f)),
      v128.and(i16x8.shr_u(pairs, 1), i16x8.splat(0x3f80)),
    );
    const residual = v128.xor(i16x8.shr_u(zigzag, 1), i16x8.neg(v128.and(zigzag, one)));
    v128.store(target, i32x4.extend_low_i16x8_s(residual));
    v128.store(target, i32x4.extend_high_i16x8_s(residual), 16);
    if (found > left) {
      let last = ~<u32>mask;
      for (let i = 1; i < left; i++) last &= last - 1;
      at += <usize>ctz(last) + 1;
      return;
    }
    target += <usize>found << 2;
    left -= found;
    at += <usize>load<u8>(LENGTHS + mask);
  }
}

/** Reads residuals of which a zero is followed by how many more zeros come. */
function readWithRuns(target: usize, length: i32): void {
  const last = target + (<usize>length << 2);
  while (target < last) {
    const zigzag = readZigzag();
    store<i32>(target, signed(zigzag));
    target += 4;
    if (zigzag !== 0) continue;
    const zeros = min<u32>(readVarint(), <u32>((last - target) >> 2));
    const next = target + (<usize>zeros << 2);
    for (; target < next; target += 4) store<i32>(target, 0);
  }
}

/** Replaces each integer by the sum of all up to it, four at a time; may write three beyond the last. */
function accumulate(target: usize, length: i32): void {
  const zero = i32x4.splat(0);
  let sum = zero;
  for (let own = target; own < target + (<usize>length << 2); own += 16) {
    let four = v128.load(own);
    four = i32x4.add(four, v128.shuffle<i32>(zero, four, 0, 4, 5, 6));
    four = i32x4.add(four, v128.shuffle<i32>(zero, four, 0, 1, 4, 5));
    four = i32x4.add(four, sum);
    v128.store(own, four);
    sum = v128.shuffle<i32>(four, four, 3, 3, 3, 3);
  }
}

function add(target: usize, other: usize): void {
  for (let i: usize = 0; i < <usize>count << 2; i += 16) {
    v128.store(target + i, i32x4.add(v128.load(target + i), v128.load(other + i)));
  }
}

/** May write one beyond the last. */
function toDoubles(from: usize, length: i32, step: f64, exponent: i32, target: usize): void {
  const steps = f64x2.splat(step);
  const power = v128.load64_splat(POWERS_OF_TEN + (<usize>exponent << 3));
  for (let i = 0; i < length; i += 2) {
    const pair = f64x2.convert_low_i32x4_s(v128.load64_zero(from + (<usize>i << 2)));
    v128.store(target + (<usize>i << 3), f64x2.div(f64x2.mul(pair, steps), power));
  }
}
