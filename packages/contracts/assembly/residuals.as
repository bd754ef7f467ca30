// Predictions of integers and what they leave, four at a time, with the responses of src/codec/residuals.ts.

/** A longer column is judged by this many cells about its middle. */
export const SAMPLE: i32 = 48;

/** The prediction that `choosePrediction` found last, and the half bytes that its sample costs. */
export let order: i32 = 0;
export let runs: bool = false;
export let cost: i32 = 0;

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

/** Half bytes of a zig-zag varint of each residual, which is within 2^29; one of a zero. */
@inline
function halfBytes(residuals: v128): v128 {
  const value = zigzag(residuals);
  // A comparison that holds is -1.
  const more = i32x4.add(
    i32x4.add(i32x4.gt_s(value, i32x4.splat(0x7f)), i32x4.gt_s(value, i32x4.splat(0x3fff))),
    i32x4.add(i32x4.gt_s(value, i32x4.splat(0x1fffff)), i32x4.gt_s(value, i32x4.splat(0xfffffff))),
  );
  return i32x4.sub(i32x4.add(i32x4.splat(2), i32x4.eq(value, i32x4.splat(0))), i32x4.shl(more, 1));
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
  let before = skipped > 1 ? v128.load(from - 16) : none;
  let costs0 = none;
  let costs1 = none;
  let costs2 = none;
  for (let i = 0; i < length; i += 4) {
    const four = v128.load(from + (<usize>i << 2));
    const counts = i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(length - i));
    costs0 = i32x4.add(costs0, v128.and(counts, halfBytes(four)));
    costs1 = i32x4.add(costs1, v128.and(counts, halfBytes(residual(before, four, all, none))));
    costs2 = i32x4.add(costs2, v128.and(counts, halfBytes(residual(before, four, all, all))));
    before = four;
  }
  const cost0 = sum(costs0);
  const cost1 = sum(costs1);
  const cost2 = sum(costs2);
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

/**
 * Writes what a prediction leaves of `count` integers as zig-zag varints, where `runs` says so with the number of zeros
 * that follow a zero; returns the place after them. `residuals` has room for three more, and may be the integers.
 */
export function writeIntegers(
  integers: usize, count: i32, by: i32, withRuns: bool, residuals: usize, start: usize,
): usize {
  const keepLast = i32x4.splat(by === 0 ? 0 : -1);
  const keepStep = i32x4.splat(by === 2 ? -1 : 0);
  let before = i32x4.splat(0);
  for (let i = 0; i < count; i += 4) {
    const four = v128.load(integers + (<usize>i << 2));
    v128.store(residuals + (<usize>i << 2), zigzag(residual(before, four, keepLast, keepStep)));
    before = four;
  }
  const end = residuals + (<usize>count << 2);
  let at = start;
  if (!withRuns) {
    for (let next = residuals; next < end; next += 4) at = writeVarint(load<u32>(next), at);
    return at;
  }
  for (let next = residuals; next < end; next += 4) {
    const value = load<u32>(next);
    at = writeVarint(value, at);
    if (value !== 0) continue;
    const first = next;
    while (next + 4 < end && load<u32>(next + 4) === 0) next += 4;
    at = writeVarint(<u32>((next - first) >> 2), at);
  }
  return at;
}
