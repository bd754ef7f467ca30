import { IV_STATUS, type IvStatus } from '../status.ts';
import { isPriceable } from './black76.ts';
import { impliedDeviation } from './implied-deviation.ts';
import { logRatio } from './log-ratio.ts';
import type { Side } from './option-terms.ts';

/** The last digit of a double, as a share of it. */
const ROUNDING = 2 ** -52;

/**
 * What can be said of a price before any iteration: `ok` means a volatility exists and is worth computing.
 * `price` is discounted, as quoted.
 */
export function classifyPrice(
  price: number,
  forward: number,
  strike: number,
  yearFraction: number,
  discountFactor: number,
  side: number,
): IvStatus {
  if (side !== 1 && side !== -1) return IV_STATUS.invalid_input;
  if (!isPriceable(forward, strike, Math.max(0, yearFraction), 0, discountFactor))
    return IV_STATUS.invalid_input;
  if (yearFraction <= 0) return IV_STATUS.expired;
  const undiscounted = price / discountFactor;
  if (!(price >= 0 && undiscounted < Infinity)) return IV_STATUS.invalid_input;
  const intrinsic = Math.max(0, side * (forward - strike));
  if (undiscounted >= (side > 0 ? forward : strike)) return IV_STATUS.above_maximum;
  const timeValue = undiscounted - intrinsic;
  if (timeValue === 0) return IV_STATUS.no_time_value;
  if (Math.abs(timeValue) <= ROUNDING * undiscounted) return IV_STATUS.undetermined;
  // In the money the time value is also a difference to F - K, and both carry a rounding of their own size: a premium
  // that is intrinsic in decimals (8.925 at F = 71.425, K = 62.5) may leave a last digit or two.
  if (intrinsic > 0 && Math.abs(timeValue) <= ROUNDING * (forward + strike)) return IV_STATUS.no_time_value;
  return timeValue < 0 ? IV_STATUS.below_intrinsic : IV_STATUS.ok;
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

/**
 * Implied volatility of one premium (Black-76).
 *
 * @param price discounted premium per unit, >= 0
 * @param forward F > 0
 * @param strike K > 0
 * @param yearFraction T in years; <= 0 is `expired`
 * @param discountFactor e^(-rT) > 0
 * @param side +1 call, -1 put
 * @returns `iv` annualised as a fraction, NaN unless `status` is `IV_STATUS.ok`. Never throws.
 * Relative error a few 1e-16 for an out-of-the-money price anywhere in the double range; for an in-the-money
 * price the rounding of the price decides.
 */
export function impliedVolatility(
  price: number,
  forward: number,
  strike: number,
  yearFraction: number,
  discountFactor: number,
  side: Side,
): { iv: number; status: IvStatus } {
  const status = classifyPrice(price, forward, strike, yearFraction, discountFactor, side);
  if (status !== IV_STATUS.ok) return { iv: NaN, status };
  const timeValue = price / discountFactor - Math.max(0, side * (forward - strike));
  const iv = deviationOf(timeValue, forward, strike) / Math.sqrt(yearFraction);
  return iv > 0 && iv < Infinity ? { iv, status } : { iv: NaN, status: IV_STATUS.undetermined };
}
