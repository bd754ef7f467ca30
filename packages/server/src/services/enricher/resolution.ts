/**
 * The resolution at which figures are published. Rounding happens once, here, so that the socket, REST
 * and the store show the same digits and the store keeps them in a few bytes.
 */
export interface Resolution {
  /** Decimal places of implied volatility and delta. */
  readonly iv: number;
  readonly delta: number;
  readonly gamma: number;
  /** Of theta, vega and rho, which grow with the price of the underlying. */
  readonly sensitivity: number;
}

/** Three or more significant digits at the money, whatever the size of the underlying. */
export function resolutionFor(forward: number): Resolution {
  const magnitude = Math.max(0, Math.ceil(Math.log10(forward)));
  return { iv: 5, delta: 5, gamma: magnitude + 3, sensitivity: Math.max(0, 8 - magnitude) };
}

/** Fills `target` from `source`, from a row on, rounded to `places` decimals; NaN stays NaN, minus zero becomes zero. */
export function roundInto(target: Float64Array, source: Float64Array, from: number, places: number): void {
  const scale = 10 ** places;
  for (let i = 0; i < target.length; i++) target[i] = Math.round(source[from + i] * scale) / scale + 0;
}
