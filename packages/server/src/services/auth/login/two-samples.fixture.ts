/**
 * The two-sample Kolmogorov-Smirnov test: the largest distance of the two distribution functions, and how
 * probable one as large is when both samples come from one distribution (asymptotic, Numerical Recipes 14.3).
 */
export function compareSamples(a: readonly number[], b: readonly number[]): { distance: number; p: number } {
  const left = a.toSorted((x, y) => x - y);
  const right = b.toSorted((x, y) => x - y);
  let i = 0;
  let j = 0;
  let distance = 0;
  while (i < left.length && j < right.length) {
    const value = Math.min(left[i], right[j]);
    while (i < left.length && left[i] <= value) i += 1;
    while (j < right.length && right[j] <= value) j += 1;
    distance = Math.max(distance, Math.abs(i / left.length - j / right.length));
  }
  const size = Math.sqrt((left.length * right.length) / (left.length + right.length));
  return { distance, p: kolmogorov((size + 0.12 + 0.11 / size) * distance) };
}

function kolmogorov(lambda: number): number {
  if (lambda < 0.2) return 1;
  let sum = 0;
  for (let k = 1; k <= 100; k++) sum += (k % 2 === 1 ? 2 : -2) * Math.exp(-2 * k * k * lambda * lambda);
  return Math.min(1, Math.max(0, sum));
}
