/** At-the-money volatility of one expiry. */
export interface TermPoint {
  /** T in years, > 0. */
  yearFraction: number;
  iv: number;
}

export interface TermStructurePoint extends TermPoint {
  /** sigma^2 T. */
  totalVariance: number;
  /**
   * Volatility between the previous expiry and this one; null where total variance falls, which is calendar
   * arbitrage. The first point's is its own.
   */
  forwardIv: number | null;
}

function isUsable({ yearFraction, iv }: TermPoint): boolean {
  const totalVariance = iv * iv * yearFraction;
  return (
    yearFraction > 0 && yearFraction < Infinity && iv > 0 && totalVariance > 0 && totalVariance < Infinity
  );
}

/**
 * Term structure of at-the-money volatility: ascending in time, expiries without a volatility or a positive time
 * left out, of two at the same time the first kept.
 */
export function termStructure(points: readonly TermPoint[]): TermStructurePoint[] {
  const sorted = points.filter(isUsable).sort((a, b) => a.yearFraction - b.yearFraction);
  const result: TermStructurePoint[] = [];
  for (const { yearFraction, iv } of sorted) {
    const previous = result.at(-1);
    if (previous?.yearFraction === yearFraction) continue;
    const totalVariance = iv * iv * yearFraction;
    const variance = previous === undefined ? totalVariance : totalVariance - previous.totalVariance;
    const time = yearFraction - (previous?.yearFraction ?? 0);
    result.push({
      yearFraction,
      iv,
      totalVariance,
      forwardIv: variance >= 0 && time > 0 ? Math.sqrt(variance / time) : null,
    });
  }
  return result;
}

/**
 * Volatility at a constant maturity, linear in total variance between the two expiries around it.
 *
 * @param target years, > 0; 30 / 365 for the usual 30 days
 * @returns null unless the target lies between two expiries, or on one: nothing is extrapolated.
 */
export function constantMaturityIv(points: readonly TermPoint[], target: number): number | null {
  const usable = termStructure(points);
  const after = usable.findIndex((point) => point.yearFraction >= target);
  if (after < 0 || !(target > 0)) return null;
  const far = usable[after];
  if (far.yearFraction === target) return far.iv;
  if (after === 0) return null;
  const near = usable[after - 1];
  const weight = (target - near.yearFraction) / (far.yearFraction - near.yearFraction);
  const iv = Math.sqrt(((1 - weight) * near.totalVariance + weight * far.totalVariance) / target);
  return iv < Infinity ? iv : null;
}
