/** Numbers of one column; null is none. */
export type ColumnValues = readonly (number | null | undefined)[];

/** Digits that are read of a price that is no multiple of a tick, such as a computed one. */
const COMPUTED_DIGITS = 3;
/** More digits before and after the point than these say nothing more of a price. */
const PRICE_DIGITS = 6;
/** A mid of the smallest usual tick, 0.0001, is a multiple of 0.00005. */
const MOST_OF_PRICE = 5;
/** As many as sensitivities are published in for an underlying of 100,000. */
const MOST_OF_GREEK = 8;

/**
 * Decimals of a column of prices: those of its tick, which is seen in the prices themselves, so that mids between two
 * ticks are exact; two at least, as prices are written.
 */
export const priceDecimals = (values: ColumnValues): number =>
  most(values, 2, MOST_OF_PRICE, (size) => {
    const before = size < 1 ? 0 : wholeDigits(size);
    const exact = exactDecimals(size, Math.min(MOST_OF_PRICE, Math.max(2, PRICE_DIGITS - before)));
    return exact ?? Math.max(2, COMPUTED_DIGITS - wholeDigits(size));
  });

/** Decimals of a column of strikes: as few as show all of them exactly, and no more than four. */
export const strikeDecimals = (values: ColumnValues): number =>
  most(values, 0, 4, (size) => exactDecimals(size, 4) ?? 4);

/**
 * Decimals of a column of sensitivities, which have no tick: three digits of the power of ten that its greatest one is
 * below, so that a chain that moves keeps its decimals.
 */
export function greekDecimals(values: ColumnValues): number {
  const greatest = values.reduce<number>((max, value) => Math.max(max, Math.abs(value ?? 0)), 0);
  if (greatest === 0) return 2;
  const below = Math.ceil(Math.log10(greatest));
  return Math.min(MOST_OF_GREEK, Math.max(2, 3 - below));
}

/** Digits before the point; below 0 for a number that begins after zeros behind it. */
const wholeDigits = (size: number): number => Math.floor(Math.log10(size)) + 1;

function most(values: ColumnValues, least: number, bound: number, of: (size: number) => number): number {
  let decimals = least;
  for (const value of values) {
    if (decimals >= bound) return bound;
    if (value) decimals = Math.max(decimals, of(Math.abs(value)));
  }
  return Math.min(bound, decimals);
}

/** The decimals that a number has, as far as `bound`; null where it has more. */
function exactDecimals(size: number, bound: number): number | null {
  for (let decimals = 0; decimals <= bound; decimals++) {
    const scaled = size * 10 ** decimals;
    // What binary fractions lose in a multiplication.
    if (Math.abs(scaled - Math.round(scaled)) <= scaled * 1e-14 + 1e-9) return decimals;
  }
  return null;
}
