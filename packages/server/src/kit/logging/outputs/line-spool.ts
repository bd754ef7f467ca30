/** Lines that follow each other; `first` is the number of the first of them. */
export interface SpooledLines {
  readonly first: number;
  readonly lines: readonly string[];
}

/** Lines that wait, oldest first, numbered from 1; when they are too long together the oldest go. */
export interface LineSpool {
  push(line: string): void;
  /** Up to `count` of the oldest, which stay; null when none waits. */
  peek(count: number): SpooledLines | null;
  /** Forgets what was passed on: those of the peek, as far as they have not gone meanwhile. */
  passed(lines: SpooledLines): void;
  waiting(): number;
  /** All that went before they were passed on. */
  dropped(): number;
}

/** What a line costs beside its characters. */
const LINE_OVERHEAD_BYTES = 64;
const COMPACT_ABOVE = 1_024; // Lines passed on that are still held by the list, before it is made anew.

export function createLineSpool(maxBytes: number): LineSpool {
  let lines: string[] = [];
  /** Index of the oldest in `lines`, and its number. */
  let begin = 0;
  let first = 1;
  let held = 0;
  let dropped = 0;

  const shift = () => {
    held -= lines[begin].length + LINE_OVERHEAD_BYTES;
    lines[begin] = '';
    begin += 1;
    first += 1;
    if (begin < COMPACT_ABOVE || 2 * begin < lines.length) return;
    lines = lines.slice(begin);
    begin = 0;
  };

  return {
    push(line) {
      lines.push(line);
      held += line.length + LINE_OVERHEAD_BYTES;
      while (held > maxBytes && begin < lines.length) {
        shift();
        dropped += 1;
      }
    },
    peek: (count) =>
      begin === lines.length ? null : { first, lines: lines.slice(begin, begin + Math.max(1, count)) },
    passed({ first: from, lines: gone }) {
      const until = from + gone.length;
      // What went meanwhile was counted as dropped and arrived all the same.
      dropped -= Math.max(0, Math.min(first, until) - from);
      while (first < until) shift();
    },
    waiting: () => lines.length - begin,
    dropped: () => dropped,
  };
}
