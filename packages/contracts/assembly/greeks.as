// The model of src/codec/segment/greek-model.ts, two cells at a time: the same operations in the same order, so the same
// bits, for good. What is selected between lanes is computed for both.

const LN2_HIGH: f64 = 0.6931471803691238;
const LN2_LOW: f64 = 1.9082149292705877e-10;
const SMALLEST_EXPONENT: f64 = -1000.0;
const SQRT2: f64 = 1.4142135623730951;
const SQRT1_2: f64 = 0.7071067811865476;
const DAYS_PER_YEAR: f64 = 365.0;
const CANDIDATES: i32 = 6;

@inline
function all(value: f64): v128 {
  return f64x2.splat(value);
}

/** The next of a polynomial by Horner's rule. */
@inline
function then(sum: v128, x: v128, coefficient: f64): v128 {
  return f64x2.add(f64x2.mul(sum, x), all(coefficient));
}

/** e^x for x <= 0; 0 for any other and far below. */
function exponential(x: v128): v128 {
  const n = f64x2.floor(f64x2.add(f64x2.div(x, all(LN2_HIGH + LN2_LOW)), all(0.5)));
  const r = f64x2.sub(f64x2.sub(x, f64x2.mul(n, all(LN2_HIGH))), f64x2.mul(n, all(LN2_LOW)));
  let sum = then(all(1.0 / 479001600.0), r, 1.0 / 39916800.0);
  sum = then(sum, r, 1.0 / 3628800.0);
  sum = then(sum, r, 1.0 / 362880.0);
  sum = then(sum, r, 1.0 / 40320.0);
  sum = then(sum, r, 1.0 / 5040.0);
  sum = then(sum, r, 1.0 / 720.0);
  sum = then(sum, r, 1.0 / 120.0);
  sum = then(sum, r, 1.0 / 24.0);
  sum = then(sum, r, 1.0 / 6.0);
  sum = then(sum, r, 0.5);
  sum = then(sum, r, 1.0);
  sum = then(sum, r, 1.0);
  const whole = i64x2.extend_low_i32x4_s(i32x4.trunc_sat_f64x2_s_zero(n));
  const power = i64x2.shl(i64x2.add(whole, i64x2.splat(1023)), 52);
  return v128.and(f64x2.mul(sum, power), f64x2.ge(n, all(SMALLEST_EXPONENT)));
}

/** N(x), `bell` being e^(-x^2 / 2). */
function cumulative(x: v128, bell: v128): v128 {
  const z = f64x2.abs(x);
  let above = then(all(3.52624965998911e-2), z, 0.700383064443688);
  above = then(above, z, 6.37396220353165);
  above = then(above, z, 33.912866078383);
  above = then(above, z, 112.079291497871);
  above = then(above, z, 221.213596169931);
  above = then(above, z, 220.206867912376);
  let below = then(all(8.83883476483184e-2), z, 1.75566716318264);
  below = then(below, z, 16.064177579207);
  below = then(below, z, 86.7807322029461);
  below = then(below, z, 296.564248779674);
  below = then(below, z, 637.333633378831);
  below = then(below, z, 793.826512519948);
  below = then(below, z, 440.413735824752);
  let tail = f64x2.div(f64x2.mul(bell, above), below);
  const isNear = f64x2.lt(z, all(7.07106781186547));
  if (i64x2.bitmask(isNear) !== 3) {
    let fraction = f64x2.add(z, f64x2.div(all(4.0), f64x2.add(z, all(0.65))));
    fraction = f64x2.add(z, f64x2.div(all(3.0), fraction));
    fraction = f64x2.add(z, f64x2.div(all(2.0), fraction));
    fraction = f64x2.add(z, f64x2.div(all(1.0), fraction));
    tail = v128.bitselect(tail, f64x2.div(f64x2.div(bell, fraction), all(2.506628274631)), isNear);
  }
  return v128.bitselect(f64x2.sub(all(1.0), tail), tail, f64x2.gt(x, all(0.0)));
}

