import { carryPerYear, DAYS_PER_YEAR, intrinsicDelta } from '../black/black76.ts';
import { deviationOf } from '../black/implied-deviation.ts';
import { evaluateForwardTerms, type OptionTerms, type Side } from '../black/option-terms.ts';
import { classifyPrice } from '../black/price-status.ts';
import { IV_STATUS } from '../status.ts';
import type { SliceGreeks } from './slice.ts';

/** Marks row i as one without volatility or greeks. */
export function writeNoGreeks(out: SliceGreeks, i: number): void {
  out.iv[i] = NaN;
  out.delta[i] = NaN;
  out.gamma[i] = NaN;
  out.theta[i] = NaN;
  out.vega[i] = NaN;
  out.rho[i] = NaN;
}

/** Row i of an expired slice: only the intrinsic delta is left. */
export function writeExpired(
  out: SliceGreeks,
  i: number,
  forward: number,
  strike: number,
  discountFactor: number,
  side: Side,
): void {
  out.iv[i] = NaN;
  out.delta[i] = intrinsicDelta(forward, strike, discountFactor, side);
  out.gamma[i] = 0;
  out.theta[i] = 0;
  out.vega[i] = 0;
  out.rho[i] = 0;
}

/**
 * Greeks of one row from its volatility, written straight into the columns so that a batch allocates nothing; `terms` is working space.
 * The arguments are known to be valid and T > 0; sigma >= 0.
 */
export function writeGreeks(
  terms: OptionTerms,
  out: SliceGreeks,
  i: number,
  forward: number,
  strike: number,
  yearFraction: number,
  sigma: number,
  discountFactor: number,
  side: Side,
): void {
  const intrinsic = discountFactor * Math.max(0, side * (forward - strike));
  if (sigma * Math.sqrt(yearFraction) === 0) {
    writeExpired(out, i, forward, strike, discountFactor, side);
    out.iv[i] = sigma;
    out.rho[i] = -yearFraction * intrinsic;
    return;
  }
  evaluateForwardTerms(terms, forward, strike, sigma, yearFraction, side);
  const root = discountFactor * Math.sqrt(forward) * Math.sqrt(strike);
  const premium = intrinsic + root * terms.timeValue;
  out.iv[i] = sigma;
  out.delta[i] = side * discountFactor * terms.probability1;
  out.gamma[i] = (root * terms.vega) / forward / forward / terms.s;
  out.theta[i] = (carryPerYear(premium, yearFraction, discountFactor) - root * terms.decay) / DAYS_PER_YEAR;
  out.vega[i] = root * terms.vega * Math.sqrt(yearFraction);
  out.rho[i] = -yearFraction * premium;
}

/**
 * One row of a slice outside the domain of the batch kernel: status, volatility and, when `out` is given, greeks.
 * As accurate as the kernel, some ten times slower.
 */
export function solveRow(
  terms: OptionTerms,
  iv: Float64Array,
  status: Uint8Array,
  out: SliceGreeks | null,
  i: number,
  price: number,
  forward: number,
  strike: number,
  yearFraction: number,
  discountFactor: number,
  side: number,
): void {
  let code: number = classifyPrice(price, forward, strike, yearFraction, discountFactor, side);
  let sigma = NaN;
  if (code === IV_STATUS.ok) {
    const timeValue = price / discountFactor - Math.max(0, side * (forward - strike));
    sigma = deviationOf(timeValue, forward, strike) / Math.sqrt(yearFraction);
    if (!(sigma > 0 && sigma < Infinity)) {
      code = IV_STATUS.undetermined;
      sigma = NaN;
    }
  }
  status[i] = code;
  iv[i] = sigma;
  if (out === null) return;
  if (code === IV_STATUS.ok)
    writeGreeks(terms, out, i, forward, strike, yearFraction, sigma, discountFactor, side as Side);
  else if (code === IV_STATUS.expired) writeExpired(out, i, forward, strike, discountFactor, side as Side);
  else writeNoGreeks(out, i);
}
