import { createGrowingCache } from '../../../kit/growing-cache.ts';
import type { Range } from './line-numbers.ts';

/** Lines that the bus lost: numbers between those that came, here or at another logging service. */
export interface MissingLines {
  /** Lines that came, in any order; `here`: to this service. */
  came(process: string, first: number, count: number, here: boolean): void;
  /**
   * How many have been missed for too long, ahead of lines that came here: each is counted once, by one service, and not when
   * it comes after all.
   */
  settle(): number;
}

/** Processes whose lines are known; the gaps of one that is forgotten are not counted. */
const MAX_PROCESSES = 10_000;
/** Gaps of one process; the oldest of more is settled when it is looked at next. */
const MAX_GAPS = 256;
/** Gaps of one process until then, as batches of a second that two services take in turns make them; of more the older half is settled at once. */
const MAX_GAPS_AT_ONCE = 8_192;

interface Process {
  /** Ascending and apart. */
  ranges: Range[];
  /** When each gap was seen first, by the number where it ends. */
  readonly since: Map<number, number>;
  /** First numbers of what came here, where a gap ends. */
  readonly here: Set<number>;
  /** Missed in gaps that were closed because there were too many. */
  missing: number;
}

/**
 * What came before the first line that is known of a process says nothing: this service was not there yet. What comes takes its
 * place by a binary search, so that many gaps cost no more for each line than few.
 */
export function createMissingLines(waitMs: number, now: () => number): MissingLines {
  const known = createGrowingCache<string, Process>(MAX_PROCESSES);
  /** Those with a gap. */
  const open = new Set<string>();
  return {
    came(process, first, count, here) {
      const held: Process = known.get(process) ?? {
        ...{ ranges: [], since: new Map(), here: new Set(), missing: 0 },
      };
      const base = held.ranges[0]?.[0] ?? first;
      const from = Math.max(first, base);
      if (from < first + count) include(held.ranges, from, first + count);
      known.set(process, held);
      if (held.ranges.length === 1) return;
      if (here) held.here.add(first);
      if (held.ranges.length > MAX_GAPS_AT_ONCE) closeOlder(held, MAX_GAPS_AT_ONCE / 2);
      open.add(process);
    },
    settle() {
      let missing = 0;
      for (const process of open) {
        const held = known.get(process);
        if (held !== undefined) {
          missing += held.missing + settled(held, waitMs, now());
          held.missing = 0;
        }
        if (held === undefined || held.ranges.length === 1) open.delete(process);
      }
      return missing;
    },
  };
}

/** Puts a range in its place; those that it touches become one with it. */
function include(ranges: Range[], first: number, end: number): void {
  // Nearly all that comes follows the last.
  let from = ranges.length;
  if (from > 0 && ranges[from - 1][1] >= first) {
    for (let low = 0; low < from; ) {
      const middle = (low + from) >> 1;
      if (ranges[middle][1] < first) low = middle + 1;
      else from = middle;
    }
  }
  let until = from;
  while (until < ranges.length && ranges[until][0] <= end) until += 1;
  if (until === from) ranges.splice(from, 0, [first, end]);
  else {
    const all: Range = [Math.min(first, ranges[from][0]), Math.max(end, ranges[until - 1][1])];
    ranges.splice(from, until - from, all);
  }
}

/** Closes so many gaps, the oldest. */
function closeOlder(held: Process, gaps: number): void {
  for (let i = 1; i <= gaps; i++) {
    const [first] = held.ranges[i];
    if (held.here.has(first)) held.missing += first - held.ranges[i - 1][1];
  }
  held.ranges.splice(0, gaps + 1, [held.ranges[0][0], held.ranges[gaps][1]]);
}

/** Closes gaps that are old enough; returns how many lines they have. */
function settled(held: Process, waitMs: number, nowMs: number): number {
  let missing = 0;
  const kept: Range[] = [];
  const ends = new Set<number>();
  for (const [i, [first, end]] of held.ranges.entries()) {
    const before = kept.at(-1);
    if (before === undefined) {
      kept.push([first, end]);
      continue;
    }
    const since = held.since.get(first) ?? nowMs;
    if (nowMs - since >= waitMs || held.ranges.length - i > MAX_GAPS) {
      if (held.here.has(first)) missing += first - before[1];
      kept[kept.length - 1] = [before[0], end];
      continue;
    }
    held.since.set(first, since);
    ends.add(first);
    kept.push([first, end]);
  }
  for (const end of held.since.keys()) if (!ends.has(end)) held.since.delete(end);
  for (const end of held.here) if (!ends.has(end)) held.here.delete(end);
  held.ranges = kept;
  return missing;
}
