// Where the columns of a group of strikes lie, and what is said of each: see src/codec/segment/segment-column.ts.
import { STRIKE } from './predictions';

// Of src/codec/segment/segment-column.ts.
export const NONE_GIVEN: i32 = 0;
export const INTEGERS: i32 = 1;
export const DOUBLES: i32 = 2;
export const COINS: i32 = 3;
export const BY_MODEL: i32 = 1;
export const COLUMN_OFFSET: i32 = 2;
const MAX_EXPONENT: u32 = 15;

// What is wrong with a group; 0: nothing.
const ENDS: i32 = 1;
const NO_MODE: i32 = 2;
const NO_PATTERN: i32 = 3;
export const NO_PREDICTION: i32 = 4;
export const NO_COLUMN: i32 = 5;

// What is known of a column, by its place in bytes.
const INFO_BYTES: usize = 48;
export const KIND: usize = 0;
export const PATTERN: usize = 4;
export const GIVEN: usize = 8;
export const EXPONENT: usize = 12;
export const NAMED: usize = 16;
export const BY: usize = 20;
export const DIVISOR: usize = 24;
export const PLANES: usize = 28;
export const OTHERS: usize = 32;
export const CHECKSUM: usize = 36;
export const EXCEPTIONS_AT: usize = 40;
export const DATA_AT: usize = 44;

const MARKET_ARRAYS: i32 = 6;
export const GREEKS: i32 = 5;

export let strikes: i32 = 0;
export let times: i32 = 0;
export let count: i32 = 0;
/** Columns of the group that is read, and those that are laid out. */
export let width: i32 = 0;
export let wanted: i32 = 0;
let end: usize = 0;
export let at: usize = 0;
export let failure: i32 = 0;
let patternCount: i32 = 0;
// Byte addresses, see `begin` and `open`; strides are bytes from one array to the next.
export let markets: usize = 0;
export let marketStride: usize = 0;
let infos: usize = 0;
let sources: usize = 0;
let scratch: usize = 0;
let source: usize = 0;
export let patterns: usize = 0;
export let patternStride: usize = 0;
export let fits: usize = 0;
let integers: usize = 0;
let integerStride: usize = 0;
let cells: usize = 0;
export let cellStride: usize = 0;
export let logarithms: usize = 0;
export let model: usize = 0;
export let counts: usize = 0;
export let starts: usize = 0;
export let filled: usize = 0;
export let output: usize = 0;

/** The place after so many bytes and after what vectors read and write beyond the last of them. */
@inline
function after(start: usize, bytes: usize): usize {
  return (start + bytes + 31) & ~15;
}

/**
 * Lays out memory for groups of one segment, `bytes` bytes all together, of which `laid` snapshots of so many columns are
 * wanted; returns its end.
 */
export function begin(timeCount: i32, columns: i32, strikeCount: i32, laid: i32, bytes: i32): usize {
  times = timeCount;
  wanted = columns;
  marketStride = <usize>(times + 2) << 3;
  markets = (__heap_base + 15) & ~15;
  infos = after(markets, marketStride * <usize>MARKET_ARRAYS);
  counts = after(infos, <usize>wanted * INFO_BYTES);
  starts = after(counts, <usize>times << 2);
  filled = after(starts, <usize>times << 2);
  output = after(filled, <usize>times << 2);
  sources = after(output, (<usize>wanted * <usize>strikeCount * <usize>laid) << 3);
  scratch = after(sources, bytes);
  return scratch;
}

/** Lays out memory for the group whose bytes lie there, to read its first columns; returns its end. */
export function open(strikeCount: i32, columns: i32, offset: i32, bytes: i32): usize {
  strikes = strikeCount;
  count = strikes * times;
  width = columns;
  source = sources + <usize>offset;
  end = source + <usize>bytes;
  const each = <usize>count;
  patternStride = after(0, each);
  integerStride = after(0, each << 2);
  cellStride = after(0, each << 3);
  patterns = scratch;
  fits = patterns + <usize>width * patternStride;
  integers = fits + patternStride;
  cells = integers + <usize>width * integerStride;
  logarithms = cells + <usize>width * cellStride;
  model = logarithms + cellStride;
  return model + <usize>GREEKS * cellStride;
}

