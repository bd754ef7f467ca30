import { MAX_EXPONENT, POWERS_OF_TEN } from '../integer-scale.ts';

/** Differences of integers below it, and of those, stay within 32 bits. */
const MAX_INTEGER = 2 ** 27;

export const powerOfTen = (exponent: number): number => POWERS_OF_TEN[exponent];

/** True where a cell is exactly an integer below the limit at an exponent; a negative zero and NaN are not. */
export function isInteger(value: number, exponent: number): boolean {
  const power = POWERS_OF_TEN[exponent];
  const scaled = Math.round(value * power);
  return Math.abs(scaled) < MAX_INTEGER && scaled / power === value && (scaled !== 0 || 1 / value > 0);
}

/**
 * The exponent at which most of the given cells are integers, the smallest of equals; null when at least half of them
 * are none at any.
 */
export function commonExponent(cells: Float64Array, given: Uint8Array): number | null {
  return exponentOfAll(cells, given) ?? exponentOfMost(cells, given);
}

function exponentOfAll(cells: Float64Array, given: Uint8Array): number | null {
  let exponent = 0;
  for (let i = 0; i < cells.length; i++) {
    if (given[i] === 0) continue;
    while (!isInteger(cells[i], exponent)) if (++exponent > MAX_EXPONENT) return null;
  }
  // What was an integer at a smaller exponent may be too large at this one.
  for (let i = 0; i < cells.length; i++) if (given[i] !== 0 && !isInteger(cells[i], exponent)) return null;
  return exponent;
}

function exponentOfMost(cells: Float64Array, given: Uint8Array): number | null {
  const fitting = new Int32Array(MAX_EXPONENT + 1);
  let count = 0;
  for (let i = 0; i < cells.length; i++) {
    if (given[i] === 0) continue;
    count++;
    for (let exponent = 0; exponent <= MAX_EXPONENT; exponent++) {
      if (isInteger(cells[i], exponent)) fitting[exponent]++;
    }
  }
  let best = 0;
  for (let exponent = 1; exponent <= MAX_EXPONENT; exponent++) {
    if (fitting[exponent] > fitting[best]) best = exponent;
  }
  return 2 * fitting[best] > count ? best : null;
}
