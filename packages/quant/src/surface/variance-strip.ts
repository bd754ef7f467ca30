/** Quotes of one expiry by strike; row i of each column belongs to strikes[i]. A bid of 0 is no bid. */
export interface StripQuotes {
  /** Ascending, distinct. */
  strikes: Float64Array;
  callBid: Float64Array;
  callAsk: Float64Array;
  putBid: Float64Array;
  putAsk: Float64Array;
  /** T in years; the index counts it in minutes. */
  yearFraction: number;
  /** Continuously compounded rate, per year. */
  rate: number;
}

export interface VarianceStrip {
  /** Annualised variance sigma^2 of the expiry. */
  variance: number;
  /** Forward from parity at the strike of least |C - P|. */
  forward: number;
  /** The strike at or next below the forward. */
  centre: number;
  /** Options that entered the sum, the centre counted once. */
  optionsUsed: number;
}

/** Rows from `start` outwards whose bid is not zero, up to two zero bids in a row. */
function quotedRows(bid: Float64Array, start: number, direction: 1 | -1): number[] {
  const rows: number[] = [];
  let zeros = 0;
  for (let i = start; i >= 0 && i < bid.length && zeros < 2; i += direction) {
    if (bid[i] > 0) {
      rows.push(i);
      zeros = 0;
    } else zeros++;
  }
  return rows;
}

/**
 * Model-free variance of one expiry: sigma^2 = (2/T) sum dK/K^2 e^(RT) Q(K) - (1/T) (F/K0 - 1)^2 over
 * out-of-the-money mids, puts below K0, calls above, both averaged at it. Strikes without a bid are left out, and
 * nothing is taken beyond two consecutive ones; dK is half the distance between neighbours, one-sided at the ends.
 *
 * @returns null when no strike has both mids, T is not positive, or fewer than 3 options are quoted.
 * @throws RangeError naming a column whose length differs, or when the strikes do not ascend.
 * Source: CBOE, "The CBOE Volatility Index - VIX" (white paper, 2009).
 */
export function varianceStrip(quotes: StripQuotes): VarianceStrip | null {
  const { strikes, callBid, callAsk, putBid, putAsk, yearFraction, rate } = quotes;
  for (const [name, column] of Object.entries({ callBid, callAsk, putBid, putAsk })) {
    if (column.length !== strikes.length) {
      throw new RangeError(`column ${name} has ${column.length} rows, strikes has ${strikes.length}`);
    }
  }
  for (let i = 1; i < strikes.length; i++) {
    if (!(strikes[i] > strikes[i - 1])) throw new RangeError('column strikes must ascend');
  }
  if (!(yearFraction > 0 && yearFraction < Infinity && Number.isFinite(rate))) return null;
  const growth = Math.exp(rate * yearFraction);
  const call = (i: number) => 0.5 * (callBid[i] + callAsk[i]);
  const put = (i: number) => 0.5 * (putBid[i] + putAsk[i]);
  let nearest = -1;
  for (let i = 0; i < strikes.length; i++) {
    if (!(callBid[i] > 0 && putBid[i] > 0 && Number.isFinite(call(i) + put(i)))) continue;
    if (nearest < 0 || Math.abs(call(i) - put(i)) < Math.abs(call(nearest) - put(nearest))) nearest = i;
  }
  if (nearest < 0) return null;
  const forward = strikes[nearest] + growth * (call(nearest) - put(nearest));
  const centre = strikes.findLastIndex((strike) => strike <= forward);
  if (centre < 0) return null;

  const puts = quotedRows(putBid, centre - 1, -1).reverse();
  const rows = [...puts, centre, ...quotedRows(callBid, centre + 1, 1)];
  if (rows.length < 3) return null;
  let sum = 0;
  rows.forEach((row, j) => {
    const left = rows[Math.max(0, j - 1)];
    const right = rows[Math.min(rows.length - 1, j + 1)];
    const width = (strikes[right] - strikes[left]) / (j === 0 || j === rows.length - 1 ? 1 : 2);
    const price = row < centre ? put(row) : row > centre ? call(row) : 0.5 * (put(row) + call(row));
    sum += (width / (strikes[row] * strikes[row])) * growth * price;
  });
  const variance = (2 * sum - (forward / strikes[centre] - 1) ** 2) / yearFraction;
  if (!Number.isFinite(variance)) return null;
  return { variance, forward, centre: strikes[centre], optionsUsed: rows.length };
}

/** The variance of one expiry with its time, in years. */
export interface ExpiryVariance {
  variance: number;
  yearFraction: number;
}

/**
 * Volatility index: the two expiries' total variance interpolated to a constant maturity, as 100 x volatility.
 *
 * @param target years, 30 / 365 by default; weights are linear in time and may extrapolate, as the index's do
 * @returns null when the two times are equal or the interpolated variance is negative.
 * Source: CBOE, "The CBOE Volatility Index - VIX" (white paper, 2009).
 */
export function volatilityIndex(
  near: ExpiryVariance,
  next: ExpiryVariance,
  target = 30 / 365,
): number | null {
  const weight = (target - near.yearFraction) / (next.yearFraction - near.yearFraction);
  const total = (1 - weight) * near.variance * near.yearFraction + weight * next.variance * next.yearFraction;
  const index = 100 * Math.sqrt(total / target);
  return Number.isFinite(index) ? index : null;
}
