import type { NumberFormat } from '../format/format.ts';

/** Half of the usual gap between neighbours, so that the bars at both ends are complete. */
function margin(strikes: readonly number[]): number {
  const gaps = strikes.slice(1).map((strike, i) => strike - strikes[i]);
  const [median = 0] = gaps.toSorted((a, b) => a - b).slice(Math.floor(gaps.length / 2));
  return median / 2 || 1;
}

/** A horizontal axis of strikes in their true distances, so that a price between two of them has its place. */
export function strikeAxis(strikes: readonly number[], format: NumberFormat) {
  const beside = margin(strikes);
  return {
    type: 'value',
    min: (strikes.at(0) ?? 0) - beside,
    max: (strikes.at(-1) ?? 0) + beside,
    splitLine: { show: false },
    // Both ends lie between strikes.
    axisLabel: { formatter: format, showMinLabel: false, showMaxLabel: false },
    axisPointer: { label: { formatter: ({ value }: { value: number }) => format(value) } },
  };
}
