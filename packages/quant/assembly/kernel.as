import { G_SCALE, H_START, P_SCALE } from './coefficients';
import {
  atanhSeries, correction0, correction1, correction2, decayMedium, decayShort, exponential, guessDenominator,
  guessNumerator, millsA, millsB, millsQ, roughLog,
} from './polynomials';
import { add, at, div, madd, mul, nmadd, splat, sub } from './vector';

// The three passes below run over a block of rows each, with what they share kept in a record per pair of rows.
// One pass is short enough for the processor to have several pairs in flight; a single long loop is bound by the
// latency of its chain of divisions and polynomials and takes half as long again.
const BLOCK: i32 = 128;
const RECORD: usize = 192;
const records: usize = memory.data(12288, 16);
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

/** The first byte the caller may lay its columns over. */
export const firstFreeByte: usize = (__heap_base + 63) & ~63;

const MAX_STEPS: i32 = 4;
// Times F + K: a time value below it, in the money, may be what F - K was rounded by.
const ROUNDING: f64 = 2.220446049250313e-16;

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
  const one = splat(1);
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
    const x = mul(splat(2), madd(mul(w, w2), atanhSeries(w2), w));
    const perRoot = div(one, f64x2.sqrt(mul(F, strike)));
    const beta = mul(timeValue, perRoot);
    const spread = mul(gap, perRoot);
    const odds = add(one, div(gap, timeValue));
    const l = roughLog(odds);
    const half = madd(splat(0.5), spread, beta);
    const yy = div(mul(mul(splat(6.283185307179586), mul(half, half)), guessDenominator(l)), guessNumerator(l));
    const zz = mul(spread, spread);
    const inner = madd(yy, madd(yy, splat(0.0005091083291999723), correction2(zz)), correction1(zz));
    v128.store(record, x, X);
    v128.store(record, mul(f64x2.sqrt(yy), madd(yy, inner, correction0(zz))), S);
    v128.store(record, beta, BETA);
    v128.store(record, perRoot, PER_ROOT);
    // Odds beyond 1e70 are past the 16 deviations of the domain and outside the range of the rough logarithm.
    const rounding = v128.and(inTheMoney, mul(sum, splat(ROUNDING)));
    const priced = v128.and(f64x2.gt(timeValue, rounding), f64x2.lt(odds, splat(1e70)));
    const shaped = v128.and(f64x2.gt(strike, zero), f64x2.eq(f64x2.abs(side), one));
    v128.store(record, v128.and(v128.and(priced, shaped), f64x2.lt(w, splat(0.34))), OK);
  }
}

/** First index of the backward recurrences, by the larger s of the pair. */
@inline
function seriesStart(s: v128): i32 {
  if (!v128.any_true(f64x2.ge(s, splat(0.12)))) return 4;
  if (!v128.any_true(f64x2.ge(s, splat(0.41)))) return 6;
  if (!v128.any_true(f64x2.ge(s, splat(0.89)))) return 8;
  return 17;
}

@inline
function decayOf(tau: v128, start: i32): v128 {
  if (start <= 6) return decayShort(tau);
  if (start <= 8) return decayMedium(tau);
  return exponential(mul(tau, splat(-0.5)));
}

/**
 * Pass 2: the fourth-order step on ln(price), again where it moved far. Leaves s where the last step began.
 * @returns how many rows are not solved; their status is 255.
 */
