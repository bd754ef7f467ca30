// Predictions of integers and what they leave, four at a time, with the responses of src/codec/residuals.ts.

/** A longer column is judged by this many cells about its middle. */
export const SAMPLE: i32 = 48;

/** The prediction that `choosePrediction` found last, and the half bytes that its sample costs. */
export let order: i32 = 0;
export let runs: bool = false;
export let cost: i32 = 0;

/**
 * Of varints, in memory, since a loop makes constants anew: the largest values of one byte, two, three and four, the bits
 * that say that more bytes follow, the bits of two bytes and of three, and 1.
 */
const VARINTS: usize = memory.data<i32>([
  0x7f, 0x3fff, 0x1fffff, 0xfffffff, 0x80, 0x8000, 0x800000, 0x7fff, 0x7fffff, 1,
]);

@inline
function zigzag(residual: v128): v128 {
  return v128.xor(i32x4.shl(residual, 1), i32x4.shr_s(residual, 31));
}

/** What a prediction leaves of four integers, by the four before them; the masks are of the last and of the last step. */
@inline
function residual(before: v128, integers: v128, keepLast: v128, keepStep: v128): v128 {
  const last = v128.shuffle<i32>(before, integers, 3, 4, 5, 6);
  const lastStep = i32x4.sub(last, v128.shuffle<i32>(before, integers, 2, 3, 4, 5));
  return i32x4.sub(i32x4.sub(integers, v128.and(last, keepLast)), v128.and(lastStep, keepStep));
}

/**
 * Half bytes of a zig-zag varint of each residual, which is within 2^29, beyond two; of a zero one less. The ends are
 * those of `VARINTS`.
 */
@inline
function halfBytes(residuals: v128, end1: v128, end2: v128, end3: v128, end4: v128): v128 {
  const value = zigzag(residuals);
  // A comparison that holds is -1.
  const more = i32x4.add(
    i32x4.add(i32x4.gt_s(value, end1), i32x4.gt_s(value, end2)),
    i32x4.add(i32x4.gt_s(value, end3), i32x4.gt_s(value, end4)),
  );
  return i32x4.sub(i32x4.eq(value, i32x4.splat(0)), i32x4.add(more, more));
}

@inline
function sum(lanes: v128): i32 {
  return (
    i32x4.extract_lane(lanes, 0) + i32x4.extract_lane(lanes, 1) +
    (i32x4.extract_lane(lanes, 2) + i32x4.extract_lane(lanes, 3))
  );
}

/** Finds the cheapest prediction of `count` > 0 integers; the lower order on a tie. Reads up to three beyond them. */
export function choosePrediction(integers: usize, count: i32): void {
  const skipped = count > SAMPLE ? (count - SAMPLE) >> 1 : 0;
  const from = integers + (<usize>skipped << 2);
  const length = min(count, SAMPLE);
  const none = i32x4.splat(0);
  const all = i32x4.splat(-1);
  const end1 = v128.load32_splat(VARINTS);
  const end2 = v128.load32_splat(VARINTS, 4);
  const end3 = v128.load32_splat(VARINTS, 8);
  const end4 = v128.load32_splat(VARINTS, 12);
  let before = skipped > 1 ? v128.load(from - 16) : none;
  let costs0 = none;
  let costs1 = none;
  let costs2 = none;
  for (let i = 0; i < length; i += 4) {
    const four = v128.load(from + (<usize>i << 2));
    const counts = i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(length - i));
    costs0 = i32x4.add(costs0, v128.and(counts, halfBytes(four, end1, end2, end3, end4)));
    costs1 = i32x4.add(costs1, v128.and(counts, halfBytes(residual(before, four, all, none), end1, end2, end3, end4)));
    costs2 = i32x4.add(costs2, v128.and(counts, halfBytes(residual(before, four, all, all), end1, end2, end3, end4)));
    before = four;
  }
  const cost0 = 2 * length + sum(costs0);
  const cost1 = 2 * length + sum(costs1);
  const cost2 = 2 * length + sum(costs2);
  cost = min(cost0, cost1);
  order = cost2 < cost ? 2 : cost1 < cost0 ? 1 : 0;
  cost = min(cost, cost2);
  runs = hasRuns(from, length);
}

/** Whether zeros come in runs that are shorter as a zero and a length, in a sample taken for itself. */
function hasRuns(integers: usize, count: i32): bool {
  const keepLast = i32x4.splat(order === 0 ? 0 : -1);
  const keepStep = i32x4.splat(order === 2 ? -1 : 0);
  let before = i32x4.splat(0);
  let zeros: u64 = 0;
  for (let i = 0; i < count; i += 4) {
    const four = v128.load(integers + (<usize>i << 2));
    const isZero = i32x4.eq(residual(before, four, keepLast, keepStep), i32x4.splat(0));
    zeros |= <u64>i32x4.bitmask(isZero) << i;
    before = four;
  }
  zeros &= (<u64>1 << count) - 1;
  return popcnt(zeros & ~(zeros << 1)) * 2 < popcnt(zeros);
}

