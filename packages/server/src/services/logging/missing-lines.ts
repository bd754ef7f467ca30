import { LRUCache } from 'lru-cache';
import { joined, type Range } from './line-numbers.ts';

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
/** Gaps of one process; the oldest of more is settled at once. */
const MAX_GAPS = 256;

interface Process {
  ranges: readonly Range[];
  /** When each gap was seen first, by the number where it ends. */
  readonly since: Map<number, number>;
  /** First numbers of what came here, where a gap ends. */
  readonly here: Set<number>;
}

/** What came before the first line that is known of a process says nothing: this service was not there yet. */
export function createMissingLines(waitMs: number, now: () => number): MissingLines {
  const known = new LRUCache<string, Process>({ max: MAX_PROCESSES });
  /** Those with a gap. */
  const open = new Set<string>();
  return {
    came(process, first, count, here) {
      const held: Process = known.get(process) ?? { ranges: [], since: new Map(), here: new Set() };
      const base = held.ranges[0]?.[0] ?? first;
      const from = Math.max(first, base);
      if (from < first + count) held.ranges = joined(held.ranges, [from, first + count]);
      known.set(process, held);
      if (held.ranges.length === 1) return;
      if (here) held.here.add(first);
      open.add(process);
    },
    settle() {
      let missing = 0;
      for (const process of open) {
        const held = known.get(process);
        const found = held === undefined ? 0 : settled(held, waitMs, now());
        missing += found;
        if (held === undefined || held.ranges.length === 1) open.delete(process);
      }
      return missing;
    },
  };
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