/** f64: forward, years, rate, root, discount and price of the coin of each snapshot and of the first again. */
export function marketsAt(): usize {
  return markets;
}

/** The bytes of the groups, one after another. */
export function sourcesAt(): usize {
  return sources;
}

/** i32: strikes of each snapshot. */
export function countsAt(): usize {
  return counts;
}

/** i32: those of all before it. */
export function startsAt(): usize {
  return starts;
}

/** f64: by snapshot, then column, then strike. */
export function outputAt(): usize {
  return output;
}

@inline
export function infoOf(column: i32): usize {
  return infos + <usize>column * INFO_BYTES;
}

@inline
export function integersOf(column: i32): usize {
  return integers + <usize>column * integerStride;
}

/** f64: the cells of a column, contract by contract. */
@inline
export function cellsOf(column: i32): usize {
  return cells + <usize>column * cellStride;
}

@inline
export function hasIntegers(info: usize): bool {
  const kind = load<i32>(info + KIND);
  return kind === INTEGERS || kind === COINS;
}

export function fail(reason: i32): i32 {
  if (failure === 0) failure = reason;
  return failure;
}

/** Goes on behind as many bytes as the value takes, like `createByteReader`. */
export function varint(): u32 {
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

/** Goes on at a place. */
export function seek(place: usize): void {
  at = place;
}

/** Steps over so many bytes; returns where they begin. */
export function skip(bytes: usize): usize {
  const from = at;
  if (at > end || bytes > end - at) fail(ENDS);
  else at += bytes;
  return from;
}

/** Reads which cells are given; returns how many. */
function readPattern(info: usize): i32 {
  const number = varint();
  if (number > <u32>patternCount) return fail(NO_PATTERN);
  store<u32>(info + PATTERN, number);
  const own = patterns + <usize>number * patternStride;
  // How many a pattern gives lies behind it.
  const total = own + patternStride - 4;
  if (number === <u32>patternCount) {
    patternCount++;
    const bits = skip(<usize>((count + 7) >> 3));
    if (failure !== 0) return 0;
    let given = 0;
    for (let i = 0; i < count; i++) {
      const isGiven = (<i32>load<u8>(bits + <usize>(i >> 3)) >> (i & 7)) & 1;
      store<u8>(own + <usize>i, isGiven);
      given += isGiven;
    }
    store<i32>(total, given);
  }
  const known = load<i32>(total);
  store<i32>(info + GIVEN, known);
  return known;
}

/** Finds where the columns lie; returns what is wrong with them. */
export function parse(): i32 {
  at = source;
  failure = 0;
  patternCount = 0;
  for (let column = 0; column < width; column++) {
    const info = infoOf(column);
    memory.fill(info, 0, INFO_BYTES);
    const kind = varint();
    if (kind > <u32>COINS) return fail(NO_MODE);
    store<i32>(info + KIND, kind);
    if (at > end) return fail(ENDS);
    if (kind === NONE_GIVEN) continue;
    const given = readPattern(info);
    if (failure !== 0) return failure;
    if (kind === DOUBLES) store<usize>(info + DATA_AT, skip(<usize>given << 3));
    else parseIntegers(info, given);
    if (at > end) return fail(ENDS);
    if (failure !== 0) return failure;
  }
  return 0;
}

function parseIntegers(info: usize, given: i32): void {
  for (let field = EXPONENT; field <= OTHERS; field += 4) store<u32>(info + field, varint());
  if (load<u32>(info + NAMED) === BY_MODEL) store<u32>(info + CHECKSUM, varint());
  const others = load<u32>(info + OTHERS);
  const planes = load<u32>(info + PLANES);
  if (
    load<u32>(info + EXPONENT) > MAX_EXPONENT || load<u32>(info + BY) > <u32>STRIKE || planes > 4 || others > <u32>given
  ) {
    fail(NO_PREDICTION);
    return;
  }
  store<usize>(info + EXCEPTIONS_AT, at);
  for (let i: u32 = 0; i < others && failure === 0; i++) {
    varint();
    skip(8);
  }
  store<usize>(info + DATA_AT, skip(<usize>planes * (<usize>given - <usize>others)));
}
