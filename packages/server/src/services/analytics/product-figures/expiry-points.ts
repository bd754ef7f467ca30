import { yearFraction } from '@deltastream/quant';
import { DeltaStreamError } from '../../../kit/errors.ts';
import type { StoredExpiry, SummaryPoint } from '../../../ports/stores/market/market-store.ts';
import { readExpiriesInUse } from '../reading/expiry-choice.ts';
import type { ChainReader } from '../reading/reader-as-of.ts';

/** The newest chain of an expiry in use, as its figures. */
export interface ExpiryPoint {
  readonly expiry: string;
  readonly expiryAt: number;
  /** Of the chain, as its enricher computed it. */
  readonly yearFraction: number;
  readonly figures: SummaryPoint;
}

/** The newest chain of every expiry in use of a product, at least one, by ascending expiry. */
export interface ProductPoints {
  readonly product: string;
  /** Of the newest chain. */
  readonly timestamp: number;
  /** Of the oldest one. */
  readonly asOf: number;
  /** Sum of the instants of these chains: rises with every chain that comes. */
  readonly progress: number;
  readonly expiries: readonly ExpiryPoint[];
  /** Unexpired, but their newest chain is too far behind. */
  readonly outdated: readonly string[];
}

/**
 * As one state of the store has them, whatever comes while they are read: as of their timestamp they are the same.
 * Rejects with `unknown_product`, or with `no_data` for a product without chains.
 */
export async function productPoints(
  reader: ChainReader,
  product: string,
  maxExpiryLagMs: number,
): Promise<ProductPoints> {
  const { current, outdated } = await readExpiriesInUse(reader, product, maxExpiryLagMs);
  const found = await Promise.all(
    current.map((expiry) => lastPoint(reader, product, expiry, expiry.lastTimestamp + 1)),
  );
  const points = found.filter((point) => point !== null);
  if (points.length === 0) throw new DeltaStreamError('no_data', `no chain of ${product} is stored`);
  const times = points.map(({ figures }) => figures.timestamp);
  return {
    product,
    timestamp: Math.max(...times),
    asOf: Math.min(...times),
    progress: times.reduce((sum, time) => sum + time, 0),
    expiries: points,
    outdated,
  };
}

/** The last chain of an expiry before an instant; null when there is none. */
export async function lastPoint(
  reader: Pick<ChainReader, 'summaries'>,
  product: string,
  { expiry, expiryAt, firstTimestamp }: StoredExpiry,
  beforeMs: number,
): Promise<ExpiryPoint | null> {
  const range = { fromMs: firstTimestamp, toMs: beforeMs, limit: 1, take: 'last' } as const;
  const [figures] = await reader.summaries(product, expiry, range);
  if (figures === undefined) return null;
  return { expiry, expiryAt, yearFraction: Math.max(0, yearFraction(figures.timestamp, expiryAt)), figures };
}
