import type { DerivedFigure } from '@deltastream/contracts';

type Resolution = NonNullable<DerivedFigure['resolution']>;

/**
 * Decimal places that figures are published in: three or more significant digits at the money, whatever the size of
 * the underlying. Rounding happens once, in the enricher, so that the socket, REST and the store show the same digits
 * and the store keeps them in a few bytes.
 */
export function publishedPlaces({ places, perMagnitude }: Resolution, forward: number): number {
  const magnitude = Math.max(0, Math.ceil(Math.log10(forward)));
  return Math.max(0, places + perMagnitude * magnitude);
}

/**
 * Fills `target` from `source`, from a row on, rounded to `places` decimals, halves up; NaN stays NaN, minus zero becomes
 * zero. `Math.round` would take twice as long for the same.
 */
export function roundInto(target: Float64Array, source: Float64Array, from: number, places: number): void {
  const scale = 10 ** places;
  for (let i = 0; i < target.length; i++) target[i] = Math.floor(source[from + i] * scale + 0.5) / scale + 0;
}
