import {
  black76Price,
  type CalendarViolation,
  IV_STATUS,
  type KRange,
  repairCalendar,
  type SviFit,
  smileWeights,
  solveSliceIv,
  sviButterflyCheck,
  sviVolatility,
} from '@deltastream/quant';
import type { SmileQuotes } from './smile-quotes.ts';

/** A slice of a fitted surface and what is said of it; a plain object that crosses threads. */
export interface FittedSlice {
  /** `points` are left out: they are the volatilities that were given. */
  readonly svi: Omit<SviFit, 'points'>;
  /** Fitted again so that total variance does not fall from the expiry before. */
  readonly repaired: boolean;
  /** Where the density is negative, between the outermost quotes. */
  readonly butterfly: KRange[];
  /** Null where there is no earlier slice to compare with. */
  readonly calendar: CalendarViolation[] | null;
  /** Out-of-the-money contracts with a two-sided quote, and those whose price on the curve lies inside of it. */
  readonly quoted: number;
  readonly insideQuotes: number;
}

/** Fits the expiries of one product, ascending in time; null for those of which no curve can be made. */
export function fitSlices(smiles: readonly (SmileQuotes | null)[]): (FittedSlice | null)[] {
  const given = smiles.filter((smile) => smile !== null);
  const repaired = repairCalendar(given.map(quotedSmile));
  const slices = given.map((smile, i) => {
    const { fit, repaired: again, violations } = repaired[i];
    if (fit === null) return null;
    const { points, ...svi } = fit;
    const range = { from: points[0].k, to: points[points.length - 1].k };
    return {
      svi,
      repaired: again,
      butterfly: sviButterflyCheck(svi, range).violations,
      calendar: violations,
      ...repriced(smile, svi),
    };
  });
  const found = slices.values();
  return smiles.map((smile) => (smile === null ? null : (found.next().value ?? null)));
}

/** The curve is held to the at-the-money volatility; elsewhere a price counts by how closely it is quoted. */
function quotedSmile(smile: SmileQuotes) {
  const { forward, yearFraction, strikes, ivs, bids, asks, tick, atmIv } = smile;
  const widths = bids.map((bid, i) =>
    bid > 0 && asks[i] >= bid ? Math.max(asks[i] - bid, tick) : Number.NaN,
  );
  const weights = smileWeights({ forward, yearFraction, strikes, ivs, widths });
  const [bidIvs, askIvs] = [quoteIvs(smile, bids), quoteIvs(smile, asks)];
  return { forward, yearFraction, strikes, ivs, weights, atmIv, bidIvs, askIvs };
}

/** Volatilities of prices that are quoted; NaN for what has none. */
export function quoteIvs(
  {
    forward,
    yearFraction,
    discountFactor,
    strikes,
    sides,
  }: Pick<SmileQuotes, 'forward' | 'yearFraction' | 'discountFactor' | 'strikes' | 'sides'>,
  prices: Float64Array,
): Float64Array {
  const iv = new Float64Array(strikes.length);
  const status = new Uint8Array(strikes.length);
  solveSliceIv({ forward, yearFraction, discountFactor, strikes, sides, prices }, iv, status);
  return iv.map((each, i) => (status[i] === IV_STATUS.ok ? each : Number.NaN));
}

function repriced(smile: SmileQuotes, svi: FittedSlice['svi']) {
  const { forward, yearFraction, discountFactor, strikes, sides, bids, asks } = smile;
  let [quoted, insideQuotes] = [0, 0];
  for (const [i, strike] of strikes.entries()) {
    if (!(bids[i] > 0 && asks[i] >= bids[i])) continue;
    quoted++;
    const iv = sviVolatility(svi, Math.log(strike / forward), yearFraction);
    const price = black76Price(forward, strike, yearFraction, iv, discountFactor, sides[i] as 1 | -1);
    if (price >= bids[i] && price <= asks[i]) insideQuotes++;
  }
  return { quoted, insideQuotes };
}
