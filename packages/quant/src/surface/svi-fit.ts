import { type BoxSolution, type NormalEquations, solveBox } from './bounded-least-squares.ts';
import { minimisePlane } from './nelder-mead.ts';
import { type SviParameters, sviVolatility } from './svi.ts';

/** Volatilities of one expiry; out-of-the-money options, NaN where unknown. */
export interface SmilePoints {
  /** F > 0. */
  forward: number;
  /** T > 0 in years. */
  yearFraction: number;
  strikes: Float64Array;
  ivs: Float64Array;
  /** Relative weight of each squared error of volatility, >= 0; equal when absent. See {@link smileWeights}. */
  weights?: Float64Array;
  /** Volatility at the forward, which the curve is held to; free when null or absent. */
  atmIv?: number | null;
}

export interface SviFit extends SviParameters {
  /** Root mean square of fitted minus market volatility, in vol points (0.01 = one point is 1.0). */
  rmseVolPoints: number;
  /** The points that took part, in the order given, with the fitted volatility beside the market's. */
  points: { k: number; strike: number; iv: number; fittedIv: number }[];
}

const LEAST_POINTS = 5;

/**
 * What the at-the-money volatility counts for, times all points together. With the weights of {@link smileWeights} the
 * recorded SPX, SPXW and SPY chains then keep it to 0.15 volatility points (up to 1.1 without it), and the wings fit as
 * they do without it.
 */
const ATM_SHARE = 5;

/**
 * Share of a slope of 2 that a wing may reach. What is missing, 2^-50, is more than the six roundings between p and
 * q and b (1 + |rho|), so the parameters returned keep Lee's bound in doubles and not merely in exact arithmetic.
 */
const WITHIN_LEE = 1 - 2 ** -50;

interface FitData {
  k: Float64Array;
  variance: Float64Array;
  weight: Float64Array;
  most: number;
}

function gather(smile: SmilePoints): { data: FitData; rows: number[] } | null {
  const { forward, yearFraction, strikes, ivs, weights, atmIv } = smile;
  for (const [name, column] of Object.entries({ ivs, weights: weights ?? strikes })) {
    if (column.length !== strikes.length) {
      throw new RangeError(`column ${name} has ${column.length} rows, strikes has ${strikes.length}`);
    }
  }
  if (!(forward > 0 && forward < Infinity && yearFraction > 0 && yearFraction < Infinity)) return null;
  const rows = Array.from(strikes.keys()).filter((i) => {
    const weight = weights?.[i] ?? 1;
    return (
      ivs[i] > 0 &&
      ivs[i] < Infinity &&
      strikes[i] > 0 &&
      strikes[i] < Infinity &&
      weight > 0 &&
      weight < Infinity
    );
  });
  if (rows.length < LEAST_POINTS) return null;
  const k = rows.map((i) => Math.log(strikes[i] / forward));
  const sigma = rows.map((i) => ivs[i]);
  const share = rows.map((i) => weights?.[i] ?? 1);
  if (atmIv !== null && atmIv !== undefined && atmIv > 0 && atmIv < Infinity) {
    k.push(0);
    sigma.push(atmIv);
    share.push(ATM_SHARE * share.reduce((sum, each) => sum + each, 0));
  }
  const variance = Float64Array.from(sigma, (iv) => iv * iv * yearFraction);
  // d(sigma) = dw / (2 sigma T): least squares in total variance with this weight is least squares in volatility.
  const weight = Float64Array.from(sigma, (iv, j) => share[j] / (2 * iv * yearFraction) ** 2);
  return { data: { k: Float64Array.from(k), variance, weight, most: Math.max(...variance) }, rows };
}

/**
 * For given m and sigma, w = a + p (r + y) + q (r - y) with y = (k - m)/sigma, r = sqrt(y^2 + 1) is linear in a, p
 * and q, and every constraint is a box: p, q >= 0 keeps |rho| <= 1, and p, q <= sigma keeps the slopes of both
 * wings, 2 p / sigma = b (1 + rho) and 2 q / sigma = b (1 - rho), within Lee's bound of 2, at every step of the
 * search. Returns the weighted squares and leaves a, p, q in `solution`.
 */
