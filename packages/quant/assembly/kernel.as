import {
  CORRECTION, FAR_STEP, FIFTH, G_SCALE, HALF, H_START, LEAST_S, MEDIUM_S, MINUS_HALF, MOST_ODDS, MOST_W, ONE,
  PER_DAY, PER_ROOT_2PI, P_SCALE, QUARTER, ROUNDING, SHORTEST_S, SHORT_S, SIGN, SIXTEEN, SIXTH, THIRD, THREE,
  TWELVE, TWO, TWO_PI,
} from './coefficients';
import {
  atanhSeries, correction0, correction1, correction2, decayMedium, decayShort, exponential, guessDenominator,
  guessNumerator, millsA, millsB, millsQ, roughLog,
} from './polynomials';
import { add, at, constant, div, madd, mul, nmadd, splat, sub } from './vector';

export { addGamma } from './exposures';

// The four passes below run over a block of rows each, with what they share kept in a record per pair of rows.
// One pass is short enough for the processor to have several pairs in flight; a single long loop is bound by the
// latency of its chain of divisions and polynomials and takes half as long again.
const BLOCK: i32 = 128;
const RECORD: usize = 208;
const records: usize = memory.data(13312, 16);
const X: usize = 0;
const S: usize = 16;
const BETA: usize = 32;
const PER_ROOT: usize = 48;
const OK: usize = 64;
const STEP: usize = 80;
const U: usize = 96;
const TAU: usize = 112;
const A: usize = 128;
const Q: usize = 144;
const PHI: usize = 160;
const DECAY: usize = 176;
const BRACKET: usize = 192;

/** The first byte the caller may lay its columns over. */
export const firstFreeByte: usize = (__heap_base + 63) & ~63;

const MAX_STEPS: i32 = 4;

// Columns of the current call, set by the exported functions: byte addresses of row 0.
let strikes: usize = 0;
let sides: usize = 0;
let prices: usize = 0;
let ivs: usize = 0;
let deltas: usize = 0;
let gammas: usize = 0;
let thetas: usize = 0;
let vegas: usize = 0;
let rhos: usize = 0;
let statuses: usize = 0;

@inline
function column(base: usize, row: i32): usize {
  return base + (<usize>row << 3);
}

@inline
function recordOf(pair: i32): usize {
  return records + <usize>pair * RECORD;
}

/** +1.0 or -1.0 (or whatever else the column holds) for two rows. */
@inline
function loadSides(row: i32): v128 {
  const pair = i16x8.extend_low_i8x16_s(i32x4.splat(<i32>load<u16>(sides + <usize>row)));
  return f64x2.convert_low_i32x4_s(i32x4.extend_low_i16x8_s(pair));
}

/** Pass 1: moneyness, normalised time value and the closed-form guess of s. */
function guess(from: i32, to: i32, forward: f64, discountFactor: f64): void {
  const one = constant(ONE);
  const zero = splat(0);
  const F = splat(forward);
  for (let i = from; i < to; i += 2) {
    const record = recordOf((i - from) >> 1);
    const strike = v128.load(column(strikes, i));
    const side = loadSides(i);
    const undiscounted = div(v128.load(column(prices, i)), splat(discountFactor));
    const signed = mul(side, sub(F, strike));
    const gap = f64x2.abs(signed);
    const inTheMoney = f64x2.gt(signed, zero);
    const timeValue = sub(undiscounted, v128.and(inTheMoney, gap));
    const sum = add(F, strike);
    const w = div(gap, sum);
    const w2 = mul(w, w);
    const x = mul(constant(TWO), madd(mul(w, w2), atanhSeries(w2), w));
    const perRoot = div(one, f64x2.sqrt(mul(F, strike)));
    const beta = mul(timeValue, perRoot);
    const spread = mul(gap, perRoot);
    const odds = add(one, div(gap, timeValue));
    const l = roughLog(odds);
    const half = madd(constant(HALF), spread, beta);
    const yy = div(mul(mul(constant(TWO_PI), mul(half, half)), guessDenominator(l)), guessNumerator(l));
    const zz = mul(spread, spread);
    const inner = madd(yy, madd(yy, at(CORRECTION, 9), correction2(zz)), correction1(zz));
    v128.store(record, x, X);
    v128.store(record, mul(f64x2.sqrt(yy), madd(yy, inner, correction0(zz))), S);
    v128.store(record, beta, BETA);
    v128.store(record, perRoot, PER_ROOT);
    // Odds beyond 1e70 are past the 16 deviations of the domain and outside the range of the rough logarithm.
    const rounding = v128.and(inTheMoney, mul(sum, constant(ROUNDING)));
    const priced = v128.and(f64x2.gt(timeValue, rounding), f64x2.lt(odds, constant(MOST_ODDS)));
    const shaped = v128.and(f64x2.gt(strike, zero), f64x2.eq(f64x2.abs(side), one));
    v128.store(record, v128.and(v128.and(priced, shaped), f64x2.lt(w, constant(MOST_W))), OK);
  }
}

