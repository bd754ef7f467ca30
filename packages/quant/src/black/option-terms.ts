import { productError, squareRootError, sumError } from './double-double.ts';
import { logRatio, logRatioError } from './log-ratio.ts';
import { mills, normalCdf } from './mills.ts';
import { normalisedPrice, normalisedVega } from './normalised-black.ts';

/** +1 for a call, -1 for a put. */
export type Side = 1 | -1;

/** The parts every Black formula is put together from, for one option. */
export interface OptionTerms {
  /** Total deviation sigma sqrt(T). */
  s: number;
  d1: number;
  d2: number;
  /** N(side d1) and N(side d2), with full relative accuracy in the wings. */
  probability1: number;
  probability2: number;
  /** Out-of-the-money price / sqrt(F K). */
  timeValue: number;
  /** Derivative of `timeValue` with respect to s: phi(d1) sqrt(F/K). */
  vega: number;
  /** d(timeValue)/dT: vega s / (2 T), finite. */
  decay: number;
}

/** Terms to be filled by {@link evaluateTerms}, as often as wanted. */
export function createOptionTerms(): OptionTerms {
  return { s: 0, d1: 0, d2: 0, probability1: 0, probability2: 0, timeValue: 0, vega: 0, decay: 0 };
}

/** N(z) with the density at z given: a tail is the density times the Mills ratio, which keeps its digits. */
function probability(z: number, density: number): number {
  if (z >= 0) return normalCdf(z);
  return density > 0 ? density * mills(-z) : 0;
}

/** (x + shift s^2 / 2) / s: the sum is exact to rounding also where its two parts cancel. */
function distance(x: number, xLow: number, s: number, sLow: number, shift: 1 | -1): number {
  // Beyond this the square overflows, and the moneyness no longer matters.
  if (s > 1e150) return 0.5 * shift * s;
  const square = s * s;
  const half = 0.5 * shift * square;
  const sum = x + half;
  const low = sumError(x, half, sum) + xLow + shift * (0.5 * productError(s, s, square) + s * sLow);
  return (sum + low) / s;
}

/**
 * Terms of an option with moneyness ln(F/K) = x + xLow and sigma, T > 0. Both densities come from the one
 * exponential that is accurate in a far wing. Every term is a number, however large or small the arguments.
 */
export function evaluateTerms(
  terms: OptionTerms,
  x: number,
  xLow: number,
  sigma: number,
  yearFraction: number,
  side: Side,
): void {
  const rootT = Math.sqrt(yearFraction);
  const s = sigma * rootT;
  const sLow = s < 1e150 ? productError(sigma, rootT, s) + sigma * squareRootError(yearFraction, rootT) : 0;
  const vega = normalisedVega(x, s, xLow, sLow);
  const tilt = Math.exp(-0.5 * x);
  terms.s = s;
  terms.d1 = distance(x, xLow, s, sLow, 1);
  terms.d2 = distance(x, xLow, s, sLow, -1);
  // A vega of 0 times a tilt that overflows would not be a number.
  terms.probability1 = probability(side * terms.d1, vega > 0 ? vega * tilt : 0);
  terms.probability2 = probability(side * terms.d2, vega > 0 ? vega / tilt : 0);
  terms.timeValue = normalisedPrice(Math.abs(x), s, vega);
  terms.vega = vega;
  terms.decay = vega > 0 ? Math.min(Number.MAX_VALUE, (0.5 * vega * s) / yearFraction) : 0;
}

/** {@link evaluateTerms} of an option on a forward. */
export function evaluateForwardTerms(
  terms: OptionTerms,
  forward: number,
  strike: number,
  sigma: number,
  yearFraction: number,
  side: Side,
): void {
  evaluateTerms(terms, logRatio(forward, strike), logRatioError(forward, strike), sigma, yearFraction, side);
}
