/** Who holds the contracts: see {@link dealerExposure}. */
export type SignModel = 'dealer_short_puts_long_calls' | 'all_long';

/** Open interest of one expiry with its greeks, row by row. */
export interface ExposureRows {
  /** +1 call, -1 put. */
  sides: Int8Array;
  /** Contracts. NaN counts as nothing. */
  openInterest: Float64Array;
  /** The greek the exposure is of, per unit of the underlying. NaN counts as nothing. */
  greek: Float64Array;
}

export interface Exposure {
  /** Calls and puts with their signs. */
  net: number;
  /** The sum of absolute contributions. */
  gross: number;
  calls: number;
  puts: number;
}

/**
 * Which exposure: currency per 1% move of the underlying (gamma), per unit of relative move (delta: the value of
 * the equivalent position), per volatility point (vega); the delta's value, in currency, that a volatility point
 * (vanna) or a calendar day (charm) adds.
 */
export type ExposureKind = keyof typeof EXPOSURE_SCALES;

export const EXPOSURE_SCALES = {
  gamma: (level: number) => level * level * 0.01,
  delta: (level: number) => level,
  vega: () => 0.01,
  vanna: (level: number) => level * 0.01,
  charm: (level: number) => level,
} as const;

/**
 * Exposure of dealers to a greek: sum over rows of greek x open interest x lot size x scale, calls positive, puts
 * negative. It assumes that dealers are long the calls and short the puts that customers hold the other side of;
 * nothing in public data shows whether they are.
 *
 * @param kind `gamma` (GEX): gamma x level^2 x 0.01; `delta` (DEX): delta x level; `vega` (VEX): vega x 0.01;
 * `vanna`: vanna x level x 0.01; `charm`: charm x level
 * @param level the price the greeks are taken against: the forward for Black-76 greeks
 * @param lotSize units per contract
 * @param options `perRow` receives the signed contribution of each row; `model` `all_long` counts every contract as
 * held, so that puts are not negative
 * @returns all zero when nothing contributes.
 * @throws RangeError naming a column whose length differs.
 */
export function dealerExposure(
  kind: ExposureKind,
  rows: ExposureRows,
  level: number,
  lotSize: number,
  options: { readonly perRow?: Float64Array; readonly model?: SignModel } = {},
): Exposure {
  const { perRow, model = 'dealer_short_puts_long_calls' } = options;
  const { sides, openInterest, greek } = rows;
  const n = sides.length;
  for (const [name, column] of Object.entries({ openInterest, greek, perRow: perRow ?? sides })) {
    if (column.length !== n) throw new RangeError(`column ${name} has ${column.length} rows, sides has ${n}`);
  }
  const factor = EXPOSURE_SCALES[kind](level) * lotSize;
  const exposure = { net: 0, gross: 0, calls: 0, puts: 0 };
  for (let i = 0; i < n; i++) {
    const sign = model === 'all_long' ? 1 : sides[i];
    const product = sign * greek[i] * openInterest[i] * factor;
    const contribution = Number.isFinite(product) ? product : 0;
    if (perRow !== undefined) perRow[i] = contribution;
    exposure.net += contribution;
    exposure.gross += Math.abs(contribution);
    if (sides[i] > 0) exposure.calls += contribution;
    else exposure.puts += contribution;
  }
  return exposure;
}
