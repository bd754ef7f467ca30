import { IV_STATUS, type IvStatus } from '../status.ts';
import { isPriceable } from './black76.ts';

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
