import { mills, normal } from './normal.ts';

const INV_SQRT_2PI = 0.3989422804014327;

/** db/ds for x <= 0. */
export function normalisedVega(x: number, s: number): number {
  const h = x / s;
  return INV_SQRT_2PI * Math.exp(-0.5 * (h * h + 0.25 * s * s));
}

/** Subtracts the two asymptotic series term by term. */
function asymptotic(h: number, t: number): number {
  const near = 1 / (h - t);
  const far = 1 / (h + t);
  const near2 = near * near;
  const far2 = far * far;
  let power = far;
  let difference = near - far;
  const squares = near2 - far2;
  let sum = difference;
  let factor = 1;
  for (let j = 0; j < 11; j++) {
    difference = near2 * difference + power * squares;
    power *= far2;
    factor *= -(2 * j + 1);
    sum += factor * difference;
  }
  return sum;
}

/** Taylor series of M(h - t) - M(h + t) in t, its coefficients the repeated integrals of M. */
function smallDeviation(h: number, t: number): number {
  const m = mills(h);
  const i1 = 1 - h * m;
  const i2 = m - h * i1;
  const i3 = 2 * i1 - h * i2;
  const i4 = 3 * i2 - h * i3;
  const i5 = 4 * i3 - h * i4;
  const i6 = 5 * i4 - h * i5;
  const i7 = 6 * i5 - h * i6;
  const i8 = 7 * i6 - h * i7;
  const i9 = 8 * i7 - h * i8;
  const i10 = 9 * i8 - h * i9;
  const i11 = 10 * i9 - h * i10;
  const i12 = 11 * i10 - h * i11;
  const i13 = 12 * i11 - h * i12;
  const w = t * t;
  return (
    2 *
    t *
    (i1 +
      (w / 6) *
        (i3 + (w / 20) * (i5 + (w / 42) * (i7 + (w / 72) * (i9 + (w / 110) * (i11 + (w / 156) * i13))))))
  );
}

/** Normalised call price for x <= 0, by the four regions of the paper. */
export function normalisedCall(x: number, s: number): number {
  const h = -x / s;
  const t = 0.5 * s;
  if (h > 10 && h - t > 9.79) return normalisedVega(x, s) * asymptotic(h, t);
  if (t < 0.21) return normalisedVega(x, s) * smallDeviation(h, t);
  if (t - h > 0.85) return normal(t - h) * Math.exp(0.5 * x) - normal(-t - h) * Math.exp(-0.5 * x);
  return normalisedVega(x, s) * (mills(h - t) - mills(h + t));
}
