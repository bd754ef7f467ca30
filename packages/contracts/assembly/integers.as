// Doubles as integers at a decimal scale, four at a time, with the responses of `toIntegers` in src/codec.

const MAX_EXPONENT: i32 = 15;
const POWERS_OF_TEN: usize = memory.data<f64>([
  1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
]);
const MAX_SCALED: f64 = 2147483647.0;
/** Adding and subtracting it rounds to the nearest integer. */
const ROUNDING: f64 = 6755399441055744.0;
/** The same in memory, since a loop makes constants anew. */
const ROUNDINGS: usize = memory.data<f64>([ROUNDING]);
const MAX_INTEGER: i32 = 1 << 26;

/** Scale of the integers that `toIntegers` wrote last. */
export let exponent: i32 = 0;
export let step: i32 = 1;

/** The smallest exponent, from one on, at which a cell is an integer; above MAX_EXPONENT where there is none. */
function exponentOf(cell: f64, least: i32): i32 {
  for (let each = least; each <= MAX_EXPONENT; each++) {
    const power = load<f64>(POWERS_OF_TEN + (<usize>each << 3));
    const scaled = cell * power + ROUNDING - ROUNDING;
    if (!(abs(scaled) <= MAX_SCALED)) break;
    if (scaled / power === cell) return each;
  }
  return MAX_EXPONENT + 1;
}

function greatestCommonDivisor(a: i32, b: i32): i32 {
  while (b !== 0) {
    const rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

/** The low halves of four doubles that `ROUNDING` was added to: the integers nearest to what they were, modulo 2^32. */
@inline
function nearest(pair: v128, next: v128, rounding: v128): v128 {
  return v128.shuffle<i32>(f64x2.add(pair, rounding), f64x2.add(next, rounding), 0, 2, 4, 6);
}

/** Four integers times a factor, rounded: the quotients of those that its inverse divides. */
@inline
function quotients(four: v128, inverse: v128, rounding: v128): v128 {
  const next = v128.shuffle<i32>(four, four, 2, 3, 2, 3);
  return nearest(
    f64x2.mul(f64x2.convert_low_i32x4_s(four), inverse),
    f64x2.mul(f64x2.convert_low_i32x4_s(next), inverse),
    rounding,
  );
}

/** Divides integers by their greatest common step, and returns it; 1 when all are zero. May change three beyond the last. */
function takeOutStep(integers: usize, count: i32): i32 {
  const end = integers + (<usize>count << 2);
  let common = 0;
  for (let at = integers; at < end && common !== 1; ) {
    const fours = common === 0 ? at : dividedUntil(at, end, common);
    if (fours > at) {
      at = fours;
      continue;
    }
    for (const stop = min(at + 16, end); at < stop; at += 4) common = greatestCommonDivisor(common, abs(load<i32>(at)));
  }
  if (common <= 1) return 1;
  const inverse = f64x2.splat(1 / <f64>common);
  const rounding = v128.load64_splat(ROUNDINGS);
  for (let at = integers; at < end; at += 16) v128.store(at, quotients(v128.load(at), inverse, rounding));
  return common;
}

/** The place of the first four integers of which a step does not divide all, or that are not four. */
function dividedUntil(integers: usize, end: usize, divisor: i32): usize {
  const inverse = f64x2.splat(1 / <f64>divisor);
  const rounding = v128.load64_splat(ROUNDINGS);
  const back = i32x4.splat(divisor);
  let at = integers;
  for (; at + 16 <= end; at += 16) {
    const four = v128.load(at);
    if (!i32x4.all_true(i32x4.eq(i32x4.mul(quotients(four, inverse, rounding), back), four))) break;
  }
  return at;
}

function largest(integers: usize, count: i32): i32 {
  let most = 0;
  for (let i = 0; i < count; i++) most = max(most, abs(load<i32>(integers + (<usize>i << 2))));
  return most;
}

/**
 * Writes `count` > 0 cells as integers, and sets their scale. False when they have no such form: too many digits, too
 * large, infinite, NaN, or a negative zero. May write three integers beyond the last.
 */
export function toIntegers(cells: usize, count: i32, integers: usize): bool {
  const rounding = v128.load64_splat(ROUNDINGS);
  const negativeZero = f64x2.splat(-0.0);
  let magnitudes = i32x4.splat(0);
  let negativeZeros = i64x2.splat(0);
  let fitting = 0;
  exponent = 0;
  while (fitting < count) {
    // A cell that does not fit raises the exponent, and all are scaled again.
    exponent = exponentOf(load<f64>(cells + (<usize>fitting << 3)), exponent);
    if (exponent > MAX_EXPONENT) return false;
    const power = v128.load64_splat(POWERS_OF_TEN + (<usize>exponent << 3));
    magnitudes = i32x4.splat(0);
    negativeZeros = i64x2.splat(0);
    for (fitting = 0; fitting < count; fitting += 4) {
      const at = cells + (<usize>fitting << 3);
      const left = count - fitting;
      // Of fewer than four the first is taken in the place of those that are missing.
      const pair = left > 1 ? v128.load(at) : v128.load64_splat(at);
      const next = left > 3 ? v128.load(at, 16) : left > 2 ? v128.load64_splat(at, 16) : v128.load64_splat(at);
      // What is beyond 32 bits loses bits here, and does not fit.
      const four = nearest(f64x2.mul(pair, power), f64x2.mul(next, power), rounding);
      const back = f64x2.div(f64x2.convert_low_i32x4_s(four), power);
      const backOfNext = f64x2.div(
        f64x2.convert_low_i32x4_s(v128.shuffle<i32>(four, four, 2, 3, 2, 3)),
        power,
      );
      const fits = f64x2.eq(back, pair);
      const nextFits = f64x2.eq(backOfNext, next);
      if (!i64x2.all_true(v128.and(fits, nextFits))) {
        fitting += ctz(~(i64x2.bitmask(fits) | (i64x2.bitmask(nextFits) << 2)));
        break;
      }
      v128.store(integers + (<usize>fitting << 2), four);
      magnitudes = v128.or(magnitudes, i32x4.abs(four));
      negativeZeros = v128.or(
        negativeZeros,
        v128.or(i64x2.eq(pair, negativeZero), i64x2.eq(next, negativeZero)),
      );
    }
  }
  magnitudes = v128.or(magnitudes, v128.shuffle<i32>(magnitudes, magnitudes, 2, 3, 0, 1));
  const magnitude = i32x4.extract_lane(magnitudes, 0) | i32x4.extract_lane(magnitudes, 1);
  // Below zero where an integer is -2^31.
  if (magnitude < 0 || v128.any_true(negativeZeros)) return false;
  step = takeOutStep(integers, count);
  return magnitude < MAX_INTEGER || largest(integers, count) < MAX_INTEGER;
}
