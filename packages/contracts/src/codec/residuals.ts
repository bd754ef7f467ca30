import { readVarint, varintLength } from './varint.ts';

/**
 * How integers are predicted from those before them: order 0 from nothing, 1 from the last (steps), 2
 * from the last two (straight lines; option prices along strikes are nearly straight). What is left is
 * the residual. With `runs` a zero is followed by how many more zeros come.
 */
export interface Prediction {
  order: number;
  runs: boolean;
  /** Half bytes a cell that this was found to cost; a zero counts as half a byte because zeros form runs. */
  cost: number;
}

export const MAX_ORDER = 2; // Values, their differences, and the differences of those.

/** A longer column is judged by this many cells about its middle, where the money is. */
const SAMPLE = 48;

// Below, `| 0` says that a sum stays within 32 bits, as all of such integers do: it would be checked at each otherwise.

/** Half bytes of a zig-zag varint by its leading zeros. */
const HALF_BYTES = Uint8Array.from({ length: 33 }, (_, zeros) =>
  zeros === 32 ? 1 : 2 * Math.ceil((32 - zeros) / 7),
);

const halfBytes = (residual: number): number => HALF_BYTES[Math.clz32((residual << 1) ^ (residual >> 31))];

/** Finds the cheapest prediction of `count` integers at `from`; the lower order on a tie. */
export function choosePrediction(
  integers: Int32Array,
  from: number,
  count: number,
  prediction: Prediction,
): void {
  const skipped = count > SAMPLE ? (count - SAMPLE) >> 1 : 0;
  const start = from + skipped;
  const end = start + Math.min(count, SAMPLE);
  let cost0 = 0;
  let cost1 = 0;
  let cost2 = 0;
  let last = skipped > 1 ? integers[start - 1] : 0;
  let lastStep = skipped > 1 ? last - integers[start - 2] : 0;
  for (let i = start; i < end; i++) {
    const value = integers[i];
    const step = (value - last) | 0;
    cost0 = (cost0 + halfBytes(value)) | 0;
    cost1 = (cost1 + halfBytes(step)) | 0;
    cost2 = (cost2 + halfBytes((step - lastStep) | 0)) | 0;
    last = value;
    lastStep = step;
  }
  const order = cost1 < cost0 ? 1 : 0;
  const cost = Math.min(cost0, cost1);
  prediction.order = cost2 < cost ? 2 : order;
  prediction.cost = Math.min(cost, cost2) / (end - start);
  prediction.runs = hasRuns(integers, start, end, prediction.order);
}

/** Whether zeros come in runs that are shorter as a zero and a length. */
function hasRuns(integers: Int32Array, start: number, end: number, order: number): boolean {
  const keepLast = order === 0 ? 0 : -1;
  const keepStep = order === 2 ? -1 : 0;
  let last = 0;
  let lastStep = 0;
  let zeros = 0;
  let runs = 0;
  let before = 1;
  for (let i = start; i < end; i++) {
    const step = (integers[i] - (last & keepLast)) | 0;
    const residual = (step - (lastStep & keepStep)) | 0;
    last = integers[i];
    lastStep = step;
    if (residual === 0) {
      zeros++;
      if (before !== 0) runs++;
    }
    before = residual;
  }
  return runs * 2 < zeros;
}

/**
 * Writes the residuals of `count` integers at `from` as zig-zag varints; returns the place after them. May write three
 * bytes beyond that. `residuals` has room for `count`, and may be the array of the integers where they start at 0.
 *
 * The residuals are a pass of their own: where the next one is written depends on how long those before it are, and the
 * processor would wait for both.
 */
export function writeIntegers(
  integers: Int32Array,
  from: number,
  count: number,
  { order, runs }: Prediction,
  residuals: Int32Array,
  target: DataView,
  start: number,
): number {
  const keepLast = order === 0 ? 0 : -1;
  const keepStep = order === 2 ? -1 : 0;
  let last = 0;
  let lastStep = 0;
  let every = 0;
  for (let i = 0; i < count; i++) {
    const value = integers[from + i];
    const step = (value - (last & keepLast)) | 0;
    const residual = (step - (lastStep & keepStep)) | 0;
    last = value;
    lastStep = step;
    const zigzag = (residual << 1) ^ (residual >> 31);
    residuals[i] = zigzag;
    every |= zigzag;
  }
  if (runs) return writeWithRuns(residuals, count, target, start);
  let at = start | 0;
  if (every >>> SHORT_BITS !== 0) {
    for (let i = 0; i < count; i++) at = writeQuickly(residuals[i], target, at);
    return at;
  }
  // Short ones all: the branch that `writeQuickly` has costs as much as the rest of it.
  for (let i = 0; i < count; i++) {
    const value = residuals[i];
    const zeros = Math.clz32(value);
    target.setInt32(at, spread(value) | CONTINUATION[zeros], true);
    at = (at + LENGTH[zeros]) | 0;
  }
  return at;
}

