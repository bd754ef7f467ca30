import { type ChainSummary, type EnrichedChain, type getSkew, isoTime } from '@deltastream/contracts';
import type { Static } from 'typebox';
import { type PageRange, readItems } from '../../../kit/responses/page.ts';
import type { ChainReader } from '../reader-as-of.ts';

type SkewView = Static<(typeof getSkew.schema.response)[200]>;
type SkewFigure = 'atm_iv' | 'rr25' | 'bf25' | 'rr10' | 'bf10' | 'skew_slope';

/** Skew of the newest chain of each expiry, at least one, and a page of its history of one. */
export async function skewView(
  reader: Pick<ChainReader, 'summaries'>,
  chains: readonly EnrichedChain[],
  expiry: string,
  page: PageRange,
): Promise<SkewView> {
  const [{ product }] = chains;
  const { items, nextCursor } = await readItems(
    page,
    (range) => reader.summaries(product, expiry, range),
    ({ timestamp }) => timestamp,
  );
  return {
    product,
    expiry,
    timestamp: isoTime(Math.max(...chains.map(({ timestamp }) => timestamp))),
    expiries: chains.map(({ expiry: each, timestamp, summary }) => ({
      expiry: each,
      timestamp: isoTime(timestamp),
      year_fraction: summary.year_fraction,
      forward: summary.forward,
      ...skewOf(summary),
    })),
    count: items.length,
    history: items.map((point) => ({ timestamp: isoTime(point.timestamp), ...skewOf(point) })),
    next_cursor: nextCursor,
  };
}

function skewOf({ atm_iv, rr25, bf25, rr10, bf10, skew_slope }: Pick<ChainSummary, SkewFigure>) {
  return { atm_iv, rr25, bf25, rr10, bf10, skew_slope };
}
