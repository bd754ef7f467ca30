import { black76Greeks } from '../black/black76.ts';

/** Volatilities of one expiry with what their prices are known to. */
export interface SmileQuotes {
  /** F > 0. */
  forward: number;
  /** T > 0 in years. */
  yearFraction: number;
  strikes: Float64Array;
  /** Annualised fractions. */
  ivs: Float64Array;
  /** Ask less bid, in the units of the price, at least a tick; NaN where there is no two-sided quote. */
  widths: Float64Array;
}

/**
 * Of the largest weight. A far wing's own is smaller than any noise; it still has a say where nothing nearer the money
 * contradicts it, and the normal equations stay well conditioned.
 */
const LEAST_SHARE = 1e-6;

/**
 * Weights for {@link fitSvi}: (vega / quote width)^2, so that the fit minimises the squared error of the price in units
 * of what the price is known to. A volatility without a two-sided quote is known as little as the worst quoted one;
 * where nothing is quoted, vega alone decides.
 *
 * @returns one weight a row, the largest 1; 0 where there is no volatility.
 * @throws RangeError naming a column whose length differs.
 */
export function smileWeights({ forward, yearFraction, strikes, ivs, widths }: SmileQuotes): Float64Array {
  for (const [name, column] of Object.entries({ ivs, widths })) {
    if (column.length !== strikes.length) {
      throw new RangeError(`column ${name} has ${column.length} rows, strikes has ${strikes.length}`);
    }
  }
  const given = widths.filter((width) => width > 0 && width < Infinity);
  const widest = given.reduce((a, b) => Math.max(a, b), 0) || 1;
  const weights = strikes.map((strike, i) => {
    const { vega } = black76Greeks(forward, strike, yearFraction, ivs[i], 1, 1);
    const width = widths[i] > 0 && widths[i] < Infinity ? widths[i] : widest;
    return vega >= 0 ? (vega / width) ** 2 : 0;
  });
  const largest = weights.reduce((a, b) => Math.max(a, b), 0);
  if (!(largest > 0 && largest < Infinity)) return weights.map((weight) => (weight >= 0 ? 1 : 0));
  return weights.map((weight, i) => (ivs[i] > 0 ? Math.max(LEAST_SHARE, weight / largest) : 0));
}
