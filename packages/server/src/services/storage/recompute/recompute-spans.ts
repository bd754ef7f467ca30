import { isoTime, type RecomputeOrder } from '@deltastream/contracts';
import { DeltaStreamError } from '../../../kit/errors.ts';
import type { MarketReader, StoredExpiry } from '../../../ports/stores/market/market-store.ts';
import type { FigureChoice } from './figure-changes.ts';
import type { Mark } from './recompute-mark.ts';

/** The time of an expiry, or of the figures of a product (`expiry` is null), of which something is stored. */
export interface Span {
  readonly product: string;
  readonly expiry: string | null;
  readonly fromMs: number;
  readonly toMs: number;
}

/** In the order in which they are worked on: of each product its expiries, then its own figures. */
export async function spansOf(
  store: MarketReader,
  products: readonly string[],
  { contract, chain, product: ofProducts }: FigureChoice,
  fromMs: number,
  toMs: number,
): Promise<Span[]> {
  const spans: Span[] = [];
  for (const product of products) {
    const expiries = (await store.expiries(product)).toSorted((a, b) => (a.expiry < b.expiry ? -1 : 1));
    const clipped = (expiry: string | null, known: readonly StoredExpiry[]): Span => ({
      product,
      expiry,
      fromMs: Math.max(fromMs, Math.min(...known.map(({ firstTimestamp }) => firstTimestamp))),
      toMs: Math.min(toMs, Math.max(...known.map(({ lastTimestamp }) => lastTimestamp)) + 1),
    });
    if (contract.length + chain.length > 0)
      spans.push(...expiries.map((each) => clipped(each.expiry, [each])));
    if (ofProducts.length > 0 && expiries.length > 0) spans.push(clipped(null, expiries));
  }
  return spans.filter((span) => span.fromMs < span.toMs);
}

/** In the order of `spansOf`. */
export function isBefore(a: Pick<Span, 'product' | 'expiry'>, b: Pick<Span, 'product' | 'expiry'>): boolean {
  if (a.product !== b.product) return a.product < b.product;
  if (a.expiry === b.expiry || a.expiry === null) return false;
  return b.expiry === null || a.expiry < b.expiry;
}

/** Where a run begins that goes on from a mark. */
export const startOf = (span: Span, mark: Mark | null): number =>
  mark !== null && mark.product === span.product && mark.expiry === span.expiry
    ? Math.max(span.fromMs, mark.nextMs)
    : span.fromMs;

/** A mark as a person reads it. */
export const placeOf = ({ product, expiry, nextMs }: Mark): string =>
  `${product}${expiry === null ? '' : ` ${expiry}`} at ${isoTime(nextMs)}`;

/** The products of an order, ascending; all that are stored where it names none. Rejects with `unknown_product`. */
export async function productsOf(store: MarketReader, { products }: RecomputeOrder): Promise<string[]> {
  const stored = (await store.products()).map(({ product }) => product);
  const unknown = products?.find((product) => !stored.includes(product));
  if (unknown !== undefined) {
    throw new DeltaStreamError('unknown_product', `there is no product ${unknown}`, { permanent: true });
  }
  return (products ? [...new Set(products)] : stored).toSorted();
}
