/** Decimal places beyond which a column is not taken for decimals: 8, one satoshi. */
const MOST_PLACES = 8;

/** 10^0 to 10^8, each exact. */
const POWERS_OF_TEN = Array.from({ length: MOST_PLACES + 1 }, (_, places) => 10 ** places);

/** Doubles from 2^52 to 2^53 are the integers: adding this and taking it off again rounds what is below 2^51. */
const ROUNDS = 1.5 * 2 ** 52;

/** True for an integer of size below 2^51: cheaper than a floor, and false for NaN and infinity. */
export const isInteger = (cell: number): boolean => cell + ROUNDS - ROUNDS === cell;

export const powerOfTen = (places: number): number => POWERS_OF_TEN[places];

/**
 * The fewest decimal places that hold every finite cell of a column: 0 for integers, 1 for tenths; cells that are
 * not finite are passed over. A cell counts as a decimal when it is the double nearest to it, as a number read from
 * text is; 0.1 + 0.2 is none.
 *
 * @param least places already needed by another column
 * @returns -1 when more than 8 places were needed, as for a third or a sum with a rounding.
 */
export function decimalPlaces(column: ArrayLike<number>, least = 0): number {
  const n = column.length;
  let i = 0;
  // Integers are on every grid.
  while (i < n && isInteger(column[i])) i++;
  let places = least;
  for (; i < n; i++) {
    const cell = column[i];
    if (!Number.isFinite(cell)) continue;
    while (!isMultipleOf(cell, POWERS_OF_TEN[places])) {
      places++;
      if (places > MOST_PLACES) return -1;
    }
  }
  return places;
}

const isMultipleOf = (cell: number, scale: number): boolean => Math.round(cell * scale) / scale === cell;

/** Cells of a column on the grid of 10^-places as integers; exact below 2^53. */
export function onGrid(column: Float64Array, places: number): Float64Array {
  const scale = POWERS_OF_TEN[places];
  return column.map((cell) => Math.round(cell * scale));
}
