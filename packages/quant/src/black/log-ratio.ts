import { quotientError, sumError } from './double-double.ts';

// atanh(w)/w = 1 + w^2 P(w^2), |w| < 0.34; exact to rounding as w goes to 0.
const ATANH_P = [
  0.3333333333333334, 0.19999999999995388, 0.14285714286509657, 0.11111111042766135, 0.09090912497632639,
  0.0769220117960849, 0.06668839744255527, 0.058530583424161085, 0.055204940039329534, 0.03363108585661559,
  0.08459819380601788,
];
const NEAR = 0.34;

/** atanh(w) - w. */
function atanhExcess(w: number): number {
  const w2 = w * w;
  let p = ATANH_P[10];
  for (let k = 9; k >= 0; k--) p = p * w2 + ATANH_P[k];
  return w * w2 * p;
}

/**
 * ln(a / b) of two positive numbers, with full relative accuracy however close they are: a plain logarithm of the
 * ratio keeps only the digits that survive the division.
 */
export function logRatio(a: number, b: number): number {
  const w = (a - b) / (a + b);
  if (w > -NEAR && w < NEAR && a + b < Infinity) return 2 * w + 2 * atanhExcess(w);
  const ratio = a / b;
  // Outside the normal range of doubles the ratio itself is lost, its logarithm is not.
  if (ratio > 1e-300 && ratio < 1e300) return Math.log(ratio);
  return Math.log(a) - Math.log(b);
}

/** What {@link logRatio} lost in rounding, where a and b are within a factor of two; 0 elsewhere. */
export function logRatioError(a: number, b: number): number {
  const difference = a - b;
  const sum = a + b;
  const w = difference / sum;
  if (!(w > -NEAR && w < NEAR && sum < Infinity)) return 0;
  const excess = 2 * atanhExcess(w);
  const wLow = quotientError(difference, sumError(a, -b, difference), sum, sumError(a, b, sum), w);
  return sumError(2 * w, excess, 2 * w + excess) + 2 * wLow;
}
