/**
 * Raw SVI: total variance w(k) = a + b (rho (k - m) + sqrt((k - m)^2 + sigma^2)) at k = ln(K/F).
 * Source: J. Gatheral, A. Jacquier, "Arbitrage-free SVI volatility surfaces", Quantitative Finance 14 (2014).
 */
export interface SviParameters {
  a: number;
  /** >= 0 */
  b: number;
  /** In [-1, 1]. */
  rho: number;
  m: number;
  /** > 0 */
  sigma: number;
}

/** An open interval of log-moneyness. */
export interface KRange {
  from: number;
  to: number;
}

/** Total variance sigma^2 T at log-moneyness k = ln(K/F). */
export function sviTotalVariance(p: SviParameters, k: number): number {
  const y = k - p.m;
  return p.a + p.b * (p.rho * y + Math.sqrt(y * y + p.sigma * p.sigma));
}

/** Implied volatility at log-moneyness k, T > 0 in years; NaN where the total variance is negative. */
export function sviVolatility(p: SviParameters, k: number, yearFraction: number): number {
  return Math.sqrt(sviTotalVariance(p, k) / yearFraction);
}

/**
 * Durrleman's g(k) = (1 - k w'/(2w))^2 - (w'^2/4)(1/w + 1/4) + w''/2: the risk-neutral density has its sign, so a
 * slice is free of butterfly arbitrage where g >= 0. NaN where w <= 0.
 */
export function sviDensitySign(p: SviParameters, k: number): number {
  const y = k - p.m;
  const root = Math.sqrt(y * y + p.sigma * p.sigma);
  const w = p.a + p.b * (p.rho * y + root);
  if (!(w > 0)) return NaN;
  const slope = p.b * (p.rho + y / root);
  const curvature = (p.b * p.sigma * p.sigma) / (root * root * root);
  const bend = 1 - (0.5 * k * slope) / w;
  return bend * bend - 0.25 * slope * slope * (1 / w + 0.25) + 0.5 * curvature;
}

const GRID = 801;
const BISECTIONS = 40;

/** Where a function is negative on a range, on a grid, with the ends refined by bisection; NaN counts as negative. */
function negativeIntervals(f: (k: number) => number, range: KRange): KRange[] {
  const isNegative = (k: number) => !(f(k) >= 0);
  const at = (j: number) => range.from + ((range.to - range.from) * j) / (GRID - 1);
  const edge = (from: number, to: number) => {
    const startsNegative = isNegative(from);
    let [low, high] = [from, to];
    for (let n = 0; n < BISECTIONS; n++) {
      const middle = 0.5 * (low + high);
      if (isNegative(middle) === startsNegative) low = middle;
      else high = middle;
    }
    return 0.5 * (low + high);
  };
  const intervals: KRange[] = [];
  let from = isNegative(range.from) ? range.from : null;
  for (let j = 1; j < GRID; j++) {
    const negative = isNegative(at(j));
    if (negative && from === null) from = edge(at(j - 1), at(j));
    if (!negative && from !== null) {
      intervals.push({ from, to: edge(at(j - 1), at(j)) });
      from = null;
    }
  }
  if (from !== null) intervals.push({ from, to: range.to });
  return intervals;
}

const DEFAULT_RANGE: KRange = { from: -1.5, to: 1.5 };

export interface ButterflyCheck {
  /** Intervals where g < 0: butterfly arbitrage. Empty when there is none on the range. */
  violations: KRange[];
  /** The least g on the grid and where. */
  leastG: number;
  leastAt: number;
  /** Both wings within Lee's bound, b (1 + |rho|) <= 2. */
  wingsWithinBound: boolean;
}

/**
 * Butterfly check of a slice on a range of log-moneyness, -1.5 to 1.5 by default.
 * Source: Gatheral and Jacquier, section 2; R. Lee, "The moment formula for implied volatility at extreme
 * strikes", Mathematical Finance 14 (2004).
 */
export function sviButterflyCheck(p: SviParameters, range: KRange = DEFAULT_RANGE): ButterflyCheck {
  let leastG = Infinity;
  let leastAt = range.from;
  for (let j = 0; j < GRID; j++) {
    const k = range.from + ((range.to - range.from) * j) / (GRID - 1);
    const g = sviDensitySign(p, k);
    if (g < leastG) {
      leastG = g;
      leastAt = k;
    }
  }
  return {
    violations: negativeIntervals((k) => sviDensitySign(p, k), range),
    leastG,
    leastAt,
    wingsWithinBound: p.b * (1 + Math.abs(p.rho)) <= 2,
  };
}

/**
 * Calendar check of two slices of the same underlying: intervals of log-moneyness where the later expiry has the
 * smaller total variance. Empty when there is no calendar arbitrage on the range.
 */
export function sviCalendarViolations(
  near: SviParameters,
  far: SviParameters,
  range: KRange = DEFAULT_RANGE,
): KRange[] {
  return negativeIntervals((k) => sviTotalVariance(far, k) - sviTotalVariance(near, k), range);
}
