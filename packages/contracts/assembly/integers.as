// Doubles as integers at a decimal scale, two at a time, with the responses of `toIntegers` in src/codec.

const MAX_EXPONENT: i32 = 15;
const POWERS_OF_TEN: usize = memory.data<f64>([
  1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
]);
const MAX_SCALED: f64 = 2147483647.0;
/** Adding and subtracting it rounds to the nearest integer. */
const ROUNDING: f64 = 6755399441055744.0;
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

/** Divides integers by their greatest common step, and returns it; 1 when all are zero. */
function takeOutStep(integers: usize, count: i32): i32 {
  const end = integers + (<usize>count << 2);
  let common = 0;
  for (let at = integers; at < end && common !== 1; at += 4) {
    const integer = abs(load<i32>(at));
    if (common === 0 || integer % common !== 0) common = greatestCommonDivisor(common, integer);
  }
  if (common <= 1) return 1;
  for (let at = integers; at < end; at += 4) store<i32>(at, load<i32>(at) / common);
  return common;
}

function largest(integers: usize, count: i32): i32 {
  let most = 0;
  for (let i = 0; i < count; i++) most = max(most, abs(load<i32>(integers + (<usize>i << 2))));
  return most;
}

/**
 * Writes `count` > 0 cells as integers, and sets their scale. False when they have no such form: too many digits, too
 * large, infinite, NaN, or a negative zero. May write one integer beyond the last.
 */
export function toIntegers(cells: usize, count: i32, integers: usize): bool {
  const rounding = f64x2.splat(ROUNDING);
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
    for (fitting = 0; fitting < count; fitting += 2) {
      const at = cells + (<usize>fitting << 3);
      // An odd last cell is scaled twice.
      const pair = fitting + 1 < count ? v128.load(at) : v128.load64_splat(at);
      // What is beyond 32 bits is the nearest of them here, and does not fit.
      const integer = i32x4.trunc_sat_f64x2_s_zero(
        f64x2.sub(f64x2.add(f64x2.mul(pair, power), rounding), rounding),
      );
      const back = f64x2.div(f64x2.convert_low_i32x4_s(integer), power);
      const fits = i64x2.bitmask(f64x2.eq(back, pair));
      if (fits !== 3) {
        fitting += fits & 1;
        break;
      }
      v128.store64_lane(integers + (<usize>fitting << 2), integer, 0);
      magnitudes = v128.or(magnitudes, i32x4.abs(integer));
      negativeZeros = v128.or(negativeZeros, i64x2.eq(pair, negativeZero));
    }
  }
  const magnitude = i32x4.extract_lane(magnitudes, 0) | i32x4.extract_lane(magnitudes, 1);
  // Below zero where an integer is -2^31.
  if (magnitude < 0 || v128.any_true(negativeZeros)) return false;
  step = takeOutStep(integers, count);
  return magnitude < MAX_INTEGER || largest(integers, count) < MAX_INTEGER;
}