/** First index of the backward recurrences, by the larger s of the pair. */
@inline
function seriesStart(s: v128): i32 {
  if (!v128.any_true(f64x2.ge(s, constant(SHORTEST_S)))) return 4;
  if (!v128.any_true(f64x2.ge(s, constant(SHORT_S)))) return 6;
  if (!v128.any_true(f64x2.ge(s, constant(MEDIUM_S)))) return 8;
  return 17;
}

@inline
function decayOf(tau: v128, start: i32): v128 {
  if (start <= 6) return decayShort(tau);
  if (start <= 8) return decayMedium(tau);
  return exponential(mul(tau, constant(MINUS_HALF)));
}

/**
 * Pass 2: the model at the s of each row: the normalised out-of-the-money price s phi(u) BRACKET, with the parts that
 * the step and the greeks are made of. A row whose s is 2 or more, or that is more than 16 deviations out, is not OK.
 */
function evaluate(from: i32, to: i32, first: i32): void {
  const one = constant(ONE);
  for (let i = from; i < to; i += 2) {
    const record = recordOf((i - first) >> 1);
    const x = v128.load(record, X);
    const s = v128.load(record, S);
    const inside = v128.and(f64x2.lt(x, mul(constant(SIXTEEN), s)), f64x2.gt(s, constant(LEAST_S)));
    const ok = v128.and(v128.load(record, OK), v128.and(inside, f64x2.lt(s, constant(TWO))));
    const z = mul(constant(QUARTER), mul(x, x));
    const u = div(x, s);
    const tau = mul(constant(QUARTER), mul(s, s));
    const u2 = mul(u, u);
    const q = millsQ(u);
    const a = div(millsA(u), q);
    const start = seriesStart(s);
    const ht = mul(constant(HALF), tau);
    let g = at(G_SCALE, start + 1);
    let p = splat(0);
    for (let j = start; j >= 0; j--) {
      g = mul(madd(z, g, one), at(G_SCALE, j));
      p = nmadd(mul(ht, at(P_SCALE, j)), p, g);
    }
    v128.store(record, ok, OK);
    v128.store(record, u, U);
    v128.store(record, tau, TAU);
    v128.store(record, a, A);
    v128.store(record, q, Q);
    v128.store(record, mul(exponential(mul(constant(MINUS_HALF), u2)), constant(PER_ROOT_2PI)), PHI);
    v128.store(record, decayOf(tau, start), DECAY);
    v128.store(record, nmadd(tau, p, mul(a, madd(z, g, one))), BRACKET);
  }
}

/**
 * Pass 3: the fourth-order step on ln(price), again where it moved far. Leaves s where the last step began.
 * @returns how many rows are not solved; their status is 255.
 */
