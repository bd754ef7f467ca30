// Columns of a group of strikes as src/codec/segment/segment-column.ts reads them, to the bit, and laid out by snapshot.
import { computeGreeks } from './greeks';
import {
  at, BY, BY_MODEL, cellsOf, cellStride, CHECKSUM, COINS, COLUMN_OFFSET, count, DATA_AT, DIVISOR, EXCEPTIONS_AT, EXPONENT,
  fail, failure, fits, GIVEN, GREEKS, hasIntegers, infoOf, INTEGERS, integersOf, KIND, logarithms, markets, marketStride,
  model, NAMED, NO_COLUMN, NO_PREDICTION, NONE_GIVEN, OTHERS, parse, PATTERN, patterns, patternStride, PLANES, seek, times,
  varint, width,
} from './group';
import { accumulate, accumulateGiven, TIME } from './predictions';

export { clearCounts, closeCounts, countStrikes, layBySnapshot } from './by-snapshot';
export { begin, cellsOf, countsAt, marketsAt, open, outputAt, sourcesAt, startsAt } from './group';

const MOST: f64 = 1073741824.0;
const POWERS_OF_TEN: usize = memory.data<f64>([
  1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
]);
/** As the volatility of a cell is kept rounded, of its last decimal. */
const ROUNDED_BY: f64 = 0.501;
/** Of each side the columns of its volatility, five greeks, four prices, and those of its twin. */
const SIDES: usize = memory.data(2 * 14 * 4);
const SIDE_BYTES: usize = 14 * 4;
/** Addresses of the cells that the greeks of a side follow from. */
const INPUTS: usize = memory.data(10 * 4);

let evaluations: i32 = 1;
/** The snapshot that alone is wanted: of others no cells are made; below 0: all of them. */
let only: i32 = -1;
/** The side whose greeks the model holds, and whether the logarithms of moneyness are known. */
let modelSide: i32 = -1;
let logarithmsKnown: bool = false;

/** i32: see SIDES; to be filled once, a column that there is none of as -1. */
export function sidesAt(): usize {
  return SIDES;
}

/** Where the integers of a column lie that its checksum is of; 0 where it has none. */
export function checkedAt(column: i32): usize {
  const info = infoOf(column);
  const isChecked = only < 0 && hasIntegers(info) && load<i32>(info + NAMED) === BY_MODEL;
  return isChecked ? integersOf(column) : 0;
}

export function checksumOf(column: i32): u32 {
  return load<u32>(infoOf(column) + CHECKSUM);
}

/** Reads the columns of the group in order, as each may follow from earlier ones; returns what is wrong with them. */
export function read(evaluationCount: i32, alone: i32): i32 {
  evaluations = evaluationCount;
  only = alone;
  modelSide = -1;
  logarithmsKnown = false;
  if (parse() !== 0) return failure;
  for (let column = 0; column < width && failure === 0; column++) readColumn(column);
  return failure;
}

function readColumn(column: i32): void {
  const info = infoOf(column);
  const kind = load<i32>(info + KIND);
  if (kind === INTEGERS || kind === COINS) readIntegers(column, info, kind === COINS);
  else readDoubles(column, info, kind);
}

function readDoubles(column: i32, info: usize, kind: i32): void {
  const own = cellsOf(column);
  const given = patterns + <usize>load<u32>(info + PATTERN) * patternStride;
  const planes = <usize>load<i32>(info + GIVEN);
  let data = load<usize>(info + DATA_AT);
  for (let i = 0; i < count; i++) {
    const cell = own + (<usize>i << 3);
    if (kind === NONE_GIVEN || load<u8>(given + <usize>i) === 0) {
      store<f64>(cell, NaN);
      continue;
    }
    for (let plane: usize = 0; plane < 8; plane++) store<u8>(cell + plane, load<u8>(data + plane * planes));
    data++;
  }
}

