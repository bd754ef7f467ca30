import { complementToVega, priceToVega } from './normalised-black.ts';

const LOG_SQRT_2PI = 0.9189385332046728;
const MAX_STEPS = 100;

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
function iterate(x: number, start: number, logTarget: number, sign: 1 | -1): number {
  let s = start;
  let low = 0;
  let high = Infinity;
  for (let n = 0; n < MAX_STEPS; n++) {
    const scaled = sign > 0 ? priceToVega(x, s) : complementToVega(x, s);
    const error = logTarget - (logVega(x, s) + Math.log(scaled));
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
 * @param logPrice ln(price / sqrt(F K)) of the undiscounted out-of-the-money price
 * @param logComplement ln((min(F, K) - price) / sqrt(F K))
 * @returns s > 0; relative error a few 1e-16 where the input determines it.
 *
 * The smaller of price and complement is the one whose relative error is small, so the logarithm of that one is
 * matched. Both are log-concave in s (the vega is), which is what keeps the iteration inside its bracket.
 */
export function impliedDeviation(x: number, logPrice: number, logComplement: number): number {
  if (logPrice > logComplement) {
    return iterate(
      x,
      Math.sqrt(2 * x) + Math.sqrt(Math.max(2, -8 * (logComplement + 0.5 * x))),
      logComplement,
      -1,
    );
  }
  const inflection = Math.sqrt(2 * x);
  if (x === 0) return iterate(0, Math.min(2, Math.exp(logPrice + LOG_SQRT_2PI)), logPrice, 1);
  const atInflection = logVega(x, inflection) + Math.log(priceToVega(x, inflection));
  return iterate(x, logPrice < atInflection ? tailStart(x, logPrice) : inflection, logPrice, 1);
}