function refine(from: i32, to: i32, largestError: f64, rootT: f64): i32 {
  const one = constant(ONE);
  const perRootT = splat(1 / rootT);
  let left = 0;
  for (let i = from; i < to; i += 2) {
    const record = recordOf((i - from) >> 1);
    const beta = v128.load(record, BETA);
    let s = v128.load(record, S);
    let ok = v128.load(record, OK);
    let step = splat(0);
    for (let n = 1; ; n++) {
      const u = v128.load(record, U);
      const tau = v128.load(record, TAU);
      const decay = v128.load(record, DECAY);
      const bracket = v128.load(record, BRACKET);
      const scale = mul(s, v128.load(record, PHI));
      const model = mul(scale, bracket);
      const reciprocal = div(one, mul(model, decay));
      const error = mul(sub(beta, model), mul(reciprocal, decay));
      const scaled = mul(reciprocal, scale);
      const inverse = mul(scaled, mul(decay, decay));
      const ratio = mul(scaled, mul(bracket, bracket));
      const u2 = mul(u, u);
      const k2 = sub(u2, tau);
      const k3 = sub(nmadd(constant(THREE), u2, mul(k2, k2)), tau);
      let log = nmadd(error, constant(FIFTH), constant(QUARTER));
      log = nmadd(error, log, constant(THIRD));
      log = nmadd(error, log, constant(HALF));
      const nu = mul(ratio, mul(error, nmadd(error, log, one)));
      const h2 = sub(k2, inverse);
      const h3 = madd(inverse, nmadd(constant(THREE), k2, mul(constant(TWO), inverse)), k3);
      const third = nmadd(h3, constant(SIXTH), mul(constant(HALF), mul(h2, h2)));
      step = mul(nu, madd(nu, madd(nu, third, mul(constant(MINUS_HALF), h2)), one));
      const far = v128.or(
        f64x2.gt(f64x2.abs(error), splat(largestError)),
        f64x2.gt(f64x2.abs(step), constant(FAR_STEP)),
      );
      if (!v128.any_true(v128.and(far, ok))) break;
      s = madd(s, step, s);
      if (n === MAX_STEPS) {
        ok = splat(0);
        break;
      }
      v128.store(record, s, S);
      evaluate(i, i + 2, from);
      ok = v128.load(record, OK);
    }
    v128.store(record, step, STEP);
    v128.store(column(ivs, i), mul(madd(s, step, s), perRootT));
    // A step that is not a number compares false with everything, so it did not keep the loop going.
    const mask = i64x2.bitmask(v128.and(ok, f64x2.eq(step, step)));
    if (mask === 3) {
      store<u16>(statuses + <usize>i, 0);
    } else {
      store<u8>(statuses + <usize>i, mask & 1 ? 0 : 255);
      store<u8>(statuses + <usize>i + 1, mask & 2 ? 0 : 255);
      left += 2 - popcnt(mask);
    }
  }
  return left;
}

