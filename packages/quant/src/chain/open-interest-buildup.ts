export type OpenInterestBuildup =
  | 'long_buildup'
  | 'short_buildup'
  | 'short_covering'
  | 'long_unwinding'
  | 'neutral';

/**
 * What the traders of one contract did over a window, from the change of its premium and of its open interest:
 * up and up `long_buildup`, down and up `short_buildup`, up and down `short_covering`, down and down
 * `long_unwinding`.
 *
 * @param deadBand changes of at most this size, in either figure, are `neutral`; 0 by default
 * @returns null when either change is NaN.
 */
export function openInterestBuildup(
  priceChange: number,
  oiChange: number,
  deadBand = 0,
): OpenInterestBuildup | null {
  if (Number.isNaN(priceChange) || Number.isNaN(oiChange)) return null;
  if (Math.abs(priceChange) <= deadBand || Math.abs(oiChange) <= deadBand) return 'neutral';
  if (oiChange > 0) return priceChange > 0 ? 'long_buildup' : 'short_buildup';
  return priceChange > 0 ? 'short_covering' : 'long_unwinding';
}
