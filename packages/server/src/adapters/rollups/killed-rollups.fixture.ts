import { createColumns, PRODUCT_FIGURE_NAMES, type ProductFigureValues } from '@deltastream/contracts';
import { MINUTE_MS, storableChain, tickAt } from '../../ports/stores/market/market-store.fixture.ts';
import type { MarketStore, Snapshot, StoredProductFigures } from '../../ports/stores/market/market-store.ts';
import { DAY_MS } from '../../ports/stores/market/market-store-stand.fixture.ts';
import { told } from '../../testing/killed-runs.fixture.ts';
import type { RetentionSettings } from '../retention-settings.ts';

/** Rolls up what it can and removes rows as soon as it may. */
export const AT_ONCE: Partial<RetentionSettings> & { readonly sweepIntervalMs: number } = {
  keepSnapshots: 7,
  keepSummaries: 7,
  rollCheckMs: 5,
  rollQuietMs: 1,
  sweepIntervalMs: 5,
};

const TODAY = Math.floor(Date.now() / DAY_MS) * DAY_MS;
/** Four hours before the end of a day that is kept no longer, and as many before the end of one that is. */
const OLD = TODAY - 9 * DAY_MS - DAY_MS / 6;
const KEPT = TODAY - 3 * DAY_MS - DAY_MS / 6;
/** Beginnings of the days before this one are kept no longer. */
export const KEPT_FROM = TODAY - 7 * DAY_MS;

/** What is put at a step: two of three rows of a minute, later ones too, and some in place of others or late. */
export interface Step {
  readonly chain: Snapshot;
  readonly figures: StoredProductFigures;
}

export function stepOf(seq: number): Step {
  const place = seq % 5 === 4 ? seq - 3 : seq;
  const minute = Math.floor(place / 3) * 7;
  const timestamp = (place % 2 === 0 ? OLD : KEPT) + minute * MINUTE_MS + (place % 3) * 20_000;
  const values = Object.fromEntries(PRODUCT_FIGURE_NAMES.map((name, i) => [name, seq + i / 8]));
  return {
    chain: storableChain({ timestamp, seq, columns: createColumns(0, 'enriched') }),
    figures: {
      product: 'NIFTY',
      timestamp,
      as_of: timestamp - 1000,
      progress: seq,
      values: values as ProductFigureValues,
    },
  };
}

export async function putSteps(store: MarketStore, seqs: readonly number[]): Promise<void> {
  const steps = seqs.map(stepOf);
  await Promise.all([
    store.putSnapshots(steps.map(({ chain }) => chain)),
    store.putProductFigures(steps.map(({ figures }) => figures)),
    store.putTicks(
      steps.map(({ chain: { timestamp, seq } }) => tickAt(timestamp, { seq })),
      [],
    ),
  ]);
}

/** Puts that may be refused while what a killed process held is not free yet. */
const MOST_REFUSED = 50;
/** Steps that are put together. */
const TOGETHER = 5;
export const groupOf = (group: number): number[] =>
  Array.from({ length: TOGETHER }, (_, i) => group * TOGETHER + i);

/**
 * The program that is killed: puts group by group from the one that it is told, each until it is taken, as a bus does, and
 * says the number of each that is acknowledged.
 */
export async function putUntilKilled(openStore: () => Promise<MarketStore>): Promise<void> {
  const first = Number(await told());
  const store = await openStore();
  for (let group = first, refused = 0; ; ) {
    try {
      await putSteps(store, groupOf(group));
    } catch (error) {
      if (++refused === MOST_REFUSED) throw error;
      continue;
    }
    process.stdout.write(`${group++}\n`);
  }
}