function createInner(data: FitData) {
  const { k, variance, weight, most } = data;
  const equations: NormalEquations = { aa: 0, ap: 0, aq: 0, pp: 0, pq: 0, qq: 0, ay: 0, py: 0, qy: 0, yy: 0 };
  const solution: BoxSolution = { a: 0, p: 0, q: 0, residual: Infinity };
  const weightSum = weight.reduce((sum, c) => sum + c, 0);
  function solve(m: number, sigma: number): number {
    let [ap, aq, pp, qq, ay, py, qy, yy] = [0, 0, 0, 0, 0, 0, 0, 0];
    for (let i = 0; i < k.length; i++) {
      const y = (k[i] - m) / sigma;
      const r = Math.sqrt(y * y + 1);
      // r + y and r - y are each other's reciprocal; the larger is the one that is not a difference.
      const larger = r + Math.abs(y);
      const smaller = 1 / larger;
      const sum = y > 0 ? larger : smaller;
      const difference = y > 0 ? smaller : larger;
      const c = weight[i];
      const cw = c * variance[i];
      ap += c * sum;
      aq += c * difference;
      pp += c * sum * sum;
      qq += c * difference * difference;
      ay += cw;
      py += cw * sum;
      qy += cw * difference;
      yy += cw * variance[i];
    }
    Object.assign(equations, { aa: weightSum, ap, aq, pp, pq: weightSum, qq, ay, py, qy, yy });
    const box = { lowA: -Infinity, highA: most, most: sigma * WITHIN_LEE };
    solveBox(equations, box, solution);
    // The least total variance of the slice is a + 2 sqrt(p q); a slice that dips below 0 is fitted again above it.
    if (!(solution.a + 2 * Math.sqrt(solution.p * solution.q) >= 0)) {
      solveBox(equations, { ...box, lowA: 0 }, solution);
    }
    return solution.residual;
  }
  return { solve, solution };
}

/** Where the search begins: m in spreads from the centre of the weight, sigma in spreads. */
const STARTS_M = [-3, -1.5, -0.5, 0, 0.5, 1.5, 3];
const STARTS_SIGMA = [0.2, 0.8, 2.5];

/** Weighted mean and deviation of the log-moneyness: where the weight lies, however far the last quotes are. */
function bulk({ k, weight }: FitData): { centre: number; spread: number } {
  const sum = weight.reduce((total, c) => total + c, 0);
  const centre = k.reduce((total, each, i) => total + weight[i] * each, 0) / sum;
  const square = k.reduce((total, each, i) => total + weight[i] * (each - centre) ** 2, 0) / sum;
  return { centre, spread: Math.sqrt(square) };
}

/**
 * Fits raw SVI to one expiry by least squares in volatility. Outer search over m and ln(sigma) by Nelder-Mead from
 * the best of a coarse grid, inner problem solved exactly within its constraints: b >= 0, |rho| <= 1, Lee's bound on both
 * wings, total variance never negative. Butterfly arbitrage is not excluded; see {@link sviButterflyCheck}.
 *
 * @returns null with fewer than 5 usable points, or when forward or time is not positive.
 * @throws RangeError naming a column whose length differs.
 * Source: Zeliade Systems, "Quasi-explicit calibration of Gatheral's SVI model" (2009), with the box constraints
 * that follow from the slopes of the wings.
 */
export function fitSvi(smile: SmilePoints): SviFit | null {
  const gathered = gather(smile);
  if (gathered === null) return null;
  const { data, rows } = gathered;
  const { solve, solution } = createInner(data);
  const lowest = Math.min(...data.k);
  const width = Math.max(...data.k) - lowest;
  if (!(width > 0)) return null;
  const { centre, spread } = bulk(data);
  // m may lie outside the quotes, where one wing is all there is; sigma from a kink to a parabola.
  const objective = (m: number, logSigma: number) => {
    const outside = Math.max(0, lowest - width - m, m - lowest - 2 * width);
    return solve(m, width * Math.exp(Math.min(3, Math.max(-9, logSigma)))) * (1 + outside / width);
  };
  let start = { m: centre, logSigma: 0, value: Infinity };
  for (const shareM of STARTS_M) {
    for (const shareSigma of STARTS_SIGMA) {
      const m = centre + shareM * spread;
      const logSigma = Math.log((shareSigma * spread) / width);
      const value = objective(m, logSigma);
      if (value < start.value) start = { m, logSigma, value };
    }
  }
  if (start.value === Infinity) return null;
  const best = minimisePlane(objective, start.m, start.logSigma, 0.5 * spread, 0.5);
  const sigma = width * Math.exp(Math.min(3, Math.max(-9, best.y)));
  solve(best.x, sigma);
  const { a, p, q } = solution;
  const b = (p + q) / sigma;
  const parameters = { a, b, rho: b > 0 ? (p - q) / (p + q) : 0, m: best.x, sigma };
  const points = rows.map((i, j) => ({
    k: data.k[j],
    strike: smile.strikes[i],
    iv: smile.ivs[i],
    fittedIv: sviVolatility(parameters, data.k[j], smile.yearFraction),
  }));
  const squares = points.reduce((sum, { iv, fittedIv }) => sum + (fittedIv - iv) ** 2, 0);
  return { ...parameters, rmseVolPoints: 100 * Math.sqrt(squares / points.length), points };
}