function readIntegers(column: i32, info: usize, inCoin: bool): void {
  const own = integersOf(column);
  const given = load<i32>(info + GIVEN);
  const others = load<i32>(info + OTHERS);
  const by = load<i32>(info + BY);
  const named = load<u32>(info + NAMED);
  let fitting: usize = given === count ? 0 : patterns + <usize>load<u32>(info + PATTERN) * patternStride;
  if (others > 0) {
    memory.copy(fits, patterns + <usize>load<u32>(info + PATTERN) * patternStride, <usize>count);
    fitting = fits;
    let cell: u32 = 0;
    seek(load<usize>(info + EXCEPTIONS_AT));
    for (let i = 0; i < others; i++) {
      cell += varint();
      seek(at + 8);
      if (cell >= <u32>count) {
        fail(NO_PREDICTION);
        return;
      }
      store<u8>(fits + <usize>cell, 0);
    }
  }
  readResiduals(own, info, fitting, given - others);
  if (fitting === 0 || by === TIME) accumulate(own, count, times, by);
  else accumulateGiven(own, fitting, count, times, by);
  if (named >= <u32>COLUMN_OFFSET) {
    const reference = named - <u32>COLUMN_OFFSET;
    if (reference >= <u32>column || !hasIntegers(infoOf(reference))) {
      fail(NO_COLUMN);
      return;
    }
    const other = integersOf(reference);
    for (let i: usize = 0; i < <usize>count << 2; i += 16) {
      v128.store(own + i, i32x4.add(v128.load(own + i), v128.load(other + i)));
    }
  } else if (named === BY_MODEL) addModel(column, own, load<i32>(info + EXPONENT));
  if (failure !== 0) return;
  toCells(column, own, load<i32>(info + EXPONENT), inCoin);
  if (fitting === 0) return;
  restoreOthers(column, info, others);
}

/** Puts what is no integer back, and NaN where nothing is given. */
function restoreOthers(column: i32, info: usize, others: i32): void {
  const own = cellsOf(column);
  const given = patterns + <usize>load<u32>(info + PATTERN) * patternStride;
  for (let i = 0; i < count; i++) if (load<u8>(given + <usize>i) === 0) store<f64>(own + (<usize>i << 3), NaN);
  let cell: u32 = 0;
  seek(load<usize>(info + EXCEPTIONS_AT));
  for (let i = 0; i < others; i++) {
    cell += varint();
    store<u64>(own + (<usize>cell << 3), load<u64>(at));
    seek(at + 8);
  }
}

/** Signed residuals from their zig-zag byte planes, 0 where none is. */
function readResiduals(own: usize, info: usize, fitting: usize, length: i32): void {
  const planes = load<i32>(info + PLANES);
  const divisor = load<i32>(info + DIVISOR);
  const stride = <usize>length;
  let data = load<usize>(info + DATA_AT);
  if (planes === 0) {
    memory.fill(own, 0, <usize>count << 2);
    return;
  }
  const last = data + stride;
  if (fitting === 0 && planes <= 2) {
    readShortResiduals(own, data, planes === 2 ? data + stride : 0, divisor);
    return;
  }
  for (let i = 0; i < count; i++) {
    let zigzag: u32 = 0;
    if ((fitting === 0 || load<u8>(fitting + <usize>i) !== 0) && data < last) {
      zigzag = <u32>load<u8>(data);
      if (planes > 1) zigzag |= <u32>load<u8>(data + stride) << 8;
      if (planes > 2) zigzag |= <u32>load<u8>(data + 2 * stride) << 16;
      if (planes > 3) zigzag |= <u32>load<u8>(data + 3 * stride) << 24;
      data++;
    }
    store<i32>(own + (<usize>i << 2), (<i32>(zigzag >> 1) ^ -(<i32>(zigzag & 1))) * divisor);
  }
}

/** Those of a column without gaps, of one byte or two, four at a time. */
function readShortResiduals(own: usize, low: usize, high: usize, divisor: i32): void {
  const factor = i32x4.splat(divisor);
  const one = i32x4.splat(1);
  for (let i: usize = 0; i < <usize>count; i += 4) {
    let zigzag = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(low + i)));
    if (high !== 0) {
      const more = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(high + i)));
      zigzag = v128.or(zigzag, i32x4.shl(more, 8));
    }
    const residual = v128.xor(i32x4.shr_u(zigzag, 1), i32x4.neg(v128.and(zigzag, one)));
    v128.store(own + (i << 2), i32x4.mul(residual, factor));
  }
}