function logarithm(x: v128): v128 {
  const isModerate = v128.and(f64x2.gt(x, all(1e-6)), f64x2.lt(x, all(1e6)));
  let mantissa = x;
  let exponent = all(0.0);
  for (;;) {
    const isHigh = v128.and(isModerate, f64x2.gt(mantissa, all(SQRT2)));
    if (!v128.any_true(isHigh)) break;
    mantissa = v128.bitselect(f64x2.mul(mantissa, all(0.5)), mantissa, isHigh);
    exponent = f64x2.add(exponent, v128.and(isHigh, all(1.0)));
  }
  for (;;) {
    const isLow = v128.and(isModerate, f64x2.lt(mantissa, all(SQRT1_2)));
    if (!v128.any_true(isLow)) break;
    mantissa = v128.bitselect(f64x2.mul(mantissa, all(2.0)), mantissa, isLow);
    exponent = f64x2.sub(exponent, v128.and(isLow, all(1.0)));
  }
  const z = f64x2.div(f64x2.sub(mantissa, all(1.0)), f64x2.add(mantissa, all(1.0)));
  const square = f64x2.mul(z, z);
  let sum = then(all(1.0 / 25.0), square, 1.0 / 23.0);
  sum = then(sum, square, 1.0 / 21.0);
  sum = then(sum, square, 1.0 / 19.0);
  sum = then(sum, square, 1.0 / 17.0);
  sum = then(sum, square, 1.0 / 15.0);
  sum = then(sum, square, 1.0 / 13.0);
  sum = then(sum, square, 1.0 / 11.0);
  sum = then(sum, square, 1.0 / 9.0);
  sum = then(sum, square, 1.0 / 7.0);
  sum = then(sum, square, 1.0 / 5.0);
  sum = then(sum, square, 1.0 / 3.0);
  sum = then(sum, square, 1.0);
  const rest = f64x2.add(
    f64x2.mul(f64x2.mul(all(2.0), z), sum),
    f64x2.mul(exponent, all(LN2_LOW)),
  );
  const found = f64x2.add(f64x2.mul(exponent, all(LN2_HIGH)), rest);
  return v128.bitselect(found, all(NaN), isModerate);
}

/** What `evaluate` found last. */
let premium: v128 = f64x2.splat(0.0);
let probability: v128 = f64x2.splat(0.0);
let density: v128 = f64x2.splat(0.0);
let d1: v128 = f64x2.splat(0.0);
let d2: v128 = f64x2.splat(0.0);

function evaluate(
  sign: v128, forward: v128, strike: v128, ratio: v128, moneyness: v128, deviation: v128,
): void {
  d1 = f64x2.add(f64x2.div(moneyness, deviation), f64x2.mul(all(0.5), deviation));
  d2 = f64x2.sub(d1, deviation);
  const bell = exponential(f64x2.mul(f64x2.mul(all(-0.5), d1), d1));
  probability = cumulative(f64x2.mul(sign, d1), bell);
  density = f64x2.mul(all(0.3989422804014327), bell);
  const other = cumulative(f64x2.mul(sign, d2), f64x2.mul(bell, ratio));
  premium = f64x2.mul(sign, f64x2.sub(f64x2.mul(forward, probability), f64x2.mul(strike, other)));
}

/** What was evaluated, at a volatility that is a little more, of the lanes that `moved`. */
@inline
function shift(sign: v128, forward: v128, root: v128, volatility: v128, more: v128, moved: v128): void {
  const relative = f64x2.div(more, volatility);
  const premiumNow = f64x2.add(premium, f64x2.mul(f64x2.mul(f64x2.mul(forward, density), root), more));
  const change = f64x2.mul(f64x2.mul(f64x2.mul(sign, density), d2), relative);
  const probabilityNow = f64x2.sub(probability, change);
  const densityNow = f64x2.add(density, f64x2.mul(f64x2.mul(f64x2.mul(density, d1), d2), relative));
  premium = v128.bitselect(premiumNow, premium, moved);
  probability = v128.bitselect(probabilityNow, probability, moved);
  density = v128.bitselect(densityNow, density, moved);
}

/** Places of the cells in the list that `computeGreeks` is given. */
const STRIKE: usize = 0;
const IV: usize = 4;
const BID: usize = 8;
const ASK: usize = 12;
const LAST: usize = 16;
const MARK: usize = 20;
const TWIN: usize = 16; // From a price to that of the twin.

@inline
function cellsAt(inputs: usize, place: usize, at: usize): v128 {
  return v128.load(<usize>load<u32>(inputs + place) + at);
}

@inline
function mean(a: v128, b: v128): v128 {
  return f64x2.div(f64x2.add(a, b), all(2.0));
}

function priceOf(candidate: i32, inputs: usize, at: usize, parity: v128): v128 {
  switch (candidate) {
    case 0:
      return mean(cellsAt(inputs, BID, at), cellsAt(inputs, ASK, at));
    case 1:
      return cellsAt(inputs, LAST, at);
    case 2:
      return cellsAt(inputs, MARK, at);
    case 3:
      return f64x2.add(mean(cellsAt(inputs, BID + TWIN, at), cellsAt(inputs, ASK + TWIN, at)), parity);
    case 4:
      return f64x2.add(cellsAt(inputs, LAST + TWIN, at), parity);
    default:
      return f64x2.add(cellsAt(inputs, MARK + TWIN, at), parity);
  }
}

