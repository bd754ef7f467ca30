import type { ByteReader, ByteWriter } from './byte-writer.ts';

/** Times are steps of this many milliseconds; 0: each is kept as it is. */
const AS_DOUBLES = 0;
const MAX_STEP = 2 ** 32; // Seven weeks in milliseconds; longer pauses are written as doubles.

/** Writes times in milliseconds: the first, and the steps between them by what divides all of these. */
export function writeTimes(times: readonly number[], out: ByteWriter): void {
  const steps = times.slice(1).map((time, i) => time - times[i]);
  const isStepped = times.every(Number.isSafeInteger) && steps.every((step) => step >= 0 && step < MAX_STEP);
  const unit = isStepped ? Math.max(1, steps.reduce(commonDivisor, 0)) : AS_DOUBLES;
  out.varint(unit);
  if (unit === AS_DOUBLES) {
    for (const time of times) out.double(time);
    return;
  }
  if (times.length > 0) out.double(times[0]);
  for (const step of steps) out.varint(step / unit);
}

export function readTimes(count: number, source: ByteReader): number[] {
  const unit = source.varint();
  if (unit === AS_DOUBLES || count === 0) return Array.from({ length: count }, () => source.double());
  const times = [source.double()];
  for (let i = 1; i < count; i++) times.push(times[i - 1] + unit * source.varint());
  return times;
}

function commonDivisor(one: number, other: number): number {
  let [a, b] = [one, other];
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}
