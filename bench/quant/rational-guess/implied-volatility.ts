import { inverseNormal } from './inverse-normal.ts';
import { density, normal } from './normal.ts';
import { normalisedCall, normalisedVega } from './normalised-black.ts';
import { controlParameter, interpolate } from './rational-cubic.ts';

const ITERATIONS = 2;
const LOWER_SCALE = (2 * Math.PI) / Math.sqrt(27);

function householder(newton: number, halley: number, third: number): number {
  return (1 + 0.5 * halley * newton) / (1 + newton * (halley + (third * newton) / 6));
}

function lowerGuess(beta: number, x: number, s: number, b: number): number {
  const ax = Math.abs(x);
  const z = ax / (Math.sqrt(3) * s);
  const y = z * z;
  const s2 = s * s;
  const tail = normal(-z);
  const f = LOWER_SCALE * ax * tail * tail * tail;
  const slope = 2 * Math.PI * y * tail * tail * Math.exp(y + s2 / 8);
  const second =
    ((Math.PI / 6) *
      y *
      tail *
      (8 * Math.sqrt(3) * s * ax + ((3 * s2 * (s2 - 8) - 8 * x * x) * tail) / density(z)) *
      Math.exp(2 * y + 0.25 * s2)) /
    (s2 * s);
  const r = controlParameter(0, b, 0, f, 1, slope, second, true, true);
  let value = interpolate(beta, 0, b, 0, f, 1, slope, r);
  if (!(value > 0)) {
    const t = beta / b;
    value = (f * t + b * (1 - t)) * t;
  }
  return Math.abs(x / (Math.sqrt(3) * inverseNormal(Math.cbrt(value / (LOWER_SCALE * ax)))));
}

function refineLower(beta: number, x: number, guess: number): number {
  const logBeta = Math.log(beta);
  let s = guess;
  for (let n = 0; n < ITERATIONS; n++) {
    const b = normalisedCall(x, s);
    const ratio = normalisedVega(x, s) / b;
    const logB = Math.log(b);
    const h = x / s;
    const first = (h * h) / s - 0.25 * s;
    const newton = ((logBeta - logB) * logB) / logBeta / ratio;
    const halley = first - ratio * (1 + 2 / logB);
    const third =
      first * first -
      3 * (h / s) * (h / s) -
      0.25 +
      2 * ratio * ratio * (1 + (3 / logB) * (1 + 1 / logB)) -
      3 * first * ratio * (1 + 2 / logB);
    s += newton * householder(newton, halley, third);
  }
  return s;
}

function refineMiddle(beta: number, x: number, guess: number): number {
  let s = guess;
  for (let n = 0; n < ITERATIONS; n++) {
    const newton = (beta - normalisedCall(x, s)) / normalisedVega(x, s);
    const h = x / s;
    const halley = (h * h) / s - 0.25 * s;
    s += newton * householder(newton, halley, halley * halley - 3 * (h / s) * (h / s) - 0.25);
  }
  return s;
}

function refineUpper(beta: number, x: number, most: number, guess: number): number {
  let s = guess;
  for (let n = 0; n < ITERATIONS; n++) {
    const rest = most - normalisedCall(x, s);
    const g = Math.log((most - beta) / rest);
    const ratio = normalisedVega(x, s) / rest;
    const h = x / s;
    const first = (h * h) / s - 0.25 * s;
    const newton = -g / ratio;
    const halley = first + ratio;
    const third = first * first - 3 * (h / s) * (h / s) - 0.25 + ratio * (2 * ratio + 3 * first);
    s += newton * householder(newton, halley, third);
  }
  return s;
}

/** Total deviation of a normalised out-of-the-money call price, x <= 0. */
function deviation(beta: number, x: number): number {
  const most = Math.exp(0.5 * x);
  const centre = Math.sqrt(Math.abs(2 * x));
  if (centre === 0) return -2 * inverseNormal(0.5 - 0.5 * beta);
  const bCentre = normalisedCall(x, centre);
  const vCentre = normalisedVega(x, centre);
  if (beta < bCentre) {
    const low = centre - bCentre / vCentre;
    const bLow = normalisedCall(x, low);
    if (beta < bLow) return refineLower(beta, x, lowerGuess(beta, x, low, bLow));
    const slopeLow = 1 / normalisedVega(x, low);
    const r = controlParameter(bLow, bCentre, low, centre, slopeLow, 1 / vCentre, 0, true, false);
    return refineMiddle(beta, x, interpolate(beta, bLow, bCentre, low, centre, slopeLow, 1 / vCentre, r));
  }
  const high = centre + (most - bCentre) / vCentre;
  const bHigh = normalisedCall(x, high);
  if (beta <= bHigh) {
    const slopeHigh = 1 / normalisedVega(x, high);
    const r = controlParameter(bCentre, bHigh, centre, high, 1 / vCentre, slopeHigh, 0, false, false);
    return refineMiddle(beta, x, interpolate(beta, bCentre, bHigh, centre, high, 1 / vCentre, slopeHigh, r));
  }
  const w = (x / high) ** 2;
  const tail = normal(-0.5 * high);
  const slopeTail = -0.5 * Math.exp(0.5 * w);
  const second = (Math.sqrt(Math.PI / 2) * Math.exp(w + 0.125 * high * high) * w) / high;
  const r = controlParameter(bHigh, most, tail, 0, slopeTail, -0.5, second, false, true);
  const f = interpolate(beta, bHigh, most, tail, 0, slopeTail, -0.5, r);
  const guess = f > 0 ? -2 * inverseNormal(f) : high;
  return beta > 0.5 * most ? refineUpper(beta, x, most, guess) : refineMiddle(beta, x, guess);
}

/**
 * Implied volatility by the transformed rational guess and two Householder steps: a plain port of the published
 * method to JavaScript, one option at a time, as the measure for the batch kernels.
 * Source: P. Jaeckel, "Let's be rational", Wilmott (2015).
 */
export function rationalGuessIv(
  undiscounted: number,
  forward: number,
  strike: number,
  yearFraction: number,
  side: number,
): number {
  const timeValue = undiscounted - Math.max(0, side * (forward - strike));
  const x = -Math.abs(Math.log(forward / strike));
  return deviation(timeValue / (Math.sqrt(forward) * Math.sqrt(strike)), x) / Math.sqrt(yearFraction);
}
