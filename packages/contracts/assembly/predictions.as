// Integers of a column from their residuals, as src/codec/segment/prediction.ts has them.
export const TIME: i32 = 1;
const PLANE: i32 = 2;
export const STRIKE: i32 = 3;

@inline
function value(own: usize, i: i32): i32 {
  return load<i32>(own + (<usize>i << 2));
}

@inline
function put(own: usize, i: i32, integer: i32): void {
  store<i32>(own + (<usize>i << 2), integer);
}

/** Turns residuals of a column without gaps into its values, in place. */
export function accumulate(own: usize, count: i32, times: i32, by: i32): void {
  if (by === STRIKE) {
    for (let i = 1; i < times && i < count; i++) put(own, i, value(own, i) + value(own, i - 1));
    for (let i = times; i < count; i++) put(own, i, value(own, i) + value(own, i - times));
    return;
  }
  if (by !== TIME && by !== PLANE) return;
  for (let start = 0; start < count; start += times) {
    const isPlane = by === PLANE && start > 0;
    let last = value(own, start);
    if (isPlane && start >= 2 * times) last += 2 * value(own, start - times) - value(own, start - 2 * times);
    else if (start > 0) last += value(own, start - times);
    put(own, start, last);
    for (let i = start + 1; i < start + times; i++) {
      last += value(own, i);
      if (isPlane) last += value(own, i - times) - value(own, i - times - 1);
      put(own, i, last);
    }
  }
}

/** What stands for a cell that is not given. */
@inline
function standIn(own: usize, i: i32, time: i32, times: i32): i32 {
  return time > 0 ? value(own, i - 1) : i >= times ? value(own, i - times) : 0;
}

function predicted(own: usize, i: i32, time: i32, times: i32, by: i32): i32 {
  if (by === PLANE && time > 0) {
    return i >= times ? value(own, i - 1) + value(own, i - times) - value(own, i - times - 1) : value(own, i - 1);
  }
  if (by === PLANE && i >= 2 * times) return 2 * value(own, i - times) - value(own, i - 2 * times);
  if (by === STRIKE && i >= times) return value(own, i - times);
  return by === PLANE || by === STRIKE ? standIn(own, i, time, times) : 0;
}

/** The same of a column with gaps, at which the residuals are 0. */
export function accumulateGiven(own: usize, fitting: usize, count: i32, times: i32, by: i32): void {
  for (let i = 0, time = 0; i < count; i++) {
    const isGiven = load<u8>(fitting + <usize>i) !== 0;
    put(own, i, isGiven ? value(own, i) + predicted(own, i, time, times, by) : standIn(own, i, time, times));
    time = time + 1 === times ? 0 : time + 1;
  }
}
