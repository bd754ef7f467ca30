import {
  ATANH, CORRECTION, DECAY, DECAY_SHORT, EXPONENTIAL, GUESS_DEN, GUESS_NUM, HALF, LN2, LN2_HIGH, LN2_LOW,
  LOG2_E, LOGARITHM, MILLS_A, MILLS_B, MILLS_Q, ONE, ROOT_HALF_BITS, ROUNDER, TWO_TO_52,
} from './coefficients';
import { add, at, constant, madd, mul, nmadd, sub } from './vector';

@inline
export function millsA(u: v128): v128 {
  let y = at(MILLS_A, 9);
  y = madd(y, u, at(MILLS_A, 8));
  y = madd(y, u, at(MILLS_A, 7));
  y = madd(y, u, at(MILLS_A, 6));
  y = madd(y, u, at(MILLS_A, 5));
  y = madd(y, u, at(MILLS_A, 4));
  y = madd(y, u, at(MILLS_A, 3));
  y = madd(y, u, at(MILLS_A, 2));
  y = madd(y, u, at(MILLS_A, 1));
  y = madd(y, u, at(MILLS_A, 0));
  return y;
}

@inline
export function millsQ(u: v128): v128 {
  let y = at(MILLS_Q, 11);
  y = madd(y, u, at(MILLS_Q, 10));
  y = madd(y, u, at(MILLS_Q, 9));
  y = madd(y, u, at(MILLS_Q, 8));
  y = madd(y, u, at(MILLS_Q, 7));
  y = madd(y, u, at(MILLS_Q, 6));
  y = madd(y, u, at(MILLS_Q, 5));
  y = madd(y, u, at(MILLS_Q, 4));
  y = madd(y, u, at(MILLS_Q, 3));
  y = madd(y, u, at(MILLS_Q, 2));
  y = madd(y, u, at(MILLS_Q, 1));
  y = madd(y, u, at(MILLS_Q, 0));
  return y;
}

@inline
export function millsB(u: v128): v128 {
  let y = at(MILLS_B, 10);
  y = madd(y, u, at(MILLS_B, 9));
  y = madd(y, u, at(MILLS_B, 8));
  y = madd(y, u, at(MILLS_B, 7));
  y = madd(y, u, at(MILLS_B, 6));
  y = madd(y, u, at(MILLS_B, 5));
  y = madd(y, u, at(MILLS_B, 4));
  y = madd(y, u, at(MILLS_B, 3));
  y = madd(y, u, at(MILLS_B, 2));
  y = madd(y, u, at(MILLS_B, 1));
  y = madd(y, u, at(MILLS_B, 0));
  return y;
}

/** (atanh(w) - w) / w^3 */
@inline
export function atanhSeries(w2: v128): v128 {
  let y = at(ATANH, 10);
  y = madd(y, w2, at(ATANH, 9));
  y = madd(y, w2, at(ATANH, 8));
  y = madd(y, w2, at(ATANH, 7));
  y = madd(y, w2, at(ATANH, 6));
  y = madd(y, w2, at(ATANH, 5));
  y = madd(y, w2, at(ATANH, 4));
  y = madd(y, w2, at(ATANH, 3));
  y = madd(y, w2, at(ATANH, 2));
  y = madd(y, w2, at(ATANH, 1));
  y = madd(y, w2, at(ATANH, 0));
  return y;
}

@inline
export function guessNumerator(l: v128): v128 {
  let y = at(GUESS_NUM, 6);
  y = madd(y, l, at(GUESS_NUM, 5));
  y = madd(y, l, at(GUESS_NUM, 4));
  y = madd(y, l, at(GUESS_NUM, 3));
  y = madd(y, l, at(GUESS_NUM, 2));
  y = madd(y, l, at(GUESS_NUM, 1));
  y = madd(y, l, at(GUESS_NUM, 0));
  return y;
}

@inline
export function guessDenominator(l: v128): v128 {
  let y = at(GUESS_DEN, 5);
  y = madd(y, l, at(GUESS_DEN, 4));
  y = madd(y, l, at(GUESS_DEN, 3));
  y = madd(y, l, at(GUESS_DEN, 2));
  y = madd(y, l, at(GUESS_DEN, 1));
  y = madd(y, l, at(GUESS_DEN, 0));
  return y;
}

