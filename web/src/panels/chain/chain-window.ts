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

/**
 * Contracts that fill a cell: the most of any contract of the chain, raised to two digits, so that a tick at that
 * contract does not scale every bar anew. 1 where there are none.
 */
export function barScale(
  { calls, puts }: Pick<ChainView, 'calls' | 'puts'>,
  name: 'open_interest' | 'open_interest_change',
): number {
  let most = 1;
  for (const side of [calls, puts])
    for (const contract of side) most = Math.max(most, Math.abs(contract?.[name] ?? 0));
  const step = 10 ** Math.max(0, Math.floor(Math.log10(most)) - 1);
  return Math.ceil(most / step) * step;
}

/** A chain of so many rows is in the page completely: it can be searched and printed. */
const MOST_COMPLETE = 80;
/** Rows that come into the page together: less than a screen. */
const PART_ROWS = 20;

/** Indices [from, to) of the rows in parts; one part where all of them are in the page. */
export function partsOf(from: number, to: number): readonly (readonly [from: number, to: number])[] {
  if (to - from <= MOST_COMPLETE) return [[from, to]];
  return Array.from({ length: Math.ceil((to - from) / PART_ROWS) }, (_, i) => {
    const start = from + i * PART_ROWS;
    return [start, Math.min(start + PART_ROWS, to)] as const;
  });
}
