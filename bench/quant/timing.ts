export interface Candidate {
  name: string;
  /** How many items one run handles. */
  items: number;
  run(): void;
}

export interface Timing {
  name: string;
  /** Median over rounds, nanoseconds per item. */
  nanoseconds: number;
}

/** As a share of the rounds that count. */
const WARM_UP = 0.25;

/**
 * Times candidates in interleaved rounds, each once a round in an order that rotates, so that a slow spell of the
 * machine falls on all of them. Reports the median of each.
 */
export function measure(candidates: readonly Candidate[], rounds = 61): Timing[] {
  const warmUpRounds = Math.ceil(WARM_UP * rounds);
  const samples = candidates.map(() => [] as number[]);
  for (let round = -warmUpRounds; round < rounds; round++) {
    for (let n = 0; n < candidates.length; n++) {
      const index = (n + round + warmUpRounds) % candidates.length;
      const start = process.hrtime.bigint();
      candidates[index].run();
      const elapsed = Number(process.hrtime.bigint() - start);
      if (round >= 0) samples[index].push(elapsed / candidates[index].items);
    }
  }
  return candidates.map(({ name }, index) => {
    const sorted = samples[index].toSorted((a, b) => a - b);
    return { name, nanoseconds: sorted[sorted.length >> 1] };
  });
}

/**
 * The same candidates over parts of a set, one part a round: a round of some hundred microseconds is seldom broken into by
 * another process, which one over the entire set is on a busy machine. Parts have the same number of items.
 */
export function byParts(parts: readonly (readonly Candidate[])[]): Candidate[] {
  return parts[0].map(({ name, items }, index) => {
    let turn = 0;
    return { name, items, run: () => parts[turn++ % parts.length][index].run() };
  });
}

/** One run repeated often enough to be timed: for work of a few microseconds. */
export function repeated(name: string, times: number, work: () => void): Candidate {
  return {
    name,
    items: times,
    run() {
      for (let i = 0; i < times; i++) work();
    },
  };
}

/** A table in plain text, its first column to the left and the others to the right. */
export function printTable(
  title: string,
  header: readonly string[],
  rows: readonly (readonly string[])[],
): void {
  const widths = header.map((cell, c) => Math.max(cell.length, ...rows.map((row) => row[c].length)));
  const line = (cells: readonly string[]) =>
    cells.map((cell, c) => (c === 0 ? cell.padEnd(widths[c]) : cell.padStart(widths[c]))).join('  ');
  console.log(`\n${title}\n${line(header)}\n${widths.map((width) => '-'.repeat(width)).join('  ')}`);
  for (const row of rows) console.log(line(row));
}
