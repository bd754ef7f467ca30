import { logRatio } from './log-ratio.ts';
import { complementToVega, priceToVega } from './normalised-black.ts';

const LOG_SQRT_2PI = 0.9189385332046728;
const MAX_STEPS = 100;
// Below this a normalised price is near the end of the range of doubles and only its logarithm is used.
const LEAST_NORMAL = 1e-280;

/** ln of the normalised vega: never underflows, unlike the vega itself. */
function logVega(x: number, s: number): number {
  const u = x / s;
  return -0.5 * u * u - 0.125 * s * s - LOG_SQRT_2PI;
}

/**
 * One fourth-order step on the logarithm of the price (sign +1) or of its complement (-1), relative to s:
 * `error` = ln(target / value), `ratio` = value / (s vega). Falls back to first order where the higher terms
 * dominate, and never more than halves or quadruples s.
 */
function relativeStep(error: number, ratio: number, u: number, s: number, sign: number): number {
  const tau = 0.25 * s * s;
  const inverse = sign / ratio;
  const k2 = u * u - tau;
  const k3 = k2 * k2 - 3 * u * u - tau;
  const nu = sign * error * ratio;
  const h2 = k2 - inverse;
  const h3 = k3 + inverse * (2 * inverse - 3 * k2);
  const curved = Math.abs(nu * h2) < 0.5 && Math.abs(nu * nu * h3) < 0.5;
  const step = curved ? nu * (1 + nu * (-0.5 * h2 + nu * (0.5 * h2 * h2 - h3 / 6))) : nu;
  return Math.min(3, Math.max(-0.5, step));
}

/** Bracketed iteration on a function that increases (price) or decreases (complement) in s. */
function iterate(x: number, start: number, target: number, logTarget: number, sign: 1 | -1): number {
  const inRange = target > LEAST_NORMAL;
  let s = start;
  let low = 0;
  let high = Infinity;
  for (let n = 0; n < MAX_STEPS; n++) {
    const scaled = sign > 0 ? priceToVega(x, s) : complementToVega(x, s);
    const logValue = logVega(x, s);
    // A difference of logarithms carries the rounding of both; the logarithm of a quotient near 1 does not.
    const error = inRange
      ? Math.log(target / (Math.exp(logValue) * scaled))
      : logTarget - (logValue + Math.log(scaled));
    if (error * sign > 0) low = s;
    else high = s;
    const step = relativeStep(error, scaled / s, x / s, s, sign);
    const next = s + s * step;
    // Fourth order: after a step of 1e-5 only rounding is left.
    if (Math.abs(step) < 1e-5) return next;
    if (next > low && next < high) s = next;
    else if (high === Infinity) s = 2 * low;
    else s = low > 0 ? Math.sqrt(low) * Math.sqrt(high) : 0.5 * high;
  }
  return s;
}

/** A start below the inflection point s = sqrt(2x), from the tail b ~ phi(u) x / u^3. */
function tailStart(x: number, logPrice: number): number {
  const least = Math.sqrt(0.5 * x);
  let u = Math.max(least, Math.sqrt(Math.max(0, -2 * logPrice)));
  for (let n = 0; n < 4; n++) {
    const square = 2 * (-logPrice - LOG_SQRT_2PI + Math.log(x) - 3 * Math.log(u));
    u = square > least * least ? Math.sqrt(square) : 0.5 * (u + least);
  }
  return x / u;
}

/**
 * Total deviation s = sigma sqrt(T) of an out-of-the-money price anywhere in the double range: the solver behind
 * the batch kernels for the rows outside their domain.
 *
 * @param x |ln(F/K)|, finite, >= 0
 * @param price undiscounted out-of-the-money price / sqrt(F K); may have underflowed
 * @param logPrice its logarithm, finite
 * @param complement (min(F, K) - price) / sqrt(F K), likewise
 * @param logComplement its logarithm, finite
 * @returns s > 0; relative error a few 1e-16 where the input determines it.
 *
 * The smaller of price and complement is the one whose relative error is small, so the logarithm of that one is
 * matched. Both are log-concave in s (the vega is), which is what keeps the iteration inside its bracket.
 */
function impliedDeviation(
  x: number,
  price: number,
  logPrice: number,
  complement: number,
  logComplement: number,
): number {
  if (logPrice > logComplement) {
    const start = Math.sqrt(2 * x) + Math.sqrt(Math.max(2, -8 * (logComplement + 0.5 * x)));
    return iterate(x, start, complement, logComplement, -1);
  }
  if (x === 0) return iterate(0, Math.min(2, Math.exp(logPrice + LOG_SQRT_2PI)), price, logPrice, 1);
  const inflection = Math.sqrt(2 * x);
  const atInflection = logVega(x, inflection) + Math.log(priceToVega(x, inflection));
  const start = logPrice < atInflection ? tailStart(x, logPrice) : inflection;
  return iterate(x, start, price, logPrice, 1);
}

/** ln(a / (sqrt(f) sqrt(k))), also where the quotient is not a normal double. */
function logOfNormalised(quotient: number, a: number, forward: number, strike: number): number {
  if (quotient > 1e-300 && quotient < 1e300 && a > 1e-300) return Math.log(quotient);
  return Math.log(a) - 0.5 * (Math.log(forward) + Math.log(strike));
}

/** Total deviation sigma sqrt(T) of an undiscounted out-of-the-money time value in (0, min(F, K)). */
export function deviationOf(timeValue: number, forward: number, strike: number): number {
  const root = Math.sqrt(forward) * Math.sqrt(strike);
  const rest = Math.min(forward, strike) - timeValue;
  const price = timeValue / root;
  const complement = rest / root;
  return impliedDeviation(
    Math.abs(logRatio(forward, strike)),
    price,
    logOfNormalised(price, timeValue, forward, strike),
    complement,
    logOfNormalised(complement, rest, forward, strike),
  );
}
