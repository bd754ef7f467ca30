import { INV_SQRT_2PI, normalCdf } from '../black/mills.ts';
import { type SviParameters, sviDensitySign, sviTotalVariance } from './svi.ts';

const normalDensity = (z: number) => INV_SQRT_2PI * Math.exp(-0.5 * z * z);

/** d2 of Black-76 at log-moneyness k and total variance w. */
const d2 = (k: number, w: number) => -k / Math.sqrt(w) - 0.5 * Math.sqrt(w);

/** dw/dk. */
function slopeOf({ b, rho, m, sigma }: SviParameters, k: number): number {
  const y = k - m;
  return b * (rho + y / Math.sqrt(y * y + sigma * sigma));
}

/**
 * Density of the underlying at expiry that the prices of a slice imply, per unit of the underlying at the level
 * K = F e^k: the second derivative of the undiscounted call price by strike, g(k) phi(d2) / (K sqrt(w)), analytically.
 * Negative where the slice has butterfly arbitrage; NaN where its total variance is not positive.
 *
 * Source: D. Breeden, R. Litzenberger, "Prices of State-contingent Claims Implicit in Option Prices", Journal of
 * Business 51 (1978); Gatheral and Jacquier (2014), section 2.
 */
export function sviDensity(p: SviParameters, forward: number, k: number): number {
  const w = sviTotalVariance(p, k);
  return (sviDensitySign(p, k) * normalDensity(d2(k, w))) / (forward * Math.exp(k) * Math.sqrt(w));
}

/**
 * P(S_T < K) at K = F e^k, the first derivative of the undiscounted put price by strike: N(-d2) + phi(d2) w' / (2 sqrt(w)).
 * It falls where the slice has butterfly arbitrage; NaN where its total variance is not positive.
 */
export function sviProbabilityBelow(p: SviParameters, k: number): number {
  const w = sviTotalVariance(p, k);
  if (!(w > 0)) return Number.NaN;
  const z = d2(k, w);
  return normalCdf(-z) + (normalDensity(z) * slopeOf(p, k)) / (2 * Math.sqrt(w));
}

/**
 * Probability that the underlying touches K = F e^k before expiry, by twice the probability that it ends beyond it, at
 * most 1: exact by the reflection principle for a driftless symmetric walk, an approximation otherwise.
 *
 * @param below P(S_T < K), of {@link sviProbabilityBelow}
 */
export function touchProbability(k: number, below: number): number {
  const beyond = k < 0 ? below : 1 - below;
  return Math.min(1, 2 * beyond);
}
