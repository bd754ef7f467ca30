import type { ByteWriter } from './byte-writer.ts';
import { inCoin } from './coin-prices.ts';
import { commonExponent, isInteger, powerOfTen } from './decimal-exponent.ts';
import { costs, type Predictor, predicted, STRIKE, standIn } from './prediction.ts';
import {
  BY_MODEL,
  COINS,
  COLUMN_OFFSET,
  checksumOf,
  countOf,
  DOUBLE_BYTES,
  DOUBLES,
  INTEGER_BYTES,
  INTEGERS,
  MOST,
  NO_REFERENCE,
  NONE_GIVEN,
  type SegmentColumns,
} from './segment-column.ts';

/** Writes the next column. `cells` has `times` snapshots of each contract. */
export function writeSegmentColumn(
  cells: Float64Array,
  times: number,
  columns: SegmentColumns,
  out: ByteWriter,
  model: Float64Array | null = null,
): void {
  const given = new Uint8Array(cells.length);
  let count = 0;
  for (let i = 0; i < cells.length; i++) {
    if (Number.isNaN(cells[i])) continue;
    given[i] = 1;
    count++;
  }
  if (count === 0) {
    columns.integers.push(null);
    out.varint(NONE_GIVEN);
    return;
  }
  const exponent = commonExponent(cells, given);
  const coins = exponent === null ? inCoin(cells, given, columns.scales) : null;
  out.varint(exponent !== null ? INTEGERS : coins !== null ? COINS : DOUBLES);
  writePattern(given, columns.patterns, out);
  if (exponent !== null) {
    writeIntegers(cells, cells, given, exponent, times, columns, out, model);
    return;
  }
  if (coins !== null) {
    writeIntegers(cells, coins.coins, given, coins.exponent, times, columns, out, null);
    return;
  }
  columns.integers.push(null);
  const doubles = new Float64Array(count);
  for (let i = 0, next = 0; i < cells.length; i++) if (given[i] !== 0) doubles[next++] = cells[i];
  writePlanes(new Uint8Array(doubles.buffer), DOUBLE_BYTES, out);
}

/** `decimals` are the cells, or what they are in coin: integers at the exponent, or else written as the cells are. */
function writeIntegers(
  cells: Float64Array,
  decimals: Float64Array,
  given: Uint8Array,
  exponent: number,
  times: number,
  columns: SegmentColumns,
  out: ByteWriter,
  model: Float64Array | null,
): void {
  const power = powerOfTen(exponent);
  const fits = new Uint8Array(cells.length);
  const values = new Int32Array(cells.length);
  const others: number[] = [];
  for (let i = 0, t = 0; i < cells.length; i++, t = t + 1 === times ? 0 : t + 1) {
    if (given[i] !== 0 && isInteger(decimals[i], exponent)) {
      fits[i] = 1;
      values[i] = Math.round(decimals[i] * power);
      continue;
    }
    if (given[i] !== 0) others.push(i);
    values[i] = standIn(values, i, t, times);
  }
  const expected = model === null ? null : integersOf(model, power);
  const { by, reference, other } = cheapest(values, fits, exponent, times, columns, expected);

  const residuals = new Int32Array(countOf(fits));
  let count = 0;
  for (let i = 0, t = 0; i < cells.length; i++, t = t + 1 === times ? 0 : t + 1) {
    if (other !== null && fits[i] !== 0) values[i] = (values[i] - other[i]) | 0;
    if (fits[i] !== 0) residuals[count++] = (values[i] - predicted(values, i, t, times, by)) | 0;
    else values[i] = standIn(values, i, t, times);
  }
  if (other !== null) for (let i = 0; i < values.length; i++) values[i] = (values[i] + other[i]) | 0;
  columns.integers.push({ values, exponent });

  const divisor = commonDivisor(residuals);
  let every = 0;
  for (let i = 0; i < count; i++) {
    const residual = residuals[i] / divisor;
    residuals[i] = (residual << 1) ^ (residual >> 31);
    every |= residuals[i];
  }
  const planes = Math.ceil((32 - Math.clz32(every)) / 8);
  for (const number of [exponent, reference, by, divisor, planes, others.length]) out.varint(number);
  if (reference === BY_MODEL) out.varint(checksumOf(values));
  let last = 0;
  for (const i of others) {
    out.varint(i - last);
    out.double(cells[i]);
    last = i;
  }
  writePlanes(new Uint8Array(residuals.buffer), INTEGER_BYTES, out, planes);
}

/** The prediction that leaves least. */
function cheapest(
  values: Int32Array,
  fits: Uint8Array,
  exponent: number,
  times: number,
  { integers }: SegmentColumns,
  expected: Int32Array | null,
): { by: Predictor; reference: number; other: Int32Array | null } {
  const of = new Float64Array(STRIKE + 1);
  let best = { by: 0 as Predictor, reference: NO_REFERENCE, other: null as Int32Array | null };
  let least = Number.POSITIVE_INFINITY;
  const judge = (reference: number, other: Int32Array | null) => {
    costs(values, other, fits, times, of);
    for (const [by, cost] of of.entries()) {
      if (cost >= least) continue;
      least = cost;
      best = { by: by as Predictor, reference, other };
    }
  };
  judge(NO_REFERENCE, null);
  if (expected !== null) judge(BY_MODEL, expected);
  for (const [number, column] of integers.entries()) {
    if (column !== null && column.exponent === exponent) judge(number + COLUMN_OFFSET, column.values);
  }
  return best;
}

/** A model at a decimal exponent; 0 where it says nothing. */
function integersOf(model: Float64Array, power: number): Int32Array {
  const integers = new Int32Array(model.length);
  for (let i = 0; i < integers.length; i++) {
    const scaled = Math.floor(model[i] * power + 0.5);
    integers[i] = scaled < MOST && scaled > -MOST ? scaled : 0;
  }
  return integers;
}

function writePattern(given: Uint8Array, patterns: Uint8Array[], out: ByteWriter): void {
  const known = patterns.findIndex((each) => Buffer.compare(each, given) === 0);
  out.varint(known < 0 ? patterns.length : known);
  if (known >= 0) return;
  patterns.push(given);
  const bits = new Uint8Array(Math.ceil(given.length / 8));
  for (let i = 0; i < given.length; i++) bits[i >> 3] |= given[i] << (i & 7);
  out.bytes(bits);
}

/** Writes the first `planes` bytes of every item, all first bytes first; bytes beyond are 0. */
function writePlanes(items: Uint8Array, width: number, out: ByteWriter, planes = width): void {
  const count = items.length / width;
  for (let plane = 0; plane < planes; plane++) {
    const bytes = new Uint8Array(count);
    for (let i = 0, at = plane; i < count; i++, at += width) bytes[i] = items[at];
    out.bytes(bytes);
  }
}

function commonDivisor(residuals: Int32Array): number {
  let divisor = 0;
  for (let i = 0; i < residuals.length && divisor !== 1; i++) {
    let [a, b] = [divisor, Math.abs(residuals[i])];
    while (b !== 0) [a, b] = [b, a % b];
    divisor = a;
  }
  return divisor || 1;
}