/** Pass 4: the greeks, carried from the last s to the solution by Taylor series; no further exponential. */
function differentiate(
  from: i32, to: i32, forward: f64, yearFraction: f64, discountFactor: f64, rate: f64, rootT: f64,
): void {
  const F = splat(forward);
  const zero = splat(0);
  const perTime = splat(-0.5 / yearFraction);
  for (let i = from; i < to; i += 2) {
    const record = recordOf((i - from) >> 1);
    const x = v128.load(record, X);
    const s = v128.load(record, S);
    const step = v128.load(record, STEP);
    const u = v128.load(record, U);
    const tau = v128.load(record, TAU);
    const phi = v128.load(record, PHI);
    const perRoot = v128.load(record, PER_ROOT);
    const strike = v128.load(column(strikes, i));
    const price = v128.load(column(prices, i));
    const side = loadSides(i);
    const inTheMoney = f64x2.gt(mul(side, sub(F, strike)), zero);

    const start = seriesStart(s);
    const z = mul(constant(QUARTER), mul(x, x));
    const ht = mul(constant(HALF), tau);
    let h = mul(at(H_START, start + 1), at(G_SCALE, start + 1));
    let d = zero;
    for (let j = start; j >= 0; j--) {
      h = mul(madd(z, h, at(H_START, j)), at(G_SCALE, j));
      d = nmadd(mul(ht, at(P_SCALE, j)), d, h);
    }
    const u2 = mul(u, u);
    const mills = div(millsB(u), v128.load(record, Q));
    const k2 = sub(u2, tau);
    const k3 = sub(nmadd(constant(THREE), u2, mul(k2, k2)), tau);
    const bend = madd(constant(THREE), u2, tau);
    const vega0 = mul(phi, v128.load(record, DECAY));
    const v3 = madd(k2, nmadd(constant(THREE), bend, mul(k2, k2)), mul(constant(TWELVE), u2));
    const vega1 = madd(step, madd(step, mul(v3, constant(SIXTH)), mul(constant(HALF), k3)), k2);
    const normalVega = mul(vega0, madd(step, vega1, constant(ONE)));
    const lean = sub(k2, constant(TWO));
    const sum1 = nmadd(tau, d, mul(v128.load(record, A), madd(z, h, constant(HALF))));
    const sum0 = mul(mul(constant(TWO), phi), nmadd(mul(constant(QUARTER), mul(x, s)), sum1, mills));
    const sum3 = mul(constant(SIXTH), add(sub(mul(lean, lean), bend), constant(TWO)));
    const sum2 = madd(step, madd(step, sum3, mul(constant(HALF), lean)), constant(ONE));
    const sum = madd(mul(mul(constant(TWO), vega0), mul(u, step)), sum2, sum0);

    const solved = madd(s, step, s);
    const otmSide = v128.xor(side, v128.and(inTheMoney, constant(SIGN)));
    const probability = mul(
      mul(constant(HALF), madd(otmSide, v128.load(record, BETA), sum)),
      mul(strike, perRoot),
    );
    const root = mul(mul(F, strike), perRoot);
    const currencyVega = mul(splat(discountFactor), mul(root, normalVega));
    const decaying = mul(mul(currencyVega, solved), perTime);
    const delta = madd(otmSide, probability, v128.and(inTheMoney, side));
    v128.store(column(deltas, i), mul(splat(discountFactor), delta));
    v128.store(column(gammas, i), div(currencyVega, mul(splat(forward * forward), solved)));
    v128.store(column(thetas, i), mul(madd(splat(rate), price, decaying), constant(PER_DAY)));
    v128.store(column(vegas, i), mul(currencyVega, splat(rootT)));
    v128.store(column(rhos, i), mul(splat(-yearFraction), price));
  }
}

/** Solves rows 0 .. rows-1 for the volatility; `rows` is even. Returns how many rows are left, status 255. */
export function solveIv(
  rows: i32, strikeColumn: usize, sideColumn: usize, priceColumn: usize, ivColumn: usize, statusColumn: usize,
  forward: f64, yearFraction: f64, discountFactor: f64,
): i32 {
  strikes = strikeColumn;
  sides = sideColumn;
  prices = priceColumn;
  ivs = ivColumn;
  statuses = statusColumn;
  const rootT = sqrt(yearFraction);
  let left = 0;
  for (let from = 0; from < rows; from += BLOCK) {
    const to = min(rows, from + BLOCK);
    guess(from, to, forward, discountFactor);
    evaluate(from, to, from);
    left += refine(from, to, 1e-3, rootT);
  }
  return left;
}

/** As solveIv, with the five greeks. `rate` is -ln(discountFactor) / yearFraction. */
export function solveGreeks(
  rows: i32, strikeColumn: usize, sideColumn: usize, priceColumn: usize, ivColumn: usize, statusColumn: usize,
  deltaColumn: usize, gammaColumn: usize, thetaColumn: usize, vegaColumn: usize, rhoColumn: usize,
  forward: f64, yearFraction: f64, discountFactor: f64, rate: f64,
): i32 {
  strikes = strikeColumn;
  sides = sideColumn;
  prices = priceColumn;
  ivs = ivColumn;
  statuses = statusColumn;
  deltas = deltaColumn;
  gammas = gammaColumn;
  thetas = thetaColumn;
  vegas = vegaColumn;
  rhos = rhoColumn;
  const rootT = sqrt(yearFraction);
  let left = 0;
  for (let from = 0; from < rows; from += BLOCK) {
    const to = min(rows, from + BLOCK);
    guess(from, to, forward, discountFactor);
    evaluate(from, to, from);
    left += refine(from, to, 3e-4, rootT);
    differentiate(from, to, forward, yearFraction, discountFactor, rate, rootT);
  }
  return left;
}
