import {
  column,
  type EnrichedChain,
  INDEX_MATURITIES,
  SIDE_COLUMNS,
  type Side,
} from '@deltastream/contracts';
import { type VarianceStrip, varianceStrip, volatilityIndex } from '@deltastream/quant';
import type { ChainReader } from '../reading/reader-as-of.ts';
import type { ExpiryPoint, ProductPoints } from './expiry-points.ts';

const DAYS_PER_YEAR = 365;
/** Expiries that are looked at on either side of a maturity for one with two-sided quotes. */
const MOST_TRIED = 3;

export interface StripTerm extends VarianceStrip {
  readonly expiry: string;
  readonly timestamp: number;
  readonly yearFraction: number;
}

export interface ProductIndex {
  readonly days: (typeof INDEX_MATURITIES)[number];
  /** Volatility points; null where there are no two terms around the maturity, with the reason. */
  readonly index: number | null;
  readonly reason: string | null;
  /** The expiries that it is made of: two, one that lies on the maturity, or those that were found. */
  readonly terms: readonly StripTerm[];
}

/** The volatility indices of a product from the quotes of the expiries around each maturity, of the chains of its points. */
export async function volatilityIndices(
  reader: Pick<ChainReader, 'asOf'>,
  { product, expiries }: ProductPoints,
): Promise<ProductIndex[]> {
  const read = new Map<string, Promise<StripTerm | null>>();
  const termOf = ({ expiry, figures: { timestamp } }: ExpiryPoint) => {
    const known =
      read.get(expiry) ?? reader.asOf(product, expiry, timestamp).then((chain) => chain && stripTerm(chain));
    read.set(expiry, known);
    return known;
  };
  const firstTerm = async (candidates: readonly ExpiryPoint[]) => {
    for (const point of candidates.slice(0, MOST_TRIED)) {
      const term = await termOf(point);
      if (term !== null) return term;
    }
    return null;
  };
  const open = expiries.filter(({ yearFraction }) => yearFraction > 0);
  return Promise.all(
    INDEX_MATURITIES.map(async (days): Promise<ProductIndex> => {
      const target = days / DAYS_PER_YEAR;
      const before = open.filter(({ yearFraction }) => yearFraction <= target).toReversed();
      const after = open.filter(({ yearFraction }) => yearFraction > target);
      const near = await firstTerm(before);
      const onMaturity = near?.yearFraction === target;
      const next = onMaturity ? null : await firstTerm(after);
      const terms = [near, next].filter((term) => term !== null);
      const reason =
        before.length > 0 && (onMaturity || after.length > 0) ? 'no_two_sided_quotes' : 'no_expiries_around';
      const index = onMaturity
        ? 100 * Math.sqrt(near.variance)
        : near && next && volatilityIndex(near, next, target);
      return Number.isFinite(index)
        ? { days, index, reason: null, terms }
        : { days, index: null, reason, terms };
    }),
  );
}

/** The variance strip of a chain; null where its quotes do not give one. */
function stripTerm({ expiry, timestamp, summary, columns }: EnrichedChain): StripTerm | null {
  const quotes = (side: Side) => {
    const ask = column(columns, SIDE_COLUMNS[side].ask);
    // A bid beside no ask, or above it, is no quote to take a middle of.
    const bid = column(columns, SIDE_COLUMNS[side].bid).map((value, i) => (ask[i] >= value ? value : 0));
    return { bid, ask };
  };
  const [call, put] = [quotes('call'), quotes('put')];
  const strip = varianceStrip({
    strikes: column(columns, 'strike'),
    callBid: call.bid,
    callAsk: call.ask,
    putBid: put.bid,
    putAsk: put.ask,
    yearFraction: summary.year_fraction,
    rate: summary.rate,
  });
  if (strip === null || !(strip.variance > 0)) return null;
  return { ...strip, expiry, timestamp, yearFraction: summary.year_fraction };
}
