/** Parameters of the surface w(k, theta) of Gatheral and Jacquier with phi(theta) = eta / sqrt(theta (1 + theta)). */
export interface SmileParameters {
  /** At-the-money volatility, annualised fraction, the same for every expiry. */
  readonly volatility: number;
  /** Skew, in (-1, 1); negative lifts the puts. */
  readonly rho: number;
  /** Curvature, > 0. */
  readonly eta: number;
}

/**
 * True when the surface has neither butterfly nor calendar arbitrage: |rho| < 1 and eta (1 + |rho|) <= 2,
 * with at-the-money variance rising in time, which a constant volatility gives.
 * Source: J. Gatheral, A. Jacquier, "Arbitrage-free SVI volatility surfaces", Quantitative Finance 14
 * (2014), corollary 4.1 and section 4.
 */
export function isArbitrageFree({ volatility, rho, eta }: SmileParameters): boolean {
  return (
    volatility > 0 && volatility < Infinity && Math.abs(rho) < 1 && eta > 0 && eta * (1 + Math.abs(rho)) <= 2
  );
}

/**
 * Total implied variance at log-moneyness k = ln(K / F).
 *
 * @param yearFraction T > 0 in years
 */
export function totalVariance(smile: SmileParameters, k: number, yearFraction: number): number {
  const { volatility, rho, eta } = smile;
  const theta = volatility * volatility * yearFraction;
  const phi = eta / Math.sqrt(theta * (1 + theta));
  const x = phi * k + rho;
  return (theta / 2) * (1 + rho * phi * k + Math.sqrt(x * x + 1 - rho * rho));
}

/** Implied volatility, annualised fraction, at log-moneyness k. */
export function smileVolatility(smile: SmileParameters, k: number, yearFraction: number): number {
  return Math.sqrt(totalVariance(smile, k, yearFraction) / yearFraction);
}
