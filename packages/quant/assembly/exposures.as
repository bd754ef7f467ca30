import { MINUS_HALF, ONE, PER_ROOT_2PI, QUARTER } from './coefficients';
import { exponential } from './polynomials';
import { add, constant, div, mul, splat, sub } from './vector';

// Two passes over a block of rows: how far a row goes to either side of its strike cannot be predicted, and the
// processor would wait for its exponentials before it went on to the next. A record holds five vectors for two rows.
const BLOCK: i32 = 128;
const RECORD: usize = 80;
const records: usize = memory.data(5120, 16);
const PEAK: usize = 0;
const MOST: usize = 16;
const UP: usize = 32;
const DOWN: usize = 48;
const NARROWING: usize = 64;
/** Below it e^x is 0 here: less than the last place of anything it could be added to. */
const LEAST_EXPONENT: f64 = -700;

@inline
function exponentialOrZero(x: v128): v128 {
  return v128.and(exponential(x), f64x2.gt(x, splat(LEAST_EXPONENT)));
}

/** Pass 1: the level nearest the strike, gamma x F^2 there, and what it is multiplied by upwards and downwards. */
function placeRows(from: i32, to: i32, xs: usize, ss: usize, weights: usize, last: f64, step: f64): void {
  const centre = splat(0.5 * last);
  const h = splat(step);
  for (let i = from; i < to; i += 2) {
    const offset = <usize>i << 3;
    const record = records + (<usize>(i - from) >> 1) * RECORD;
    const x = v128.load(xs + offset);
    const s = v128.load(ss + offset);
    const nearest = f64x2.nearest(sub(centre, div(x, h)));
    const peak = f64x2.min(splat(last), f64x2.max(splat(0), nearest));
    const atPeak = add(x, mul(sub(peak, centre), h));
    const perVariance = div(constant(ONE), mul(s, s));
    const square = add(mul(mul(atPeak, atPeak), perVariance), mul(constant(QUARTER), mul(s, s)));
    const density = mul(exponentialOrZero(mul(constant(MINUS_HALF), square)), constant(PER_ROOT_2PI));
    const most = div(mul(v128.load(weights + offset), density), s);
    const half = mul(constant(MINUS_HALF), mul(mul(h, h), perVariance));
    const tilt = mul(mul(atPeak, h), perVariance);
    v128.store(record, peak, PEAK);
    // One that is not finite counts as nothing.
    v128.store(record, v128.and(most, f64x2.eq(sub(most, most), splat(0))), MOST);
    v128.store(record, exponentialOrZero(sub(half, tilt)), UP);
    v128.store(record, exponentialOrZero(add(half, tilt)), DOWN);
    v128.store(record, exponentialOrZero(add(half, half)), NARROWING);
  }
}

/** Pass 2, for one row: two levels at a time to either side, so that one beyond each end of the totals is written. */
function addRow(record: usize, totals: usize, last: i32): void {
  const peak = <i32>load<f64>(record, PEAK);
  const most = load<f64>(record, MOST);
  const narrowing = load<f64>(record, NARROWING);
  const twice = narrowing * narrowing;
  const narrowest = splat(twice * twice);
  const middle = totals + (<usize>peak << 3);
  store<f64>(middle, load<f64>(middle) + most);

  let ratio = load<f64>(record, UP);
  let first = most * ratio;
  let value = f64x2.replace_lane(splat(first), 1, first * (ratio * narrowing));
  let square = ratio * ratio * (twice * narrowing);
  let ratios = f64x2.replace_lane(splat(square), 1, square * twice);
  let at = middle + 8;
  for (let left = last - peak; left > 0; left -= 2) {
    v128.store(at, add(v128.load(at), value));
    value = mul(value, ratios);
    ratios = mul(ratios, narrowest);
    at += 16;
  }

  ratio = load<f64>(record, DOWN);
  first = most * ratio;
  value = f64x2.replace_lane(splat(first), 0, first * (ratio * narrowing));
  square = ratio * ratio * (twice * narrowing);
  ratios = f64x2.replace_lane(splat(square), 0, square * twice);
  at = middle - 16;
  for (let left = peak; left > 0; left -= 2) {
    v128.store(at, add(v128.load(at), value));
    value = mul(value, ratios);
    ratios = mul(ratios, narrowest);
    at -= 16;
  }
}

/**
 * Adds gamma x F^2 of each row, without sqrt(F), at every level of a grid; `rows` is even. `totals` has one double of
 * room before its first and after its last.
 */
export function addGamma(
  rows: i32, xs: usize, ss: usize, weights: usize, totals: usize, points: i32, step: f64,
): void {
  const last = points - 1;
  for (let from = 0; from < rows; from += BLOCK) {
    const to = min(rows, from + BLOCK);
    placeRows(from, to, xs, ss, weights, <f64>last, step);
    for (let i = from; i < to; i++) {
      const record = records + (<usize>(i - from) >> 1) * RECORD + (<usize>(i & 1) << 3);
      addRow(record, totals, last);
    }
  }
}
