import { decimalPlaces, powerOfTen } from './decimal-grid.ts';

/** Fewer prices often share a factor by chance: ten that are random do so once in a thousand times. */
const LEAST_PRICES = 10;

/**
 * The greatest step that all prices are integer multiples of: a guess at the price tick of a venue that does not say it,
 * never smaller than the tick itself while its prices are on it. Cells that are not finite and positive are passed over.
 *
 * @param columns prices as quoted or traded; not marks, which venues compute
 * @returns null with fewer than 10 prices, or when one of them is not a decimal of up to 8 places.
 */
export function commonStep(columns: readonly Float64Array[]): number | null {
  let places = 0;
  let prices = 0;
  for (const column of columns) {
    for (let i = 0; i < column.length; i++) if (isPrice(column[i])) prices++;
    places = decimalPlaces(column, places);
    if (places < 0) return null;
  }
  if (prices < LEAST_PRICES) return null;
  const scale = powerOfTen(places);
  let step = 0;
  for (const column of columns) {
    for (let i = 0; i < column.length && step !== 1; i++) {
      if (isPrice(column[i])) step = greatestCommonDivisor(Math.round(column[i] * scale), step);
    }
  }
  return step / scale;
}

const isPrice = (cell: number): boolean => cell > 0 && cell < Infinity;

function greatestCommonDivisor(a: number, b: number): number {
  let [larger, smaller] = [a, b];
  while (smaller !== 0) [larger, smaller] = [smaller, larger % smaller];
  return larger;
}
