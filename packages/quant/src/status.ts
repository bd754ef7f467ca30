/**
 * Why a row has, or has not, an implied volatility. The numbers are stored in Uint8Array columns and are part
 * of the public contract: codes are appended, never renumbered.
 *
 * - `ok`: solved.
 * - `invalid_input`: a forward, strike, discount factor or time that is not finite and positive, a side that is
 *   neither +1 nor -1, or a price that is negative or not finite.
 * - `expired`: no time left; whatever the price says.
 * - `below_intrinsic`: the price is under its intrinsic value by more than rounding.
 * - `above_maximum`: the undiscounted price reaches the forward (call) or the strike (put).
 * - `no_time_value`: the price is intrinsic, exactly or, in the money, to within the rounding of F - K (2^-52 (F + K)),
 *   so that decimal inputs need not cancel to the last digit; the limit of the volatility is 0, which is not an estimate.
 * - `undetermined`: there is a time value, but not one larger than the rounding of the price itself. As for
 *   `no_time_value` in the money, take the out-of-the-money twin's IV.
 */
export const IV_STATUS = {
  ok: 0,
  invalid_input: 1,
  expired: 2,
  below_intrinsic: 3,
  above_maximum: 4,
  no_time_value: 5,
  undetermined: 6,
} as const;

export type IvStatus = (typeof IV_STATUS)[keyof typeof IV_STATUS];
