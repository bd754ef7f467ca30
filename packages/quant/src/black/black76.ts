import { createOptionTerms, evaluateForwardTerms, type OptionTerms, type Side } from './option-terms.ts';

/** First-order sensitivities and gamma, in the units stated by the function that returns them. */
export interface Greeks {
  delta: number;
  gamma: number;
  theta: number;
  vega: number;
  rho: number;
}

/** Second-order sensitivities, in the units stated by the function that returns them. */
export interface HigherGreeks {
  vanna: number;
  volga: number;
  charm: number;
}

export const DAYS_PER_YEAR = 365;

function isFinitePositive(x: number): boolean {
  return x > 0 && x < Infinity;
}

/**
 * True when the five numbers describe an option Black's formula has a value for, its discounted forward and strike
 * included.
 */
export function isPriceable(
  forward: number,
  strike: number,
  yearFraction: number,
  sigma: number,
  discountFactor: number,
): boolean {
  return (
    isFinitePositive(forward) &&
    isFinitePositive(strike) &&
    isFinitePositive(discountFactor) &&
    discountFactor * Math.max(forward, strike) < Infinity &&
    yearFraction >= 0 &&
    yearFraction < Infinity &&
    sigma >= 0 &&
    sigma < Infinity
  );
}

/** What a premium earns in a year by discounting alone: -ln(discountFactor) / T x premium, finite. */
export function carryPerYear(premium: number, yearFraction: number, discountFactor: number): number {
  if (!(premium > 0)) return 0;
  const carry = (-Math.log(discountFactor) / yearFraction) * Math.min(premium, Number.MAX_VALUE);
  return Math.min(Number.MAX_VALUE, Math.max(-Number.MAX_VALUE, carry));
}

/** Delta of an option without time or volatility; half of it at F = K, the limit from both sides. */
export function intrinsicDelta(forward: number, strike: number, discountFactor: number, side: Side): number {
  return 0.5 * side * discountFactor * (1 + Math.sign(side * (forward - strike)));
}

function termsOf(
  forward: number,
  strike: number,
  yearFraction: number,
  sigma: number,
  side: Side,
): OptionTerms {
  const terms = createOptionTerms();
  evaluateForwardTerms(terms, forward, strike, sigma, yearFraction, side);
  return terms;
}

/**
 * Black-76 premium, discounted, per unit of the underlying.
 *
 * @param forward F > 0, in quote currency
 * @param strike K > 0, same currency
 * @param yearFraction T >= 0 in years (ACT/365)
 * @param sigma volatility >= 0, annualised fraction (0.2 is 20%)
 * @param discountFactor e^(-rT) > 0; 1 for an undiscounted price
 * @param side +1 call, -1 put
 * @returns the premium; intrinsic when sigma or T is 0; NaN when an argument is outside its range.
 * Relative error of the time value below 1e-13, also in the far wings, as long as price / sqrt(F K) is a normal
 * double.
 * Source: F. Black, "The pricing of commodity contracts", J. Financial Economics 3 (1976).
 */
export function black76Price(
  forward: number,
  strike: number,
  yearFraction: number,
  sigma: number,
  discountFactor: number,
  side: Side,
): number {
  if (!isPriceable(forward, strike, yearFraction, sigma, discountFactor)) return NaN;
  const intrinsic = Math.max(0, side * (forward - strike));
  if (sigma * Math.sqrt(yearFraction) === 0) return discountFactor * intrinsic;
  const { timeValue } = termsOf(forward, strike, yearFraction, sigma, side);
  return discountFactor * (intrinsic + Math.sqrt(forward) * Math.sqrt(strike) * timeValue);
}

