import { productError, quotientError } from './double-double.ts';
import { INV_SQRT_2PI, mills, millsComplement, millsDifferenceFar, normalCdf } from './mills.ts';

const TERMS = 17;
// Largest s and x of the series regime: sinh(x/2) there is about 10, and so is the loss of digits.
const SERIES_MAX_S = 2;
const SERIES_MAX_X = 6;

/**
 * b / (s phi(u)) = a(u) sinh(xi)/xi - P(xi^2, tau): the out-of-the-money normalised Black price with its two
 * normal probabilities combined analytically, so that no digits cancel near the money. Both series are one
 * backward recurrence g_j = (1 + xi^2 g_(j+1)) / ((2j+2)(2j+3)), with sinh(xi)/xi = 1 + xi^2 g_0.
 */
function seriesBracket(u: number, x: number, s: number): number {
  const z = 0.25 * x * x;
  const tau = 0.25 * s * s;
  let g = 0;
  let p = 0;
  for (let j = TERMS; j >= 0; j--) {
    g = (1 + z * g) / ((2 * j + 2) * (2 * j + 3));
    p = g - ((0.5 * tau) / (j + 1)) * p;
  }
  return millsComplement(u) * (1 + z * g) - tau * p;
}

/**
 * M(u - s/2) - M(u + s/2) with u = x/s: the normalised out-of-the-money price divided by its vega. No
 * cancellation in any regime; relative error about 1e-15, at worst 1e-14 where x > 6 and s < 2.
 */
export function priceToVega(x: number, s: number): number {
  const u = x / s;
  const t = 0.5 * s;
  if (u - t >= 15) return millsDifferenceFar(u, t);
  if (s < SERIES_MAX_S && x <= SERIES_MAX_X) return s * seriesBracket(u, x, s) * Math.exp(0.125 * s * s);
  return mills(u - t) - mills(u + t);
}

/** The complement e^(-x/2) - b, divided by vega: M(s/2 - u) + M(s/2 + u), a sum of positive terms. */
export function complementToVega(x: number, s: number): number {
  const u = x / s;
  const t = 0.5 * s;
  return mills(t - u) + mills(t + u);
}

/**
 * exp(-(x/s)^2 / 2) of two numbers given to twice the working precision. The quotient and its square are carried
 * that far too: in a far wing half a unit in the last place of the square would be worth a hundred units in the
 * last place of the price.
 */
function wingFactor(x: number, s: number, xLow: number, sLow: number): number {
  const u = x / s;
  const square = u * u;
  const rounded = Math.exp(-0.5 * square);
  if (!(square > 1 && square < 1500)) return rounded;
  const uLow = quotientError(x, xLow, s, sLow, u);
  return rounded * (1 - 0.5 * (productError(u, u, square) + 2 * u * uLow));
}

/**
 * Normalised vega db/ds = phi(x/s) e^(-s^2/8) of an option of total deviation s; `xLow` and `sLow` are what the two
 * numbers lost in rounding, where the caller knows it.
 */
export function normalisedVega(x: number, s: number, xLow = 0, sLow = 0): number {
  return INV_SQRT_2PI * wingFactor(x, s, xLow, sLow) * Math.exp(-0.125 * s * s);
}

/**
 * Normalised out-of-the-money price b(x, s) = price / sqrt(F K), 0 <= b < e^(-x/2), from its normalised vega.
 */
export function normalisedPrice(x: number, s: number, vega: number): number {
  if (s === 0) return 0;
  const u = x / s;
  // Well above its inflection the price is far from 0 and the two probabilities are far enough apart to subtract.
  if (u < 0.5 * s - 1) {
    return Math.exp(-0.5 * x) * normalCdf(0.5 * s - u) - vega * mills(0.5 * s + u);
  }
  return vega === 0 ? 0 : vega * priceToVega(x, s);
}
