import { logRatio } from '../black/log-ratio.ts';
import { normalCdf } from '../black/mills.ts';
import type { Side } from '../black/option-terms.ts';

/** One leg held to expiry. Quantities are in units of the underlying; negative is short. */
export type Leg =
  | {
      readonly kind: 'option';
      readonly side: Side;
      readonly strike: number;
      readonly premium: number;
      readonly quantity: number;
    }
  | { readonly kind: 'underlying'; readonly price: number; readonly quantity: number };

export interface PayoffSummary {
  /** Prices of the underlying at which the result changes sign or touches 0, ascending, 0 included. */
  breakevens: number[];
  /** Largest and smallest result over all prices >= 0; Infinity and -Infinity where it has no bound. */
  maxProfit: number;
  maxLoss: number;
}

/** Distribution of the underlying at expiry: lognormal, its mean the forward. */
export interface Lognormal {
  /** F > 0. */
  forward: number;
  /** Volatility >= 0, annualised fraction. */
  sigma: number;
  /** T >= 0 in years. */
  yearFraction: number;
}

function requireLegs(legs: readonly Leg[]): void {
  legs.forEach((leg, i) => {
    const price = leg.kind === 'option' ? leg.premium : leg.price;
    const bad =
      !Number.isFinite(leg.quantity) ||
      !Number.isFinite(price) ||
      (leg.kind === 'option' && !(leg.strike > 0 && leg.strike < Infinity));
    if (bad) throw new RangeError(`leg ${i} needs finite numbers and a positive strike`);
  });
}

function resultOf(legs: readonly Leg[], price: number): number {
  let sum = 0;
  for (const leg of legs) {
    const value =
      leg.kind === 'option' ? Math.max(0, leg.side * (price - leg.strike)) - leg.premium : price - leg.price;
    sum += leg.quantity * value;
  }
  return sum;
}

/** Slope of the result beyond the highest strike: every call and the underlying itself. */
function lastSlope(legs: readonly Leg[]): number {
  let slope = 0;
  for (const leg of legs) if (leg.kind === 'underlying' || leg.side > 0) slope += leg.quantity;
  return slope;
}

/** Prices where the result bends, ascending and distinct, 0 first. */
function kinks(legs: readonly Leg[]): number[] {
  const strikes = legs.flatMap((leg) => (leg.kind === 'option' ? [leg.strike] : []));
  return [...new Set([0, ...strikes])].sort((a, b) => a - b);
}

/**
 * Profit or loss of a strategy at expiry, premiums included, at each price.
 * @param out receives the curve; a new array when absent
 * @throws RangeError for a leg with a number that is not finite or a strike that is not positive, or a short `out`.
 */
export function payoffCurve(
  legs: readonly Leg[],
  prices: Float64Array,
  out: Float64Array = new Float64Array(prices.length),
): Float64Array {
  requireLegs(legs);
  if (out.length < prices.length) {
    throw new RangeError(`output column out has ${out.length} rows, ${prices.length} are needed`);
  }
  for (let i = 0; i < prices.length; i++) out[i] = resultOf(legs, prices[i]);
  return out;
}

/** Breakevens and the straight pieces between kinks, the last one without end. */
function breakevensOf(legs: readonly Leg[]): number[] {
  const nodes = kinks(legs);
  const values = nodes.map((price) => resultOf(legs, price));
  const found = nodes.filter((_, i) => values[i] === 0);
  for (let i = 0; i + 1 < nodes.length; i++) {
    if (values[i] * values[i + 1] < 0) {
      found.push(nodes[i] + ((nodes[i + 1] - nodes[i]) * values[i]) / (values[i] - values[i + 1]));
    }
  }
  const slope = lastSlope(legs);
  const last = values[values.length - 1];
  if (slope * last < 0) found.push(nodes[nodes.length - 1] - last / slope);
  return found.sort((a, b) => a - b);
}

/**
 * Breakevens, largest profit and largest loss of a strategy at expiry, exactly: the result is straight between
 * strikes, so its extremes are at 0, at a strike, or without bound above the highest.
 * @throws RangeError as {@link payoffCurve}.
 */
export function payoffSummary(legs: readonly Leg[]): PayoffSummary {
  requireLegs(legs);
  const values = kinks(legs).map((price) => resultOf(legs, price));
  const slope = lastSlope(legs);
  return {
    breakevens: breakevensOf(legs),
    maxProfit: slope > 0 ? Infinity : Math.max(...values),
    maxLoss: slope < 0 ? -Infinity : Math.min(...values),
  };
}

/** P(underlying <= price), under the lognormal law. */
function probabilityBelow(law: Lognormal, price: number): number {
  if (price <= 0) return 0;
  if (price === Infinity) return 1;
  const s = law.sigma * Math.sqrt(law.yearFraction);
  if (s === 0) return law.forward <= price ? 1 : 0;
  return normalCdf(0.5 * s - logRatio(law.forward, price) / s);
}

/**
 * Probability that a strategy ends with a profit (a result above 0) when the underlying is lognormal with one
 * volatility and the forward as its mean: the market's pricing measure, not a forecast.
 * @returns null when the forward is not positive, or sigma or T is negative or not finite.
 * @throws RangeError as {@link payoffCurve}.
 */
export function profitProbability(legs: readonly Leg[], law: Lognormal): number | null {
  requireLegs(legs);
  const deviation = law.sigma * Math.sqrt(law.yearFraction);
  if (!(law.forward > 0 && law.forward < Infinity && law.sigma >= 0 && deviation < Infinity)) return null;
  const nodes = [...new Set([0, ...breakevensOf(legs), ...kinks(legs)])].sort((a, b) => a - b);
  let probability = 0;
  nodes.forEach((from, i) => {
    const to = nodes[i + 1] ?? Infinity;
    // The result keeps its sign between two of these prices.
    const inside = to === Infinity ? from + 1 + from : 0.5 * (from + to);
    if (resultOf(legs, inside) > 0) probability += probabilityBelow(law, to) - probabilityBelow(law, from);
  });
  return probability;
}