/** Adds a model, rounded, where it says anything. */
function addModel(column: i32, own: usize, exponent: i32): void {
  const greek = computeModel(column);
  if (failure !== 0) return;
  const power = v128.load64_splat(POWERS_OF_TEN + (<usize>exponent << 3));
  const cellsOfModel = model + <usize>greek * cellStride;
  for (let i = max(only, 0); i < count; i += only < 0 ? 2 : times) {
    const scaled = f64x2.floor(
      f64x2.add(f64x2.mul(v128.load(cellsOfModel + (<usize>i << 3)), power), f64x2.splat(0.5)),
    );
    const isNear = v128.and(f64x2.lt(scaled, f64x2.splat(MOST)), f64x2.gt(scaled, f64x2.splat(-MOST)));
    const rounded = i32x4.trunc_sat_f64x2_s_zero(v128.and(scaled, isNear));
    const target = own + (<usize>i << 2);
    const sum = i32x4.add(v128.load64_zero(target), rounded);
    if (only < 0) v128.store64_lane(target, sum, 0);
    else v128.store32_lane(target, sum, 0);
  }
}

/** Computes the greeks of the side that a column is of; returns which of them it is. */
function computeModel(column: i32): i32 {
  for (let side = 0; side < 2; side++) {
    const places = SIDES + <usize>side * SIDE_BYTES;
    for (let greek = 0; greek < GREEKS; greek++) {
      if (load<i32>(places + (<usize>(1 + greek) << 2)) !== column) continue;
      if (modelSide === side) return greek;
      store<usize>(INPUTS, cellsOf(0));
      for (let input: usize = 0; input < 9; input++) {
        const from = load<i32>(places + (input === 0 ? 0 : (5 + input) << 2));
        if (from < 0 || from >= column) return fail(NO_COLUMN);
        store<usize>(INPUTS + ((1 + input) << 2), cellsOf(from));
      }
      const volatility = infoOf(load<i32>(places));
      const power = load<f64>(POWERS_OF_TEN + (<usize>load<i32>(volatility + EXPONENT) << 3));
      const nearest = hasIntegers(volatility) ? ROUNDED_BY * (1.0 / power) : 0.0;
      computeGreeks(
        side === 0 ? 1.0 : -1.0, nearest, evaluations, max(only, 0), only < 0 ? 2 : times, count, times, INPUTS,
        markets, marketStride, logarithms, !logarithmsKnown, model, cellStride,
      );
      logarithmsKnown = true;
      modelSide = side;
      return greek;
    }
  }
  return fail(NO_COLUMN);
}

/** The cells of integers; of prices in coin times its price. */
function toCells(column: i32, own: usize, exponent: i32, inCoin: bool): void {
  const target = cellsOf(column);
  const power = v128.load64_splat(POWERS_OF_TEN + (<usize>exponent << 3));
  const prices = markets + 5 * marketStride;
  if (only >= 0) {
    const price = inCoin ? load<f64>(prices + (<usize>only << 3)) : 1.0;
    for (let i = only; i < count; i += times) {
      const cell = <f64>load<i32>(own + (<usize>i << 2)) / load<f64>(POWERS_OF_TEN + (<usize>exponent << 3));
      store<f64>(target + (<usize>i << 3), cell * price);
    }
    return;
  }
  let time = 0;
  for (let i = 0; i < count; i += 2) {
    let pair = f64x2.div(f64x2.convert_low_i32x4_s(v128.load64_zero(own + (<usize>i << 2))), power);
    if (inCoin) pair = f64x2.mul(pair, v128.load(prices + (<usize>time << 3)));
    v128.store(target + (<usize>i << 3), pair);
    time += 2;
    while (time >= times) time -= times;
  }
}
