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

/** Rounds in place to `places` decimals; NaN stays NaN, and minus zero becomes zero. */
export function roundColumn(cells: Float64Array, places: number): void {
  const scale = 10 ** places;
  for (let i = 0; i < cells.length; i++) cells[i] = Math.round(cells[i] * scale) / scale + 0;
}
