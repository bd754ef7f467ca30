/** sqrt(2 pi) and its reciprocal, correctly rounded. */
const SQRT_2PI = 2.5066282746310002;
export const INV_SQRT_2PI = 0.3989422804014327;

// a(u) = 1 - u M(u) = A(u)/Q(u) on [0, 16] to 3.4e-18; every coefficient is positive, so neither polynomial cancels.
const MILLS_A: readonly number[] = [
  1.0, 1.2208298064996772, 0.7647895827582628, 0.3113145807578377, 0.08938154862421764, 0.01862547520095449,
  0.0028088721539017924, 0.0002959419631833326, 1.987402937725011e-5, 6.559319474936013e-7,
];
const MILLS_Q: readonly number[] = [
  1.0, 2.4741439438151778, 2.865669165295329, 2.0554113833345213, 1.0168949859934862, 0.3654444120849583,
  0.09768883259854497, 0.01950936955071765, 0.002868494102013041, 0.0002979097624437841,
  1.9874029324858083e-5, 6.559319478718056e-7,
];
/** (Q(u) - A(u)) / u: the numerator of M itself, so that M(u) keeps full relative accuracy as u goes to 0. */
const MILLS_B: readonly number[] = [
  1.2533141373155008, 2.100879582537066, 1.7440968025766839, 0.9275134373692685, 0.34681893688400384,
  0.09487996044464318, 0.019213427587534318, 0.0028486200726357907, 0.0002972538304962905,
  1.9874029324858083e-5, 6.559319478718056e-7,
];

/** Where the rational approximation ends and the asymptotic series takes over. */
const RATIONAL_LIMIT = 16;
const ASYMPTOTIC_TERMS = 13;

function horner(coefficients: readonly number[], x: number): number {
  let sum = 0;
  for (let k = coefficients.length - 1; k >= 0; k--) sum = sum * x + coefficients[k];
  return sum;
}

/** 1 - u M(u) for 0 <= u <= 16 without cancellation. */
export function millsComplement(u: number): number {
  return horner(MILLS_A, u) / horner(MILLS_Q, u);
}

/**
 * Mills ratio M(z) = N(-z) / phi(z), the integral of exp(-z y - y^2/2) over y > 0, for every real z to a few
 * units in the last place. Grows like exp(z^2/2) for negative z and overflows to Infinity below -37.6.
 */
export function mills(z: number): number {
  if (z < 0) return SQRT_2PI * Math.exp(0.5 * z * z) - mills(-z);
  if (z <= RATIONAL_LIMIT) return horner(MILLS_B, z) / horner(MILLS_Q, z);
  const y = 1 / (z * z);
  let sum = 1;
  for (let k = ASYMPTOTIC_TERMS; k > 0; k--) sum = 1 - (2 * k - 1) * y * sum;
  return sum / z;
}

/** Standard normal distribution function, with full relative accuracy in the lower tail. */
export function normalCdf(z: number): number {
  if (z === Infinity) return 1;
  if (z === -Infinity) return 0;
  return z < 0 ? normalDensity(z) * mills(-z) : 1 - normalDensity(z) * mills(z);
}

function normalDensity(z: number): number {
  return INV_SQRT_2PI * Math.exp(-0.5 * z * z);
}

/**
 * M(h - t) - M(h + t) for h - t >= 15, t > 0, from the asymptotic series of both, subtracted term by term in
 * closed form: every term of the difference is a sum of positive numbers, so nothing cancels however small t is.
 */
export function millsDifferenceFar(h: number, t: number): number {
  const near = 1 / (h - t);
  const far = 1 / (h + t);
  const near2 = near * near;
  const far2 = far * far;
  const step = 2 * t * near * far;
  const squares = step * (near + far);
  let power = far;
  let difference = step;
  let factor = 1;
  let sum = step;
  for (let j = 0; j < ASYMPTOTIC_TERMS; j++) {
    difference = near2 * difference + power * squares;
    power *= far2;
    factor *= -(2 * j + 1);
    sum += factor * difference;
  }
  return sum;
}
