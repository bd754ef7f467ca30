import { setImmediate as nextTurn } from 'node:timers/promises';
import { type BarInterval, type ColumnName, type EnrichedChain, lastColumn } from '@deltastream/contracts';
import type { PageRange } from '../../../kit/responses/page.ts';
import type { SummaryPoint } from '../../../ports/stores/market-store.ts';
import type { ChainReader } from '../reader-as-of.ts';
import { requireCells } from './series-bounds.ts';
import { type ChainKey, readSummaries } from './summary-pages.ts';

/** Work between two turns of the event loop. */
const TURN_MS = 5;

/** Snapshots of a page, without their columns. */
export interface ChainPage {
  /** Ascending, whichever order was asked for. */
  readonly points: readonly SummaryPoint[];
  /** The last of them with its columns; null where there is none. */
  readonly newest: EnrichedChain | null;
  readonly nextCursor: string | null;
}

/**
 * The page of an expiry whose chains are to be read, every snapshot or the last of each interval. Rejects with
 * `invalid_request` when its chains have more strikes, all together, than one request may read.
 */
export async function readChainPage(
  reader: ChainReader,
  key: ChainKey,
  resolution: BarInterval | undefined,
  page: PageRange,
  maxReadCells: number,
): Promise<ChainPage> {
  const { items, nextCursor } = await readSummaries(reader, key, resolution, { ...page, order: 'asc' });
  const last = items.at(-1);
  const newest = last === undefined ? null : await reader.asOf(key.product, key.expiry, last.timestamp);
  const each = newest?.columns.count ?? 0;
  requireCells({ snapshots: items.length, each, of: 'strikes', maxCells: maxReadCells });
  return { points: items, newest, nextCursor };
}

/** The chains of these instants, which ascend, with these columns; other requests have their turns in between. */
export async function* chainsAt(
  reader: Pick<ChainReader, 'snapshotsAt'>,
  { product, expiry }: ChainKey,
  timestamps: readonly number[],
  columns: readonly ColumnName[],
): AsyncGenerator<EnrichedChain> {
  let begun = performance.now();
  for await (const chain of reader.snapshotsAt(product, expiry, timestamps, lastColumn(columns))) {
    yield chain;
    if (performance.now() - begun < TURN_MS) continue;
    await nextTurn();
    begun = performance.now();
  }
}
