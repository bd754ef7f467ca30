import { setImmediate as nextTurn } from 'node:timers/promises';
import { type BarInterval, type ColumnName, type EnrichedChain, lastColumn } from '@deltastream/contracts';
import type { PageRange } from '../../../kit/responses/page.ts';
import type { SummaryPoint } from '../../../ports/stores/market/market-store.ts';
import type { ChainReader } from '../reading/reader-as-of.ts';
import type { ReadBudget } from './series-bounds.ts';
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
 * `invalid_request` when so many chains like the newest one are more than the budget, before any other is read.
 */
export async function readChainPage(
  reader: ChainReader,
  key: ChainKey,
  resolution: BarInterval | undefined,
  page: PageRange,
  budget: ReadBudget,
): Promise<ChainPage> {
  const { items, nextCursor } = await readSummaries(reader, key, resolution, { ...page, order: 'asc' });
  const last = items.at(-1);
  const newest = last === undefined ? null : await reader.asOf(key.product, key.expiry, last.timestamp);
  budget.require(items.length, newest?.columns.count ?? 0);
  return { points: items, newest, nextCursor };
}

/**
 * The chains of these instants, which ascend, with these columns, and where strikes are named perhaps without the rows of
 * others; other requests have their turns in between. Throws `invalid_request` as soon as their strikes are more than the budget.
 */
export async function* chainsAt(
  reader: Pick<ChainReader, 'snapshotsAt'>,
  { product, expiry }: ChainKey,
  timestamps: readonly number[],
  columns: readonly ColumnName[],
  budget: ReadBudget,
  strikes?: readonly number[],
): AsyncGenerator<EnrichedChain> {
  let begun = performance.now();
  const read = reader.snapshotsAt(product, expiry, timestamps, lastColumn(columns), strikes);
  for await (const chain of read) {
    budget.spend(chain.columns.count);
    yield chain;
    if (performance.now() - begun < TURN_MS) continue;
    await nextTurn();
    begun = performance.now();
  }
}

/** Instants of which the snapshot that stood is asked for at a time. */
const INSTANTS_AT_ONCE = 128;

/**
 * When the snapshot was taken that stood at each of these instants, which ascend; null where it was older than
 * `maxAgeMs`, or there was none.
 */
export async function standingAt(
  reader: Pick<ChainReader, 'lastSummaries'>,
  { product, expiry }: ChainKey,
  instants: readonly number[],
  maxAgeMs: number,
): Promise<(number | null)[]> {
  const standing: (number | null)[] = [];
  let last: number | null = null;
  for (let from = 0; from < instants.length; from += INSTANTS_AT_ONCE) {
    const asked = instants.slice(from, from + INSTANTS_AT_ONCE);
    const begin = from === 0 ? asked[0] - maxAgeMs : instants[from - 1] + 1;
    const starts = [begin, ...asked.slice(0, -1).map((instant) => instant + 1)];
    const found = await reader.lastSummaries(product, expiry, starts, asked[asked.length - 1] + 1, []);
    let next = 0;
    for (const instant of asked) {
      while (next < found.length && found[next].timestamp <= instant) last = found[next++].timestamp;
      standing.push(last !== null && last >= instant - maxAgeMs ? last : null);
    }
  }
  return standing;
}
