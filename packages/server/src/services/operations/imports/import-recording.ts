import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import {
  ENRICHED_CHAINS,
  ENRICHED_TICKS,
  type ImportProgress,
  MARKET_CHAINS,
  MARKET_TICKS,
  type RawChain,
  type Topic,
  type UnderlyingTick,
} from '@deltastream/contracts';
import { placeOf, type Source } from '@deltastream/recordings/source';
import { DeltaStreamError, reasonOf } from '../../../kit/errors.ts';
import type { Logger } from '../../../kit/logging/log.ts';
import { createRejectionReport } from '../../../kit/recordings/rejection-report.ts';
import type { Bus } from '../../../ports/bus.ts';
import type { MarketReader, RowCounts } from '../../../ports/stores/market-store.ts';
import { TRANSFERS, type TransferLimits } from '../transfers/transfer-settings.ts';

/** What the messages of an import say beyond those of a feed. */
export type ImportStamp = Pick<RawChain, 'generation' | 'dataset'>;

type End = Pick<RawChain, 'product' | 'expiry' | 'timestamp'>;

const WAIT_MS = 20; // Short beside the seconds in which a full backlog is stored.
const STORED_POLL_MS = 100; // What an import takes longer than it must, at most.
/** Without a wait, the rest of the process gets a turn this often. */
const LONGEST_TURN_MS = 10;

/** Where chains and ticks are published, and the topics whose consumers are waited for. */
export interface ImportTopics {
  readonly chains: Topic<RawChain>;
  readonly ticks: Topic<UnderlyingTick>;
  readonly watched: readonly string[];
}
const LIVE_TOPICS: ImportTopics = {
  chains: MARKET_CHAINS,
  ticks: MARKET_TICKS,
  watched: [MARKET_CHAINS, MARKET_TICKS, ENRICHED_CHAINS, ENRICHED_TICKS].map(({ name }) => name),
};

/**
 * Publishes a source as a feed would, as fast as its consumers are, and waits until the store holds its
 * end. A second run, after a crash too, repeats the same messages under the same numbers, which changes nothing.
 * `stamp` is said on every message: the import's own number decides what it replaces.
 *
 * Rejects with a permanent `unreadable_source`, with `stopped` when the signal aborts, and as the bus does.
 */
export async function importRecording(
  ports: {
    readonly bus: Bus;
    readonly store: MarketReader;
    readonly logger: Logger;
    readonly open: () => Promise<Source>;
    readonly stamp?: ImportStamp;
    readonly topics?: ImportTopics;
  },
  report: (progress: ImportProgress) => Promise<void>,
  signal: AbortSignal,
  settings: TransferLimits = TRANSFERS.defaults,
): Promise<void> {
  const { bus, store, logger, stamp = {}, topics = LIVE_TOPICS } = ports;
  const source = await openOrGiveUp(ports.open, signal);
  const rejections = createRejectionReport(logger, { mostReasons: settings.importRejectionsLogged });
  const counts = { chains: 0, ticks: 0, rejected: 0 };
  /** Of each product and expiry the last timestamp published. */
  const ends = new Map<string, End>();
  let reportedAt = performance.now();
  let turnBegan = performance.now();

  const progress = (stored: boolean | null, outcome: ImportProgress['outcome'] = null): ImportProgress => ({
    ...source.progress(),
    ...counts,
    stored,
    outcome,
  });

  const breathe = async () => {
    while (topics.watched.some((topic) => bus.pressure(topic) > settings.importWaitAbove)) {
      await pause(WAIT_MS, signal);
      turnBegan = performance.now();
    }
    if (performance.now() - turnBegan > LONGEST_TURN_MS) {
      await nextTurn();
      turnBegan = performance.now();
    }
    if (signal.aborted) throw stopped();
    if (performance.now() - reportedAt < settings.reportMs) return;
    reportedAt = performance.now();
    await report(progress(null));
  };

  try {
    await report(progress(null));
    for await (const item of source) {
      await breathe();
      if (item.kind === 'rejected') {
        counts.rejected += 1;
        const { rejection, reason, where } = item;
        rejections.add({ rejection, reason, place: placeOf(where) });
      } else if (item.kind === 'chain') {
        await bus.publish(topics.chains.name, topics.chains.frames.encode({ ...item.chain, ...stamp }));
        counts.chains += 1;
        const { product, expiry, timestamp } = item.chain;
        ends.set(`${product} ${expiry}`, { product, expiry, timestamp });
      } else {
        await bus.publish(topics.ticks.name, topics.ticks.frames.encode({ ...item.tick, ...stamp }));
        counts.ticks += 1;
      }
    }
    await report(progress(null));
    const stored = await storeHolds(store, [...ends.values()], stamp, settings.importStoredWithinMs, signal);
    const outcome = await settled(store, stamp, counts, settings, signal);
    await report(progress(stored, outcome));
  } finally {
    rejections.end();
    await source.close();
  }
}

async function openOrGiveUp(open: () => Promise<Source>, signal: AbortSignal): Promise<Source> {
  try {
    return await open();
  } catch (cause) {
    if (signal.aborted) throw stopped();
    const code = cause instanceof DeltaStreamError ? cause.code : 'unreadable_source';
    throw new DeltaStreamError(code, reasonOf(cause), { cause, permanent: true });
  }
}

/** False when an end is still missing after that time, as when the last chain was malformed and became a dead letter. */
async function storeHolds(
  store: MarketReader,
  ends: readonly End[],
  { generation = 0 }: ImportStamp,
  withinMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  const begun = performance.now();
  const isMissing = async ({ product, expiry, timestamp }: End) => {
    const found = await store.asOf(product, expiry, timestamp).catch(() => null);
    // What replaced this import meanwhile holds its end, too.
    return found?.timestamp !== timestamp || (generation > 0 && (found.generation ?? 0) < generation);
  };
  let missing = ends;
  for (;;) {
    const still: End[] = [];
    for (const end of missing) if (await isMissing(end)) still.push(end);
    missing = still;
    if (missing.length === 0) return true;
    if (performance.now() - begun > withinMs) return false;
    await pause(STORED_POLL_MS, signal);
  }
}

/** What became of the rows, once all are accounted for, or none has been taken for a while. */
async function settled(
  store: MarketReader,
  { generation = 0 }: ImportStamp,
  published: { readonly chains: number; readonly ticks: number },
  { importSettledAfterMs }: TransferLimits,
  signal: AbortSignal,
): Promise<ImportProgress['outcome']> {
  if (generation === 0) return null;
  const taken = ({ new: added, replaced, same }: RowCounts) => added + replaced + same;
  let news = performance.now();
  let before = -1;
  for (;;) {
    const { chains, ticks } = await store.importCounts(generation);
    const now = taken(chains) + taken(ticks);
    if (now !== before) news = performance.now();
    before = now;
    if (now >= published.chains + published.ticks || performance.now() - news > importSettledAfterMs) {
      return { chains: outcomeOf(chains, published.chains), ticks: outcomeOf(ticks, published.ticks) };
    }
    await pause(STORED_POLL_MS, signal);
  }
}

const outcomeOf = ({ new: added, replaced }: RowCounts, published: number) => ({
  new: added,
  replaced,
  kept: Math.max(0, published - added - replaced),
});

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
  if (signal.aborted) throw stopped();
}

const stopped = () => new DeltaStreamError('stopped', 'the import was stopped; it begins again');
