/** The value below which a share of the sorted samples lies. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

export const median = (samples: readonly number[]): number => quantile(samples, 0.5);

/** Microseconds of one call, per round; rounds of all candidates alternate, so a drifting machine treats them alike. */
export function interleave<Name extends string>(
  candidates: Readonly<Record<Name, () => void>>,
  options: { readonly rounds: number; readonly callsPerRound: number },
): Record<Name, number[]> {
  const names = Object.keys(candidates) as Name[];
  const samples = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = -1; round < options.rounds; round++) {
    for (const name of names) {
      const call = candidates[name];
      const begun = performance.now();
      for (let i = 0; i < options.callsPerRound; i++) call();
      const microseconds = ((performance.now() - begun) * 1000) / options.callsPerRound;
      if (round >= 0) samples[name].push(microseconds);
    }
  }
  return samples;
}