/**
 * Black-76 greeks of the discounted premium, the forward held fixed. Arguments as {@link black76Price}.
 *
 * @returns `delta` per unit of forward (a put's is negative), `gamma` per unit squared, `theta` per calendar day
 * (year / 365, negative for decay), `vega` per 1.00 of volatility, `rho` per 1.00 of rate at a constant
 * forward, -T x premium: what discounting alone does, since these forwards come from the market and not from a rate; at
 * a constant spot see {@link rhoAtConstantSpot}. With T = 0 or sigma = 0: intrinsic delta (half at F = K) and no
 * other sensitivity but rho. All NaN when an argument is outside its range.
 * Source: Black (1976); E. G. Haug, "The Complete Guide to Option Pricing Formulas", ch. 2.
 */
export function black76Greeks(
  forward: number,
  strike: number,
  yearFraction: number,
  sigma: number,
  discountFactor: number,
  side: Side,
): Greeks {
  if (!isPriceable(forward, strike, yearFraction, sigma, discountFactor)) {
    return { delta: NaN, gamma: NaN, theta: NaN, vega: NaN, rho: NaN };
  }
  const intrinsic = Math.max(0, side * (forward - strike));
  if (sigma * Math.sqrt(yearFraction) === 0) {
    const delta = intrinsicDelta(forward, strike, discountFactor, side);
    return { delta, gamma: 0, theta: 0, vega: 0, rho: -yearFraction * discountFactor * intrinsic };
  }
  const terms = termsOf(forward, strike, yearFraction, sigma, side);
  const root = discountFactor * Math.sqrt(forward) * Math.sqrt(strike);
  const premium = discountFactor * intrinsic + root * terms.timeValue;
  return {
    delta: side * discountFactor * terms.probability1,
    gamma: (root * terms.vega) / forward / forward / terms.s,
    theta: (carryPerYear(premium, yearFraction, discountFactor) - root * terms.decay) / DAYS_PER_YEAR,
    vega: root * terms.vega * Math.sqrt(yearFraction),
    rho: -yearFraction * premium,
  };
}

/**
 * Rho at a constant spot, per 1.00 of rate: the forward S e^((r - q) T) moves with the rate, by T F, and the premium
 * with it. This is the rho of Black-Scholes-Merton and of most broker pages; a call's is positive, K T e^(-rT) N(d2).
 *
 * @param greeks `delta` and `rho` of {@link black76Greeks}
 */
export function rhoAtConstantSpot(
  { delta, rho }: Pick<Greeks, 'delta' | 'rho'>,
  forward: number,
  yearFraction: number,
): number {
  return rho + yearFraction * forward * delta;
}

/**
 * Black-76 second-order greeks, the forward held fixed. Arguments as {@link black76Price}.
 *
 * @returns `vanna` = d delta / d sigma per 1.00 of volatility, `volga` = d vega / d sigma per 1.00 of volatility
 * squared, `charm` = change of delta per calendar day that passes. All NaN when an argument is outside its range
 * or sigma or T is 0.
 * Source: Haug, ch. 2.
 */
export function black76HigherGreeks(
  forward: number,
  strike: number,
  yearFraction: number,
  sigma: number,
  discountFactor: number,
  side: Side,
): HigherGreeks {
  const deviation = sigma * Math.sqrt(yearFraction);
  if (!(isPriceable(forward, strike, yearFraction, sigma, discountFactor) && deviation > 0)) {
    return { vanna: NaN, volga: NaN, charm: NaN };
  }
  const terms = termsOf(forward, strike, yearFraction, sigma, side);
  const root = Math.sqrt(forward) * Math.sqrt(strike);
  const vega = discountFactor * root * terms.vega * Math.sqrt(yearFraction);
  const density = (discountFactor * root * terms.vega) / forward;
  const rate = -Math.log(discountFactor) / yearFraction;
  const perYear =
    rate * side * discountFactor * terms.probability1 + (density * terms.d2) / (2 * yearFraction);
  return {
    vanna: (-density * terms.d2) / sigma,
    volga: (vega * terms.d1 * terms.d2) / sigma,
    charm: perYear / DAYS_PER_YEAR,
  };
}