@inline
export function logSeries(f: v128): v128 {
  let y = at(LOGARITHM, 6);
  y = madd(y, f, at(LOGARITHM, 5));
  y = madd(y, f, at(LOGARITHM, 4));
  y = madd(y, f, at(LOGARITHM, 3));
  y = madd(y, f, at(LOGARITHM, 2));
  y = madd(y, f, at(LOGARITHM, 1));
  y = madd(y, f, at(LOGARITHM, 0));
  return y;
}

@inline
export function correction0(z: v128): v128 {
  let y = at(CORRECTION, 3);
  y = madd(y, z, at(CORRECTION, 2));
  y = madd(y, z, at(CORRECTION, 1));
  y = madd(y, z, at(CORRECTION, 0));
  return y;
}

@inline
export function correction1(z: v128): v128 {
  let y = at(CORRECTION, 6);
  y = madd(y, z, at(CORRECTION, 5));
  y = madd(y, z, at(CORRECTION, 4));
  return y;
}

@inline
export function correction2(z: v128): v128 {
  let y = at(CORRECTION, 8);
  y = madd(y, z, at(CORRECTION, 7));
  return y;
}

@inline
export function decayShort(tau: v128): v128 {
  let y = at(DECAY_SHORT, 6);
  y = madd(y, tau, at(DECAY_SHORT, 5));
  y = madd(y, tau, at(DECAY_SHORT, 4));
  y = madd(y, tau, at(DECAY_SHORT, 3));
  y = madd(y, tau, at(DECAY_SHORT, 2));
  y = madd(y, tau, at(DECAY_SHORT, 1));
  y = madd(y, tau, at(DECAY_SHORT, 0));
  return y;
}

@inline
export function decayMedium(tau: v128): v128 {
  let y = at(DECAY, 7);
  y = madd(y, tau, at(DECAY, 6));
  y = madd(y, tau, at(DECAY, 5));
  y = madd(y, tau, at(DECAY, 4));
  y = madd(y, tau, at(DECAY, 3));
  y = madd(y, tau, at(DECAY, 2));
  y = madd(y, tau, at(DECAY, 1));
  y = madd(y, tau, at(DECAY, 0));
  return y;
}

/** (e^r - 1 - r - r^2 / 2) / r^3 */
@inline
export function exponentialTail(r: v128): v128 {
  let y = at(EXPONENTIAL, 8);
  y = madd(y, r, at(EXPONENTIAL, 7));
  y = madd(y, r, at(EXPONENTIAL, 6));
  y = madd(y, r, at(EXPONENTIAL, 5));
  y = madd(y, r, at(EXPONENTIAL, 4));
  y = madd(y, r, at(EXPONENTIAL, 3));
  y = madd(y, r, at(EXPONENTIAL, 2));
  y = madd(y, r, at(EXPONENTIAL, 1));
  y = madd(y, r, at(EXPONENTIAL, 0));
  return y;
}

/** ln(y) to 2e-7 for y >= 1. */
@inline
export function roughLog(y: v128): v128 {
  const exponent = i64x2.shr_u(i64x2.sub(y, constant(ROOT_HALF_BITS)), 52);
  const f = sub(i64x2.sub(y, i64x2.shl(exponent, 52)), constant(ONE));
  // A whole number below 2^52 becomes a double by way of the exponent of 2^52.
  const k = sub(v128.or(exponent, constant(TWO_TO_52)), constant(TWO_TO_52));
  return madd(k, constant(LN2), mul(f, logSeries(f)));
}

/** e^x for -700 < x <= 0. */
@inline
export function exponential(x: v128): v128 {
  const shifted = madd(x, constant(LOG2_E), constant(ROUNDER));
  const n = sub(shifted, constant(ROUNDER));
  const r = nmadd(n, constant(LN2_LOW), nmadd(n, constant(LN2_HIGH), x));
  const r2 = mul(r, r);
  const e = add(constant(ONE), madd(r2, madd(r, exponentialTail(r), constant(HALF)), r));
  // The low bits of `shifted` are n; adding them to the exponent field multiplies by 2^n.
  return i64x2.add(e, i64x2.shl(shifted, 52));
}
