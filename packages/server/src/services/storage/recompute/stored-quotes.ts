import {
  createColumnMemory,
  type EnrichedChain,
  quotedHeader,
  RAW_COLUMNS,
  type RawChain,
} from '@deltastream/contracts';
import { productInfo } from '@deltastream/reference';
import { DeltaStreamError } from '../../../kit/errors.ts';
import type { MarketReader } from '../../../ports/stores/market/market-store.ts';

/**
 * The chain as it left its feed: quotes and header without anything that an enricher added, so that enriching it depends
 * on the code and the data of today. Its version is kept. The columns are a view of those of `stored`.
 */
export function quotesOf({ summary: _, columns, ...header }: EnrichedChain): RawChain {
  const { count, values, views } = columns;
  const asFed = quotedHeader(header, productInfo(header.product) !== null);
  const quotes = { count, values: values.subarray(0, RAW_COLUMNS.length * count), views };
  return { ...asFed, columns: quotes };
}

/** Snapshots that a store's reader takes at once, so that all of them may have failed for one. */
const READ_TOGETHER = 64;

type Snapshots = Pick<MarketReader, 'snapshots' | 'summaries'>;

/**
 * Every snapshot of an expiry in [fromMs, toMs) that can be read, oldest first. One that is damaged is told to
 * `onDamage` and left out. The columns of one may be overwritten by those of the next. Rejects as the store does for
 * anything else.
 */
export async function* readableSnapshots(
  store: Snapshots,
  product: string,
  expiry: string,
  range: { readonly fromMs: number; readonly toMs: number },
  onDamage: (reason: string) => void,
): AsyncGenerator<EnrichedChain> {
  const { toMs } = range;
  let { fromMs } = range;
  const memory = createColumnMemory();
  /** After a failure snapshots are read one by one, so that only the damaged one is left out. */
  let oneByOne = 0;
  while (fromMs < toMs) {
    const limit = oneByOne > 0 ? 1 : Number.MAX_SAFE_INTEGER;
    let read = 0;
    try {
      for await (const chain of store.snapshots(product, expiry, { fromMs, toMs, limit }, memory)) {
        read++;
        fromMs = chain.timestamp + 1;
        yield chain;
      }
    } catch (error) {
      if (!isDamage(error)) throw error;
      if (oneByOne === 0) {
        oneByOne = READ_TOGETHER;
        continue;
      }
      onDamage(error.message);
      const [damaged] = await store.summaries(product, expiry, { fromMs, toMs, limit: 1 });
      if (damaged === undefined) return;
      fromMs = damaged.timestamp + 1;
      read = 1;
    }
    if (oneByOne === 0 || read === 0) return;
    oneByOne--;
  }
}

export const isDamage = (error: unknown): error is DeltaStreamError =>
  error instanceof DeltaStreamError && error.code === 'stored_data_damaged';
