import { black76Greeks } from '@deltastream/quant';

/** What a smile can be drawn over. */
export const SMILE_AXES = { strike: 'Strike', moneyness: 'ln(K/F)', delta: 'Delta' } as const;
export type SmileAxis = keyof typeof SMILE_AXES;

/** A place of a smile. */
export interface Place {
  readonly strike: number;
  /** ln(strike / forward). */
  readonly log_moneyness: number;
  /** Annualised fraction. */
  readonly iv: number | null;
}

/** Undiscounted delta of the call at a place, by its own volatility (Black-76); null without one. */
export function callDelta({ log_moneyness, iv }: Omit<Place, 'strike'>, yearFraction: number): number | null {
  if (iv === null || !(iv > 0) || !(yearFraction > 0)) return null;
  return black76Greeks(1, Math.exp(log_moneyness), yearFraction, iv, 1, 1).delta;
}

/** Where a place stands on an axis; null where it has none. */
export function positionOn(axis: SmileAxis, place: Place, yearFraction: number): number | null {
  if (axis === 'strike') return place.strike;
  return axis === 'moneyness' ? place.log_moneyness : callDelta(place, yearFraction);
}

/** A call delta as traders name the strike: `25P`, `50`, `10C`. */
export function deltaName(delta: number): string {
  const percent = Math.round(delta * 100);
  if (percent === 50) return '50';
  return percent > 50 ? `${100 - percent}P` : `${percent}C`;
}
