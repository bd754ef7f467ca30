/** How doubles are written as integers: value = integer x step / 10^exponent, exactly. */
export interface IntegerScale {
  exponent: number;
  step: number;
}

const POWERS_OF_TEN = Float64Array.from({ length: 16 }, (_, exponent) => Number(`1e${exponent}`));
const MAX_EXPONENT = POWERS_OF_TEN.length - 1;
const MAX_SCALED = 2 ** 31 - 1; // What bitwise arithmetic holds.
/** Adding it leaves no bits for a fraction, so adding and subtracting it rounds to the nearest integer. */
const ROUNDING = 2 ** 52 + 2 ** 51;
/** Keeps every sum and difference that the codec forms of such integers within 32 bits. */
const MAX_INTEGER = 2 ** 26;

export const isExponent = (exponent: number): boolean => exponent <= MAX_EXPONENT;

/**
 * Finds the smallest decimal exponent at which `count` cells are integers, then the greatest common step,
 * and writes the integers. False when the cells have no such form: too many digits, too large, infinite,
 * NaN, or a negative zero.
 *
 * The response depends on the values alone, so equal columns give equal bytes wherever they are encoded.
 */
export function toIntegers(
  cells: Float64Array,
  cellsFrom: number,
  count: number,
  integers: Int32Array,
  from: number,
  scale: IntegerScale,
): boolean {
  let exponent = 0;
  let power = 1;
  let magnitude = 0;
  for (let i = 0; i < count; i++) {
    const value = cells[cellsFrom + i];
    const scaled = value * power + ROUNDING - ROUNDING;
    if (!(Math.abs(scaled) <= MAX_SCALED)) return false;
    if (scaled / power !== value) {
      // A larger power keeps what fitted a smaller one; only the integers so far are written again.
      if (++exponent > MAX_EXPONENT) return false;
      power = POWERS_OF_TEN[exponent];
      magnitude = 0;
      i = -1;
      continue;
    }
    const integer = scaled | 0;
    if (integer === 0 && 1 / value < 0) return false;
    integers[from + i] = integer;
    magnitude |= Math.abs(integer);
  }
  const step = takeOutStep(integers, from, count);
  if (magnitude >= MAX_INTEGER && largest(integers, from, count) >= MAX_INTEGER) return false;
  scale.exponent = exponent;
  scale.step = step;
  return true;
}

/** The inverse of `toIntegers`. */
export function toDoubles(
  integers: Int32Array,
  from: number,
  count: number,
  scale: IntegerScale,
  cells: Float64Array,
  cellsFrom: number,
): void {
  const power = POWERS_OF_TEN[scale.exponent];
  const { step } = scale;
  for (let i = 0; i < count; i++) cells[cellsFrom + i] = (integers[from + i] * step) / power;
}

/** Divides integers by their greatest common step, and returns it; 1 when all are zero. */
function takeOutStep(integers: Int32Array, from: number, count: number): number {
  let step = 0;
  for (let i = from; i < from + count && step !== 1; i++) {
    const integer = integers[i];
    const divided = (integer / (step || 1)) | 0;
    if (divided * step === integer) {
      integers[i] = divided;
      continue;
    }
    const smaller = greatestCommonDivisor(step, Math.abs(integer));
    for (let j = from; j < i; j++) integers[j] *= step / smaller;
    integers[i] = (integer / smaller) | 0;
    step = smaller;
  }
  return step || 1;
}

function greatestCommonDivisor(a: number, b: number): number {
  let divisor = a;
  let rest = b;
  while (rest !== 0) {
    const next = divisor % rest;
    divisor = rest;
    rest = next;
  }
  return divisor;
}

function largest(integers: Int32Array, from: number, count: number): number {
  let most = 0;
  for (let i = from; i < from + count; i++) most = Math.max(most, Math.abs(integers[i]));
  return most;
}
