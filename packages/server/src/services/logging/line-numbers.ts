import { LRUCache } from 'lru-cache';

/** Which lines of each process were taken, by their numbers. */
export interface LineNumbers {
  /** Notes lines as taken. */
  take(process: string, first: number, count: number): TakenLines;
}

export interface TakenLines {
  /** Whether a line was not taken before, by its place among the lines. */
  isNew(place: number): boolean;
  /** Lines between the newest that was taken before and these. */
  readonly missing: number;
}

/** Processes whose lines are known; of one that is forgotten a batch may be stored twice. */
const MAX_PROCESSES = 10_000;
/** Ranges of one process, apart only where batches come late: the oldest is forgotten, and may be stored twice. */
const MAX_RANGES = 32;

type Range = readonly [first: number, end: number];

/**
 * A batch of a consumer that died comes after batches that were sent later, and is as new as those: so it is not the newest
 * number that tells what was taken, but each range of them.
 */
export function createLineNumbers(): LineNumbers {
  const known = new LRUCache<string, readonly Range[]>({ max: MAX_PROCESSES });
  return {
    take(process, first, count) {
      const before = known.get(process) ?? [];
      known.set(process, joined(before, [first, first + count]).slice(-MAX_RANGES));
      const newest = before.at(-1);
      return {
        isNew: (place) => !before.some(([from, end]) => first + place >= from && first + place < end),
        missing: newest === undefined ? 0 : Math.max(0, first - newest[1]),
      };
    },
  };
}

/** Ranges, ascending and apart, with one more: those that it touches become one with it. */
function joined(ranges: readonly Range[], [first, end]: Range): Range[] {
  const touched = ranges.filter(([from, until]) => from <= end && until >= first);
  const whole: Range = [
    Math.min(first, ...touched.map(([from]) => from)),
    Math.max(end, ...touched.map(([, until]) => until)),
  ];
  return [...ranges.filter((range) => !touched.includes(range)), whole].sort(([a], [b]) => a - b);
}