/** Writes the bytes of a varint in one store, of which those after it are room; returns the place after it. */
@inline
export function writeVarint(value: u32, at: usize): usize {
  const wide = <u64>value;
  const seven = (wide & 0x7f) | ((wide & 0x3f80) << 1) | ((wide & 0x1fc000) << 2) | ((wide & 0xfe00000) << 3);
  // One byte for every seven bits: (bits + 6) / 7.
  const length = ((38 - clz(value | 1)) * 37) >> 8;
  const continuation = 0x8080808080 & ((<u64>1 << (8 * (length - 1))) - 1);
  store<u64>(at, seven | ((wide >> 28) << 32) | continuation);
  return at + length;
}

/** Writes a varint of at most four bytes, which lies as its bytes and its length; returns the place after it. */
@inline
function copyVarint(from: usize, at: usize): usize {
  store<u32>(at, load<u32>(from));
  return at + <usize>load<u32>(from, 4);
}

/**
 * Writes what a prediction leaves of `count` integers as zig-zag varints, where `runs` says so with the number of zeros
 * that follow a zero; returns the place after them. `varints` has room for eight bytes of each, and for three more.
 */
export function writeIntegers(
  integers: usize, count: i32, by: i32, withRuns: bool, varints: usize, start: usize,
): usize {
  const keepLast = i32x4.splat(by === 0 ? 0 : -1);
  const keepStep = i32x4.splat(by === 2 ? -1 : 0);
  const none = i32x4.splat(0);
  const end1 = v128.load32_splat(VARINTS);
  const end2 = v128.load32_splat(VARINTS, 4);
  const end3 = v128.load32_splat(VARINTS, 8);
  const end4 = v128.load32_splat(VARINTS, 12);
  const more1 = v128.load32_splat(VARINTS, 16);
  const more2 = v128.load32_splat(VARINTS, 20);
  const more3 = v128.load32_splat(VARINTS, 24);
  const two = v128.load32_splat(VARINTS, 28);
  const three = v128.load32_splat(VARINTS, 32);
  const one = v128.load32_splat(VARINTS, 36);
  let before = none;
  let long = none;
  let at = start;
  let next = varints;
  for (let i = 0; i < count; i += 4, next += 32) {
    const four = v128.load(integers + (<usize>i << 2));
    const values = zigzag(residual(before, four, keepLast, keepStep));
    before = four;
    // Seven bits a byte: what is beyond each end moves one bit up.
    let bytes = i32x4.add(values, v128.andnot(values, end1));
    bytes = i32x4.add(bytes, v128.andnot(bytes, two));
    bytes = i32x4.add(bytes, v128.andnot(bytes, three));
    // A comparison that holds is -1.
    const beyond1 = i32x4.gt_s(values, end1);
    const beyond2 = i32x4.gt_s(values, end2);
    const beyond3 = i32x4.gt_s(values, end3);
    bytes = v128.or(
      v128.or(bytes, v128.and(beyond1, more1)),
      v128.or(v128.and(beyond2, more2), v128.and(beyond3, more3)),
    );
    let lengths = i32x4.sub(i32x4.sub(one, beyond1), i32x4.add(beyond2, beyond3));
    // Of five bytes, which are rare: the value as it is, with no length.
    const beyond4 = i32x4.gt_s(values, end4);
    long = v128.or(long, beyond4);
    if (v128.any_true(beyond4)) {
      bytes = v128.bitselect(values, bytes, beyond4);
      lengths = v128.andnot(lengths, beyond4);
    }
    v128.store(next, v128.shuffle<i32>(bytes, lengths, 0, 4, 1, 5));
    v128.store(next, v128.shuffle<i32>(bytes, lengths, 2, 6, 3, 7), 16);
  }
  const end = varints + (<usize>count << 3);
  next = varints;
  if (!withRuns && !v128.any_true(long)) {
    for (; next + 32 <= end; next += 32) {
      at = copyVarint(next, at);
      at = copyVarint(next + 8, at);
      at = copyVarint(next + 16, at);
      at = copyVarint(next + 24, at);
    }
  }
  for (; next < end; next += 8) {
    const varint = load<u64>(next);
    at = varint >> 32 > 0 ? copyVarint(next, at) : writeVarint(<u32>varint, at);
    if (!withRuns || <u32>varint !== 0) continue;
    const first = next;
    while (next + 8 < end && load<u32>(next + 8) === 0) next += 8;
    at = writeVarint(<u32>((next - first) >> 3), at);
  }
  return at;
}
