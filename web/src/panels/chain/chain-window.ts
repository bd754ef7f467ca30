import type { ChainView } from '@deltastream/client';

/** How many strikes to show on each side of the money; 0 shows all. */
export const STRIKE_CHOICES = [10, 20, 50, 0] as const;

/** Indices [from, to) of the strikes to show, around the at-the-money strike, else around the middle. */
export function strikeWindow(
  { strikes, atm_strike }: Pick<ChainView, 'strikes' | 'atm_strike'>,
  each: number,
): [number, number] {
  if (each === 0) return [0, strikes.length];
  const atm = atm_strike === null ? -1 : strikes.indexOf(atm_strike);
  const centre = atm >= 0 ? atm : Math.floor(strikes.length / 2);
  return [Math.max(0, centre - each), Math.min(strikes.length, centre + each + 1)];
}
