/** Counts of latencies in steps of a tenth of a millisecond; small enough to send between processes. */
export type LatencyCounts = Readonly<Record<string, number>>;

const STEPS_PER_MS = 10;

export interface LatencyHistogram {
  record(milliseconds: number): void;
  reset(): void;
  counts(): LatencyCounts;
}

export function createLatencyHistogram(): LatencyHistogram {
  const steps = new Map<number, number>();
  return {
    record(milliseconds) {
      const step = Math.max(0, Math.round(milliseconds * STEPS_PER_MS));
      steps.set(step, (steps.get(step) ?? 0) + 1);
    },
    reset: () => steps.clear(),
    counts: () => Object.fromEntries(steps),
  };
}

/** The latency below which a share of all counts lies, milliseconds; NaN of nothing. */
export function latencyQuantile(all: readonly LatencyCounts[], share: number): number {
  const steps = new Map<number, number>();
  let total = 0;
  for (const counts of all) {
    for (const [step, count] of Object.entries(counts)) {
      steps.set(Number(step), (steps.get(Number(step)) ?? 0) + count);
      total += count;
    }
  }
  let below = 0;
  for (const [step, count] of [...steps].sort(([a], [b]) => a - b)) {
    below += count;
    if (below >= share * total) return step / STEPS_PER_MS;
  }
  return Number.NaN;
}
