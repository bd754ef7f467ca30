/**
 * The two-sample Kolmogorov-Smirnov distance: the largest distance of the two distribution functions, from 0 to 1.
 * The best threshold tells a value of one sample from one of the other with a probability of (1 + distance) / 2.
 */
export function distributionDistance(a: readonly number[], b: readonly number[]): number {
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
  return distance;
}
