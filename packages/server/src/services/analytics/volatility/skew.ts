import { type getSkew, isoTime } from '@deltastream/contracts';
import { yearFraction } from '@deltastream/quant';
import type { Static } from 'typebox';
import { type PageRange, readItems } from '../../../kit/responses/page.ts';
import type { StoredExpiry, SummaryPoint } from '../../../ports/stores/market/market-store.ts';
import type { ChainReader } from '../reading/reader-as-of.ts';

type SkewView = Static<(typeof getSkew.schema.response)[200]>;

/** Skew of the newest snapshot of each expiry, at least one, and a page of its history of one. */
export async function skewView(
  { summaries }: Pick<ChainReader, 'summaries'>,
  product: string,
  expiries: readonly StoredExpiry[],
  expiry: string,
  page: PageRange,
): Promise<SkewView> {
  const { items, nextCursor } = await readItems(
    page,
    (range) => summaries(product, expiry, range),
    ({ timestamp }) => timestamp,
  );
  const newest = await Promise.all(
    expiries.map(({ expiry: each, lastTimestamp: at }) =>
      summaries(product, each, { fromMs: at, toMs: at + 1, limit: 1 }),
    ),
  );
  return {
    product,
    expiry,
    timestamp: isoTime(Math.max(...expiries.map(({ lastTimestamp }) => lastTimestamp))),
    expiries: expiries.flatMap(({ expiry: each, expiryAt }, i) =>
      newest[i].map((point) => ({
        expiry: each,
        year_fraction: Math.max(0, yearFraction(point.timestamp, expiryAt)),
        forward: point.forward,
        ...skewOf(point),
      })),
    ),
    count: items.length,
    history: items.map(skewOf),
    next_cursor: nextCursor,
  };
}

function skewOf({ timestamp, atm_iv, rr25, bf25, rr10, bf10, skew_slope }: SummaryPoint) {
  return { timestamp: isoTime(timestamp), atm_iv, rr25, bf25, rr10, bf10, skew_slope };
}
