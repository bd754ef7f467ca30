import type { IndianExchange } from '../connection/listings/indian-listings.ts';

/** Exchange segments by the name in requests, with the number in packets. */
export const SEGMENTS = {
  IDX_I: 0,
  NSE_EQ: 1,
  NSE_FNO: 2,
  NSE_CURRENCY: 3,
  BSE_EQ: 4,
  MCX_COMM: 5,
  BSE_CURRENCY: 7,
  BSE_FNO: 8,
} as const;
export type Segment = keyof typeof SEGMENTS;

const NAMES: ReadonlyMap<number, Segment> = new Map(
  Object.entries(SEGMENTS).map(([name, number]) => [number, name as Segment]),
);

/** Where the options of an exchange are, and its stocks; indices are in a segment of their own. */
export const SEGMENTS_OF: Readonly<
  Record<IndianExchange, { readonly derivatives: Segment; readonly stocks: Segment }>
> = {
  NSE: { derivatives: 'NSE_FNO', stocks: 'NSE_EQ' },
  BSE: { derivatives: 'BSE_FNO', stocks: 'BSE_EQ' },
};

const SEGMENT_NUMBERS = 16;

/**
 * One number for a security of a segment, as security ids are unique in a segment only: index 13 is NIFTY, and 13 is a stock
 * too. Small enough, for the ids of some millions that there are, to be held without an object.
 */
export const dhanId = (segment: number, security: number): number => security * SEGMENT_NUMBERS + segment;

/** As requests name it. Throws for a number that `dhanId` did not make. */
export function dhanSecurity(id: number): { readonly segment: Segment; readonly security: number } {
  const segment = NAMES.get(id % SEGMENT_NUMBERS);
  if (segment === undefined) throw new Error(`${id} is not the id of an instrument of Dhan`);
  return { segment, security: Math.floor(id / SEGMENT_NUMBERS) };
}
