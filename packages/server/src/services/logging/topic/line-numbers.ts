import { createGrowingCache } from '../../../kit/growing-cache.ts';

/** Which lines of each process were taken, by their numbers. */
export interface LineNumbers {
  /** Notes lines as taken. Says of each, by its place among them, whether it was not taken before. */
  take(process: string, first: number, count: number): (place: number) => boolean;
}

/** Processes whose lines are known; of one that is forgotten a batch may be stored twice. */
const MAX_PROCESSES = 10_000;
/** Ranges of one process, apart only where batches come late: the oldest is forgotten, and may be stored twice. */
const MAX_RANGES = 32;

/** Numbers from the first to below the end. */
export type Range = readonly [first: number, end: number];

/**
 * A batch of a consumer that died comes after batches that were sent later, and is as new as those: so it is not the newest
 * number that tells what was taken, but each range of them.
 */
export function createLineNumbers(): LineNumbers {
  const known = createGrowingCache<string, readonly Range[]>(MAX_PROCESSES);
  return {
    take(process, first, count) {
      const before = known.get(process) ?? [];
      known.set(process, joined(before, [first, first + count]).slice(-MAX_RANGES));
      return (place) => !before.some(([from, end]) => first + place >= from && first + place < end);
    },
  };
}

/** Ranges, ascending and apart, with one more: those that it touches become one with it. */
function joined(ranges: readonly Range[], [first, end]: Range): Range[] {
  const touched = ranges.filter(([from, until]) => from <= end && until >= first);
  const all: Range = [
    Math.min(first, ...touched.map(([from]) => from)),
    Math.max(end, ...touched.map(([, until]) => until)),
  ];
  return [...ranges.filter((range) => !touched.includes(range)), all].sort(([a], [b]) => a - b);
}