/** A zero is followed by how many more zeros come. */
function writeWithRuns(values: Int32Array, count: number, target: DataView, start: number): number {
  let at = start;
  let zeros = 0;
  for (let i = 0; i < count; i++) {
    const value = values[i];
    if (value === 0) {
      zeros++;
      continue;
    }
    if (zeros > 0) at = writeZeros(zeros, target, at);
    zeros = 0;
    at = writeQuickly(value, target, at);
  }
  return zeros > 0 ? writeZeros(zeros, target, at) : at;
}

function writeZeros(zeros: number, target: DataView, at: number): number {
  target.setUint8(at, 0);
  return writeQuickly(zeros - 1, target, at + 1);
}

/** Of a varint of four bytes. */
const SHORT_BITS = 28;

/** Bytes of a varint, and its continuation bits, by the value's leading zeros. */
const LENGTH = Uint8Array.from({ length: 33 }, (_, zeros) => Math.max(1, Math.ceil((32 - zeros) / 7)));
const CONTINUATION = Int32Array.from(LENGTH, (length) => 0x80808080 & (2 ** (8 * (length - 1)) - 1));

/**
 * The bytes of `writeVarint`, up to four of them in one store: how long residuals are is hard to predict,
 * and a wrong guess at a branch costs more than the store. Needs four bytes of room.
 */
function writeQuickly(value: number, target: DataView, at: number): number {
  if (value >>> SHORT_BITS !== 0) {
    target.setUint8(at + 4, value >>> 28);
    target.setInt32(at, spread(value) | 0x80808080, true);
    return at + 5;
  }
  const zeros = Math.clz32(value);
  target.setInt32(at, spread(value) | CONTINUATION[zeros], true);
  return at + LENGTH[zeros];
}

/** The low 28 bits of a value, seven to a byte. */
const spread = (value: number): number =>
  (value & 0x7f) | ((value & 0x3f80) << 1) | ((value & 0x1fc000) << 2) | ((value & 0xfe00000) << 3);

/** The inverse of `writeIntegers`. */
export function readIntegers(
  integers: Int32Array,
  from: number,
  count: number,
  order: number,
  runs: boolean,
  source: Uint8Array,
  start: number,
): number {
  const keepLast = order === 0 ? 0 : -1;
  const keepStep = order === 2 ? -1 : 0;
  let at = start;
  let last = 0;
  let lastStep = 0;
  let zeros = 0;
  for (let i = from; i < from + count; i++) {
    let residual = 0;
    if (zeros > 0) {
      zeros--;
    } else {
      let byte = source[at++];
      let zigzag = byte & 0x7f;
      for (let shift = 7; byte > 0x7f && shift < 35; shift += 7) {
        byte = source[at++];
        zigzag |= (byte & 0x7f) << shift;
      }
      residual = (zigzag >>> 1) ^ -(zigzag & 1);
      if (runs && zigzag === 0) {
        zeros = readVarint(source, at);
        at += varintLength(zeros);
      }
    }
    const step = residual + (lastStep & keepStep);
    const value = (step + (last & keepLast)) | 0;
    integers[i] = value;
    last = value;
    lastStep = step | 0;
  }
  return at;
}

/**
 * The place after `count` integers that `writeIntegers` wrote into `source`, of which `view` has the same bytes; beyond
 * its end where there are fewer.
 */
export function skipIntegers(
  count: number,
  runs: boolean,
  source: Uint8Array,
  view: DataView,
  start: number,
): number {
  let at = start;
  let left = count;
  // Four bytes at a time: of no more than four integers is the last byte, with a clear high bit, among them.
  for (; !runs && left >= 4 && at + 4 <= source.length; at += 4) {
    const last = (~view.getInt32(at) >>> 7) & 0x01010101;
    left -= Math.imul(last, 0x01010101) >>> 24;
  }
  for (; left > 0 && at < source.length; left--) {
    const isZero = source[at] === 0;
    while (source[at++] > 0x7f);
    if (!(runs && isZero)) continue;
    const zeros = readVarint(source, at);
    at += varintLength(zeros);
    left -= zeros;
  }
  return left > 0 ? source.length + 1 : at;
}
