import { isoTime, LAST_INSTANT_MS } from '@deltastream/contracts';
import type { MarketReader } from '../../ports/stores/market/market-store.ts';
import { DeltaStreamError } from '../errors.ts';

/** Where nothing was ever stored for an instant; null for the newest. */
export function noChain(what: string, atMs: number | null): DeltaStreamError {
  const when = atMs === null ? '' : ` at or before ${isoTime(atMs)}`;
  return new DeltaStreamError('no_data', `no chain of ${what} is stored${when}`);
}

/**
 * Why a store has no chain of an expiry: as `noChain`, or because the file of its day was removed, which its figures
 * outlive. Asked for once it is known that there is none.
 */
export async function missingChain(
  store: Pick<MarketReader, 'summaries'>,
  product: string,
  expiry: string,
  atMs: number | null,
): Promise<DeltaStreamError> {
  const range = { fromMs: 0, toMs: (atMs ?? LAST_INSTANT_MS - 1) + 1, limit: 1, take: 'last' } as const;
  const [figures] = await store.summaries(product, expiry, range);
  if (figures === undefined) return noChain(`${product} ${expiry}`, atMs);
  const at = isoTime(figures.timestamp);
  return new DeltaStreamError(
    'no_data',
    `the chain of ${product} ${expiry} at ${at} is not stored any more: the snapshots of ${at.slice(0, 10)} (UTC) ` +
      `were removed; its figures are kept, GET /api/data/chains/${product} lists them`,
  );
}
