import { minimisePlane } from './nelder-mead.ts';
import { type KRange, type SviParameters, sviVolatility } from './svi.ts';
import { createSviInner, type SviObservations, type VarianceBounds } from './svi-inner.ts';

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

function gather(smile: SmilePoints): { data: SviObservations; rows: number[] } | null {
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

/** Where the search begins: m in spreads from the centre of the weight, sigma in spreads. */
const STARTS_M = [-3, -1.5, -0.5, 0, 0.5, 1.5, 3];
const STARTS_SIGMA = [0.2, 0.8, 2.5];

/** Weighted mean and deviation of the log-moneyness: where the weight lies, however far the last quotes are. */
function bulk({ k, weight }: SviObservations): { centre: number; spread: number } {
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
  const search = createSviSearch(smile);
  const parameters = search?.find() ?? null;
  return search && parameters && search.fitOf(parameters);
}

/** The search for the curve of one expiry, which {@link repairCalendar} repeats within bounds. */
export interface SviSearch {
  /**
   * The best curve; null where nothing is finite.
   *
   * @param again what the curve should lie between, besides, whose squared excess counts, and the curve found before,
   * where the search begins
   */
  find(again?: { readonly bounds: VarianceBounds; readonly start: SviParameters }): SviParameters | null;
  fitOf(parameters: SviParameters): SviFit;
  /** From the first to the last point. */
  readonly range: KRange;
}

/**
 * @returns null with fewer than 5 usable points or all at one strike, or when forward or time is not positive.
 * @throws RangeError naming a column whose length differs.
 */
export function createSviSearch(smile: SmilePoints): SviSearch | null {
  const gathered = gather(smile);
  if (gathered === null) return null;
  const { data, rows } = gathered;
  const lowest = Math.min(...data.k);
  const width = Math.max(...data.k) - lowest;
  if (!(width > 0)) return null;
  const around = { lowest, width, ...bulk(data) };
  return {
    range: { from: data.k[0], to: data.k[rows.length - 1] },
    find: (again) => search(data, around, again?.bounds ?? null, again?.start ?? null),
    fitOf(parameters) {
      const points = rows.map((i, j) => ({
        k: data.k[j],
        strike: smile.strikes[i],
        iv: smile.ivs[i],
        fittedIv: sviVolatility(parameters, data.k[j], smile.yearFraction),
      }));
      const squares = points.reduce((sum, { iv, fittedIv }) => sum + (fittedIv - iv) ** 2, 0);
      return { ...parameters, rmseVolPoints: 100 * Math.sqrt(squares / points.length), points };
    },
  };
}

function search(
  data: SviObservations,
  { lowest, width, centre, spread }: Record<'lowest' | 'width' | 'centre' | 'spread', number>,
  bounds: VarianceBounds | null,
  before: SviParameters | null,
): SviParameters | null {
  const { solve, solution } = createSviInner(data, bounds);
  // m may lie outside the quotes, where one wing is all there is; sigma from a kink to a parabola.
  const objective = (m: number, logSigma: number) => {
    const outside = Math.max(0, lowest - width - m, m - lowest - 2 * width);
    return solve(m, width * Math.exp(Math.min(3, Math.max(-9, logSigma)))) * (1 + outside / width);
  };
  let start = { m: centre, logSigma: 0, value: Infinity };
  for (const shareM of before ? [] : STARTS_M) {
    for (const shareSigma of STARTS_SIGMA) {
      const m = centre + shareM * spread;
      const logSigma = Math.log((shareSigma * spread) / width);
      const value = objective(m, logSigma);
      if (value < start.value) start = { m, logSigma, value };
    }
  }
  if (before) {
    const [m, logSigma] = [before.m, Math.log(before.sigma / width)];
    const value = objective(m, logSigma);
    if (value <= start.value) start = { m, logSigma, value };
  }
  if (start.value === Infinity) return null;
  const best = minimisePlane(objective, start.m, start.logSigma, 0.5 * spread, 0.5);
  const sigma = width * Math.exp(Math.min(3, Math.max(-9, best.y)));
  solve(best.x, sigma);
  const { a, p, q } = solution;
  const b = (p + q) / sigma;
  const rho = b > 0 ? (p - q) / (p + q) : 0;
  return { a: Math.max(a, leastLevel(b, rho, sigma)), b, rho, m: best.x, sigma };
}

/** The level of a curve that touches zero, above by what its evaluation loses in rounding: no volatility of it is NaN. */
const leastLevel = (b: number, rho: number, sigma: number): number =>
  -b * sigma * Math.sqrt(1 - rho * rho) * (1 - 8 * Number.EPSILON);
