import {
  type EnrichedChain,
  type ExpiriesInUse,
  type getTermStructure,
  isoTime,
} from '@deltastream/contracts';
import { constantMaturityIv, termStructure } from '@deltastream/quant';
import type { Static } from 'typebox';

type TermStructureResponse = Static<(typeof getTermStructure.schema.response)[200]>;

/** Calendar days. */
const MATURITIES = [7, 14, 30, 60, 90, 180];
const DAYS_PER_YEAR = 365;

/** Volatility and skew of chains of one product by expiry. Not for an empty list. */
export function termStructureOf({
  current: chains,
  outdated,
}: ExpiriesInUse<EnrichedChain>): TermStructureResponse {
  const points = chains.flatMap(({ summary: { atm_iv: iv, year_fraction: yearFraction } }) =>
    iv === null ? [] : [{ yearFraction, iv }],
  );
  const forwardIv = new Map(termStructure(points).map((point) => [point.yearFraction, point.forwardIv]));
  const ivAt = (days: number) => constantMaturityIv(points, days / DAYS_PER_YEAR);
  const [near, far] = [ivAt(30), ivAt(60)];
  const expiries = chains.map(({ expiry, timestamp, summary }) => {
    const { year_fraction, forward, atm_iv, rr25, bf25, rr10, bf10, skew_slope } = summary;
    const forward_iv = atm_iv === null ? null : (forwardIv.get(year_fraction) ?? null);
    const skew = { rr25, bf25, rr10, bf10, skew_slope };
    return { expiry, timestamp: isoTime(timestamp), year_fraction, forward, atm_iv, forward_iv, ...skew };
  });
  return {
    product: chains[0].product,
    timestamp: isoTime(Math.max(...chains.map(({ timestamp }) => timestamp))),
    count: expiries.length,
    expiries,
    outdated_expiries: [...outdated],
    constant_maturities: MATURITIES.map((days) => ({ days, iv: ivAt(days) })),
    term_slope: near === null || far === null ? null : far - near,
  };
}