/**
 * Writes delta, gamma, theta, vega and rho of pairs of `count` cells, from cell `start` on and `pace` cells apart, to five arrays from `outputs` on, `stride` bytes apart.
 * `inputs`: addresses of the cells of strike, volatility, bid, ask, last, mark, and those four of the twin. `markets`: forward
 * (NaN: none), years, rate, root and discount of each of `times` snapshots, in arrays `marketStride` bytes apart that begin
 * again behind their end. `logarithms` are written where `isFirst`. All arrays have room for one cell more.
 */
export function computeGreeks(
  side: f64, nearest: f64, evaluations: i32, start: i32, pace: i32, count: i32, times: i32, inputs: usize, markets: usize,
  marketStride: usize, logarithms: usize, isFirst: bool, outputs: usize, stride: usize,
): void {
  const sign = all(side);
  const highest = all(nearest);
  const lowest = all(-nearest);
  let time = start;
  for (let i = start; i < count; i += pace) {
    const at = <usize>i << 3;
    const market = markets + (<usize>time << 3);
    time += pace;
    while (time >= times) time -= times;
    const forward = v128.load(market);
    const kept = cellsAt(inputs, IV, at);
    const strike = cellsAt(inputs, STRIKE, at);
    const ratio = f64x2.div(forward, strike);
    if (isFirst) v128.store(logarithms + at, logarithm(ratio));
    const isPriced = v128.and(f64x2.gt(kept, all(0.0)), f64x2.eq(forward, forward));
    const output = outputs + at;
    if (!v128.any_true(isPriced)) {
      for (let greek: usize = 0; greek < 5; greek++) v128.store(output + greek * stride, all(0.0));
      continue;
    }
    const years = v128.load(market + marketStride);
    const rate = v128.load(market + 2 * marketStride);
    const root = v128.load(market + 3 * marketStride);
    const discount = v128.load(market + 4 * marketStride);
    const moneyness = v128.load(logarithms + at);
    evaluate(sign, forward, strike, ratio, moneyness, f64x2.mul(kept, root));
    const discounted = f64x2.mul(discount, forward);
    const slope = f64x2.mul(f64x2.mul(discounted, density), root);
    const worth = f64x2.mul(discount, premium);
    const parity = f64x2.mul(f64x2.mul(sign, discount), f64x2.sub(forward, strike));
    let volatility = kept;
    // Lanes that are not priced take part in nothing.
    let isOpen = isPriced;
    for (let candidate = 0; candidate < CANDIDATES && v128.any_true(isOpen); candidate++) {
      const step = f64x2.div(f64x2.sub(priceOf(candidate, inputs, at, parity), worth), slope);
      const isNear = v128.and(isOpen, v128.and(f64x2.le(step, highest), f64x2.ge(step, lowest)));
      volatility = v128.bitselect(f64x2.add(kept, step), volatility, isNear);
      isOpen = v128.andnot(isOpen, isNear);
    }
    const moved = f64x2.ne(volatility, kept);
    if (v128.any_true(moved)) {
      if (evaluations === 1) {
        shift(sign, forward, root, kept, f64x2.sub(volatility, kept), moved);
      } else {
        // At the same volatility the other lane finds the same again.
        evaluate(sign, forward, strike, ratio, moneyness, f64x2.mul(volatility, root));
      }
    }
    const peak = f64x2.mul(discounted, density);
    const value = f64x2.mul(discount, premium);
    const delta = f64x2.mul(f64x2.mul(sign, discount), probability);
    const gamma = f64x2.div(f64x2.div(f64x2.div(peak, forward), forward), f64x2.mul(volatility, root));
    const decay = f64x2.div(f64x2.mul(f64x2.mul(all(0.5), peak), volatility), root);
    const theta = f64x2.div(f64x2.sub(f64x2.mul(rate, value), decay), all(DAYS_PER_YEAR));
    v128.store(output, v128.and(delta, isPriced));
    v128.store(output + stride, v128.and(gamma, isPriced));
    v128.store(output + 2 * stride, v128.and(theta, isPriced));
    v128.store(output + 3 * stride, v128.and(f64x2.mul(peak, root), isPriced));
    v128.store(output + 4 * stride, v128.and(f64x2.mul(f64x2.neg(years), value), isPriced));
  }
}
