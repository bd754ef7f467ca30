import { DAYS_PER_YEAR, type Greeks, type HigherGreeks, isPriceable } from './black76.ts';
import { productError, sumError } from './double-double.ts';
import { logRatio, logRatioError } from './log-ratio.ts';
import { createOptionTerms, evaluateTerms, type OptionTerms, type Side } from './option-terms.ts';

/** An option on a spot price with continuous rates. */
export interface SpotOption {
  /** S > 0. */
  spot: number;
  /** K > 0. */
  strike: number;
  /** T >= 0 in years. */
  yearFraction: number;
  /** Continuously compounded rate of the quote currency, per year; may be negative. */
  rate: number;
  /** Continuous yield of the underlying, per year. */
  dividendYield: number;
  /** Volatility >= 0, annualised fraction. */
  sigma: number;
  side: Side;
}

function isSpotPriceable(option: SpotOption): boolean {
  const { spot, strike, yearFraction, rate, dividendYield, sigma } = option;
  return (
    isPriceable(spot, strike, yearFraction, sigma, 1) &&
    Number.isFinite(rate) &&
    Number.isFinite(dividendYield)
  );
}

interface SpotTerms {
  /** Null without time or volatility. */
  terms: OptionTerms | null;
  /** e^(-qT) and e^(-rT). */
  growth: number;
  discount: number;
  /** Discounted sqrt(F K). */
  root: number;
  /** Discounted. */
  intrinsic: number;
}

/**
 * The moneyness is ln(S/K) + (r - q) T: the forward itself is never formed, whose rounding alone would be worth
 * 1e-13 of the price of a far wing.
 */
function spotTerms(option: SpotOption): SpotTerms {
  const { spot, strike, yearFraction, rate, dividendYield, sigma, side } = option;
  const logarithm = logRatio(spot, strike);
  const carry = rate - dividendYield;
  const drift = carry * yearFraction;
  const x = logarithm + drift;
  const driftLow =
    productError(carry, yearFraction, drift) + sumError(rate, -dividendYield, carry) * yearFraction;
  const xLow = sumError(logarithm, drift, x) + logRatioError(spot, strike) + driftLow;
  const discount = Math.exp(-rate * yearFraction);
  const terms = sigma * Math.sqrt(yearFraction) > 0 ? createOptionTerms() : null;
  if (terms !== null) evaluateTerms(terms, x, xLow, sigma, yearFraction, side);
  return {
    terms,
    growth: Math.exp(-dividendYield * yearFraction),
    discount,
    root: Math.sqrt(spot) * Math.sqrt(strike) * Math.exp(-0.5 * (rate + dividendYield) * yearFraction),
    // F - K as K (e^x - 1): the difference of two rounded exponentials would not know its last digits.
    intrinsic: side * x > 0 ? side * discount * strike * Math.expm1(x) : 0,
  };
}

/**
 * Black-Scholes-Merton premium per unit of the underlying.
 * @returns intrinsic when sigma or T is 0; NaN when a number is outside its range. Relative error below 1e-13.
 * Source: R. Merton, "Theory of rational option pricing", Bell J. Economics 4 (1973).
 */
export function bsmPrice(option: SpotOption): number {
  if (!isSpotPriceable(option)) return NaN;
  const { terms, root, intrinsic } = spotTerms(option);
  return intrinsic + (terms === null ? 0 : root * terms.timeValue);
}

/**
 * Black-Scholes-Merton greeks, the spot held fixed.
 *
 * @returns `delta` per unit of spot, `gamma` per unit squared, `theta` per calendar day (year / 365), `vega` per
 * 1.00 of volatility, `rho` per 1.00 of rate at a constant spot, `vanna` = d delta / d sigma, `volga` = d vega /
 * d sigma, both per 1.00 of volatility, `charm` = change of delta per calendar day that passes. All NaN when a number is outside its range
 * or sigma or T is 0.
 * Source: Haug, "The Complete Guide to Option Pricing Formulas", ch. 2.
 */
export function bsmGreeks(option: SpotOption): Greeks & HigherGreeks {
  const { terms, growth, discount, root } = isSpotPriceable(option)
    ? spotTerms(option)
    : { terms: null, growth: 0, discount: 0, root: 0 };
  if (terms === null) {
    return { delta: NaN, gamma: NaN, theta: NaN, vega: NaN, rho: NaN, vanna: NaN, volga: NaN, charm: NaN };
  }
  const { spot, strike, yearFraction, rate, dividendYield, sigma, side } = option;
  const { s, d1, d2, probability1, probability2 } = terms;
  const deviationVega = root * terms.vega;
  const vega = deviationVega * Math.sqrt(yearFraction);
  const density = deviationVega / spot;
  const delta = side * growth * probability1;
  const strikeLeg = side * strike * discount * probability2;
  const drift = (density * (2 * (rate - dividendYield) * yearFraction - d2 * s)) / (2 * yearFraction * s);
  return {
    delta,
    gamma: density / (spot * s),
    theta: (-root * terms.decay - rate * strikeLeg + dividendYield * spot * delta) / DAYS_PER_YEAR,
    vega,
    rho: yearFraction * strikeLeg,
    vanna: (-density * d2) / sigma,
    volga: (vega * d1 * d2) / sigma,
    charm: (dividendYield * delta - drift) / DAYS_PER_YEAR,
  };
}