function refine(from: i32, to: i32, largestError: f64, rootT: f64): i32 {
  const one = splat(1);
  const zero = splat(0);
  let left = 0;
  for (let i = from; i < to; i += 2) {
    const record = recordOf((i - from) >> 1);
    const x = v128.load(record, X);
    const beta = v128.load(record, BETA);
    let s = v128.load(record, S);
    let ok = v128.load(record, OK);
    const z = mul(splat(0.25), mul(x, x));
    let step = zero;
    for (let n = 0; ; n++) {
      const inside = v128.and(f64x2.lt(x, mul(splat(16), s)), f64x2.gt(s, splat(1e-100)));
      ok = v128.and(v128.and(ok, inside), f64x2.lt(s, splat(2)));
      if (n === MAX_STEPS) {
        ok = zero;
        break;
      }
      const u = div(x, s);
      const tau = mul(splat(0.25), mul(s, s));
      const q = millsQ(u);
      const a = div(millsA(u), q);
      const u2 = mul(u, u);
      const phi = mul(exponential(mul(splat(-0.5), u2)), splat(0.3989422804014327));
      const start = seriesStart(s);
      const decay = decayOf(tau, start);

      const ht = mul(splat(0.5), tau);
      let g = at(G_SCALE, start + 1);
      let p = zero;
      for (let j = start; j >= 0; j--) {
        g = mul(madd(z, g, one), at(G_SCALE, j));
        p = nmadd(mul(ht, at(P_SCALE, j)), p, g);
      }
      const bracket = nmadd(tau, p, mul(a, madd(z, g, one)));
      const scale = mul(s, phi);
      const model = mul(scale, bracket);
      const reciprocal = div(one, mul(model, decay));
      const error = mul(sub(beta, model), mul(reciprocal, decay));
      const scaled = mul(reciprocal, scale);
      const inverse = mul(scaled, mul(decay, decay));
      const ratio = mul(scaled, mul(bracket, bracket));
      const k2 = sub(u2, tau);
      const k3 = sub(nmadd(splat(3), u2, mul(k2, k2)), tau);
      let log = nmadd(error, splat(0.2), splat(0.25));
      log = nmadd(error, log, splat(0.3333333333333333));
      log = nmadd(error, log, splat(0.5));
      const nu = mul(ratio, mul(error, nmadd(error, log, one)));
      const h2 = sub(k2, inverse);
      const h3 = madd(inverse, nmadd(splat(3), k2, mul(splat(2), inverse)), k3);
      const third = nmadd(h3, splat(0.16666666666666666), mul(splat(0.5), mul(h2, h2)));
      step = mul(nu, madd(nu, madd(nu, third, mul(splat(-0.5), h2)), one));
      const far = v128.or(
        f64x2.gt(f64x2.abs(error), splat(largestError)),
        f64x2.gt(f64x2.abs(step), splat(1.5e-4)),
      );
      if (!v128.any_true(v128.and(far, ok))) {
        v128.store(record, s, S);
        v128.store(record, step, STEP);
        v128.store(record, u, U);
        v128.store(record, tau, TAU);
        v128.store(record, a, A);
        v128.store(record, q, Q);
        v128.store(record, phi, PHI);
        v128.store(record, decay, DECAY);
        break;
      }
      s = madd(s, step, s);
    }
    v128.store(column(ivs, i), mul(madd(s, step, s), splat(1 / rootT)));
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

/** Pass 3: the greeks, carried from the last s to the solution by Taylor series; no further exponential. */
function differentiate(
  from: i32, to: i32, forward: f64, yearFraction: f64, discountFactor: f64, rate: f64, rootT: f64,
): void {
  const F = splat(forward);
  const zero = splat(0);
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
    const z = mul(splat(0.25), mul(x, x));
    const ht = mul(splat(0.5), tau);
    let h = mul(at(H_START, start + 1), at(G_SCALE, start + 1));
    let d = zero;
    for (let j = start; j >= 0; j--) {
      h = mul(madd(z, h, at(H_START, j)), at(G_SCALE, j));
      d = nmadd(mul(ht, at(P_SCALE, j)), d, h);
    }
    const mills = div(millsB(u), v128.load(record, Q));
    const u2 = mul(u, u);
    const k2 = sub(u2, tau);
    const k3 = sub(nmadd(splat(3), u2, mul(k2, k2)), tau);
    const bend = madd(splat(3), u2, tau);
    const vega0 = mul(phi, v128.load(record, DECAY));
    const v3 = madd(k2, nmadd(splat(3), bend, mul(k2, k2)), mul(splat(12), u2));
    const vega1 = madd(step, madd(step, mul(v3, splat(0.16666666666666666)), mul(splat(0.5), k3)), k2);
    const normalVega = mul(vega0, madd(step, vega1, splat(1)));
    const lean = sub(k2, splat(2));
    const sum1 = nmadd(tau, d, mul(v128.load(record, A), madd(z, h, splat(0.5))));
    const sum0 = mul(mul(splat(2), phi), nmadd(mul(splat(0.25), mul(x, s)), sum1, mills));
    const sum3 = mul(splat(0.16666666666666666), add(sub(mul(lean, lean), bend), splat(2)));
    const sum2 = madd(step, madd(step, sum3, mul(splat(0.5), lean)), splat(1));
    const sum = madd(mul(mul(splat(2), vega0), mul(u, step)), sum2, sum0);

    const solved = madd(s, step, s);
    const otmSide = v128.xor(side, v128.and(inTheMoney, splat(-0.0)));
    const probability = mul(
      mul(splat(0.5), madd(otmSide, v128.load(record, BETA), sum)),
      mul(strike, perRoot),
    );
    const root = mul(mul(F, strike), perRoot);
    const currencyVega = mul(splat(discountFactor), mul(root, normalVega));
    const decaying = mul(mul(currencyVega, solved), splat(-0.5 / yearFraction));
    const delta = madd(otmSide, probability, v128.and(inTheMoney, side));
    v128.store(column(deltas, i), mul(splat(discountFactor), delta));
    v128.store(column(gammas, i), div(currencyVega, mul(splat(forward * forward), solved)));
    v128.store(column(thetas, i), mul(madd(splat(rate), price, decaying), splat(0.0027397260273972603)));
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
    left += refine(from, to, 3e-4, rootT);
    differentiate(from, to, forward, yearFraction, discountFactor, rate, rootT);
  }
  return left;
}
