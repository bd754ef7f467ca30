/** How doubles are written as integers: value = integer x step / 10^exponent, exactly. */
export interface IntegerScale {
  exponent: number;
  step: number;
}

export const POWERS_OF_TEN = Float64Array.from({ length: 16 }, (_, exponent) => Number(`1e${exponent}`));
export const MAX_EXPONENT = POWERS_OF_TEN.length - 1;
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
  let fitting = 0;
  while (fitting < count) {
    // A cell that does not fit raises the exponent; those before it fit the larger one, too, or the column has none.
    exponent = exponentOf(cells[cellsFrom + fitting], exponent);
    if (exponent > MAX_EXPONENT) return false;
    fitting = scaleCells(cells, cellsFrom, count, POWERS_OF_TEN[exponent], integers, from);
  }
  let magnitude = 0;
  let nonZero = -1; // Its sign bit stays while no integer is zero.
  for (let i = from; i < from + count; i++) {
    const integer = integers[i];
    magnitude |= Math.abs(integer);
    nonZero &= integer | -integer;
  }
  if (magnitude < 0) return false; // An integer is -2^31.
  if (nonZero >= 0 && hasNegativeZero(cells, cellsFrom, count)) return false;
  const step = takeOutStep(integers, from, count);
  if (magnitude >= MAX_INTEGER && largest(integers, from, count) >= MAX_INTEGER) return false;
  scale.exponent = exponent;
  scale.step = step;
  return true;
}

/** The smallest exponent, from one on, at which a cell is an integer; above MAX_EXPONENT where there is none. */
function exponentOf(cell: number, least: number): number {
  for (let exponent = least; exponent <= MAX_EXPONENT; exponent++) {
    const power = POWERS_OF_TEN[exponent];
    const scaled = cell * power + ROUNDING - ROUNDING;
    if (!(Math.abs(scaled) <= MAX_SCALED)) break;
    if (scaled / power === cell) return exponent;
  }
  return MAX_EXPONENT + 1;
}

/** Writes cells as integers until one does not fit; returns its place, or `count`. A short loop, for it takes the time. */
function scaleCells(
  cells: Float64Array,
  cellsFrom: number,
  count: number,
  power: number,
  integers: Int32Array,
  from: number,
): number {
  for (let i = 0; i < count; i++) {
    const cell = cells[cellsFrom + i];
    // What is beyond 32 bits loses bits here, and does not fit.
    const integer = (cell * power + ROUNDING - ROUNDING) | 0;
    if (integer / power !== cell) return i;
    integers[from + i] = integer;
  }
  return count;
}

function hasNegativeZero(cells: Float64Array, from: number, count: number): boolean {
  for (let i = from; i < from + count; i++) if (Object.is(cells[i], -0)) return true;
  return false;
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
    // As doubles: a division of integers takes several times as long.
    const divided = (integer / (step || 1)) | 0;
    if (divided * step !== integer) step = greatestCommonDivisor(step, Math.abs(integer));
  }
  if (step <= 1) return 1;
  for (let i = from; i < from + count; i++) integers[i] = (integers[i] / step) | 0;
  return step;
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
