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
import { placeOf, type Recording, type Source } from '@deltastream/recordings/source';
import { DeltaStreamError, reasonOf } from '../../../kit/errors.ts';
import { type Logger, silentLogger } from '../../../kit/logging/log.ts';
import { createRejectionReport } from '../../../kit/recordings/rejection-report.ts';
import type { Bus } from '../../../ports/bus.ts';
import type { ImportCounts, MarketReader, RowCounts } from '../../../ports/stores/market/market-store.ts';
import { TRANSFERS, type TransferLimits } from '../transfers/transfer-settings.ts';
import type { Preview } from './import-preview.ts';
import { IMPORTS, type ImportLimits } from './import-settings.ts';
import type { RejectsFile } from './rejects-file.ts';

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

/** Where an import that was interrupted goes on. */
export interface ImportResume {
  /** Parts of the source whose effect is stored. */
  readonly parts: number;
  /** Notes that the store holds what the source gives before so many parts. */
  save(parts: number): Promise<void>;
}

/**
 * Publishes a source as a feed would, as fast as its consumers are, and waits until the store holds its
 * end. A second run, after a crash too, repeats the same messages under the same numbers, which changes nothing;
 * with `resume` it reads what is stored already and publishes what comes after it.
 * `stamp` is said on every message: the import's own number decides what it replaces. With `preview`
 * nothing is published.
 *
 * Rejects with a permanent `unreadable_source`, with `stopped` when the signal aborts, and as the bus does.
 */
export async function importRecording(
  ports: {
    readonly bus: Bus;
    readonly store: MarketReader;
    readonly logger: Logger;
    readonly open: () => Promise<Source | Recording>;
    readonly stamp?: ImportStamp;
    readonly resume?: ImportResume;
    /** Lists what is rejected. */
    readonly rejects?: RejectsFile;
    readonly preview?: Preview;
    readonly topics?: ImportTopics;
  },
  report: (progress: ImportProgress) => Promise<void>,
  signal: AbortSignal,
  given: Partial<TransferLimits & ImportLimits> = {},
): Promise<void> {
  const settings = { ...TRANSFERS.defaults, ...IMPORTS.defaults, ...given };
  const { bus, store, logger, stamp = {}, topics = LIVE_TOPICS, resume, rejects, preview } = ports;
  const source = await openOrGiveUp(ports.open, signal);
  const rejections = createRejectionReport(preview ? silentLogger : logger, {
    mostReasons: settings.importRejectionsLogged,
  });
  const counts = { chains: 0, ticks: 0, rejected: 0 };
  /** Of each product and expiry the last timestamp published. */
  const ends = new Map<string, End>();
  const storedBefore = resume?.parts ?? 0;
  let parts = 0;
  let listed: ImportProgress['rejects'] = null;
  let reportedAt = performance.now();
  let markedAt = performance.now();
  let turnBegan = performance.now();

  let previewed: ImportProgress['preview'] = null;
  const progress = (stored: boolean | null, outcome: ImportProgress['outcome'] = null): ImportProgress => ({
    ...source.progress(),
    ...counts,
    rejections: rejections.counts(),
    rejects: listed,
    resumed_at: storedBefore,
    cancelled: false,
    stored,
    outcome,
    preview: previewed,
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

  const publish = {
    chain: (chain: RawChain) =>
      bus.publish(topics.chains.name, topics.chains.frames.encode({ ...chain, ...stamp })),
    tick: (tick: UnderlyingTick) =>
      bus.publish(topics.ticks.name, topics.ticks.frames.encode({ ...tick, ...stamp })),
  };
  const sink = preview ?? publish;

  const isStored = createStoredCheck(ports, stamp, settings.markWaitMs, signal);
  /** What is published beyond a mark is published again after a crash, so none is better than one that is not true. */
  const mark = async () => {
    markedAt = performance.now();
    const published = counts.chains + counts.ticks;
    if (resume && (await isStored(published))) await resume.save(parts);
    markedAt = performance.now();
  };

  const read = async () => {
    for await (const item of source) {
      await breathe();
      parts += 1;
      if (item.kind === 'rejected') {
        counts.rejected += 1;
        const { rejection, reason, where } = item;
        rejections.add({ rejection, reason, place: placeOf(where) });
        await rejects?.add(item);
      } else if (item.kind === 'chain') {
        if (parts > storedBefore) await sink.chain(item.chain);
        counts.chains += 1;
        const { product, expiry, timestamp } = item.chain;
        ends.set(`${product} ${expiry}`, { product, expiry, timestamp });
      } else {
        if (parts > storedBefore) await sink.tick(item.tick);
        counts.ticks += 1;
      }
      if (parts > storedBefore && performance.now() - markedAt >= settings.markMs) await mark();
    }
  };

  try {
    await report(progress(null));
    try {
      await read();
    } finally {
      if (!signal.aborted) {
        listed = (await rejects?.end()) ?? null;
        await report(progress(null));
      }
    }
    if (preview && 'format' in source) {
      previewed = await preview.end(source.format);
      await report(progress(null));
      return;
    }
    const stored = await storeHolds(store, [...ends.values()], stamp, settings.importStoredWithinMs, signal);
    const outcome = await settled(store, stamp, counts, settings, signal);
    await report(progress(stored, outcome));
  } finally {
    rejections.end();
    await rejects?.discard();
    await source.close();
  }
}

/**
 * Tells whether what was published is stored: every consumer acknowledged it, or as many rows of the import were taken. Of what
 * keeps something else the first alone can tell; beside a live feed, of which there is always more to acknowledge, the second.
 */
function createStoredCheck(
  { bus, store }: { readonly bus: Bus; readonly store: MarketReader },
  { generation = 0 }: ImportStamp,
  withinMs: number,
  signal: AbortSignal,
): (published: number) => Promise<boolean> {
  /** One at a time: where the bus never is quiet, each would wait for good. */
  let draining: Promise<void> | null = null;
  return async (published) => {
    const begun = performance.now();
    let isDrained = false;
    draining ??= bus
      .drained()
      .catch(() => undefined)
      .finally(() => {
        draining = null;
      });
    // Of one that began before, too: when it is quiet, it is of what was published since.
    void draining.then(() => {
      isDrained = true;
    });
    for (;;) {
      if (isDrained) return bus.connection.connected;
      if (generation !== 0 && takenOf(await store.importCounts(generation)) >= published) return true;
      if (performance.now() - begun > withinMs) return false;
      await pause(WAIT_MS, signal);
    }
  };
}

async function openOrGiveUp<Opened extends Source>(
  open: () => Promise<Opened>,
  signal: AbortSignal,
): Promise<Opened> {
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
  let news = performance.now();
  let before = -1;
  for (;;) {
    const { chains, ticks } = await store.importCounts(generation);
    const now = takenOf({ chains, ticks });
    if (now !== before) news = performance.now();
    before = now;
    if (now >= published.chains + published.ticks || performance.now() - news > importSettledAfterMs) {
      return { chains: outcomeOf(chains, published.chains), ticks: outcomeOf(ticks, published.ticks) };
    }
    await pause(STORED_POLL_MS, signal);
  }
}

const takenOf = ({ chains, ticks }: ImportCounts): number =>
  [chains, ticks].reduce((sum, { new: added, replaced, same }) => sum + added + replaced + same, 0);

const outcomeOf = ({ new: added, replaced }: RowCounts, published: number) => ({
  new: added,
  replaced,
  kept: Math.max(0, published - added - replaced),
});

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
  if (signal.aborted) throw stopped();
}

const stopped = () => new DeltaStreamError('stopped', 'the import was stopped; it goes on from where it was');
