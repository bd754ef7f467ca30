import { setTimeout as sleep } from 'node:timers/promises';
import {
  type ImportProgress,
  LAST_INSTANT_MS,
  PAST_ENRICHED_CHAINS,
  PAST_ENRICHED_TICKS,
  PAST_MARKET_CHAINS,
  PAST_MARKET_TICKS,
  SYNTHETIC_SOURCE,
} from '@deltastream/contracts';
import type { Source, SourceItem } from '@deltastream/recordings/source';
import { DeltaStreamError } from '../../kit/errors.ts';
import type { Logger } from '../../kit/logging/log.ts';
import {
  type OpenPast,
  PAST_JOB,
  type PastEpoch,
  type PastOrder,
  pastEpoch,
  readPastEpoch,
  readPastOrder,
} from '../../kit/past-order.ts';
import { createImportNumbers } from '../../kit/recordings/import-numbers.ts';
import type { Bus } from '../../ports/bus.ts';
import type { Queue, QueueWorker } from '../../ports/queue.ts';
import type { MarketReader, StoredTick } from '../../ports/stores/market/market-store.ts';
import { type ImportTopics, importRecording } from './imports/import-recording.ts';
import { TRANSFERS, type TransferLimits } from './transfers/transfer-settings.ts';

export interface PastWriterPorts {
  readonly bus: Bus;
  readonly queue: Queue;
  readonly store: MarketReader;
  readonly logger: Logger;
  readonly openPast: OpenPast;
}

/** Brings the past of generated markets into the store, as the feed orders it. */
export interface PastWriter {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** What is being written, for an operator; null when nothing is. */
  progress(): string | null;
}

const PAST_TOPICS: ImportTopics = {
  chains: PAST_MARKET_CHAINS,
  ticks: PAST_MARKET_TICKS,
  watched: [PAST_MARKET_CHAINS, PAST_MARKET_TICKS, PAST_ENRICHED_CHAINS, PAST_ENRICHED_TICKS].map(
    ({ name }) => name,
  ),
};
const POLL_MS = 100; // What a past begins later than it could, at most.
/** A market that is longer in the store is not new: its past is written at its first start, and completed the day after. */
const FIRST_START_MS = 86_400_000;

/** Two pasts in one would be neither; what is stored is not removed without being asked. */
const OTHER_SETTINGS =
  'the synthetic past was begun with other settings, or by another release, and is not complete: it is left as it is. ' +
  'Start with the settings of the first start to complete it, or with an empty data folder to begin anew';

/**
 * The past of a product ends where its market began for the first time: at the epoch of the first tick that is stored.
 * So it is the same at every start, and one that was interrupted is completed, unless its settings are others by now. Its
 * last tick is published when the store holds everything before: where that is, nothing is written again.
 */
export function createPastWriter(
  { bus, queue, store, logger, openPast }: PastWriterPorts,
  config: Partial<TransferLimits> & { readonly dataset?: string },
): PastWriter {
  const settings = { ...TRANSFERS.defaults, ...config };
  const limits = { ...settings, importWaitAbove: settings.pastWaitAbove };
  const nextNumber = createImportNumbers({ bus, store });
  const stopping = new AbortController();
  const workers: QueueWorker[] = [];
  let progress: string | null = null;

  const stored = async (product: string, fromMs: number, toMs: number): Promise<StoredTick | undefined> =>
    (await store.ticks(product, { fromMs, toMs, limit: 1 }))[0];

  /** The live market goes first: it says where the past ends. */
  const firstTick = async (product: string): Promise<StoredTick> => {
    const begun = performance.now();
    for (;;) {
      const tick = await stored(product, 0, LAST_INSTANT_MS);
      if (tick) return tick;
      if (stopping.signal.aborted) throw stopped();
      if (performance.now() - begun > settings.importStoredWithinMs) {
        throw new DeltaStreamError(
          'unavailable',
          `no tick of ${product} is stored, where its past would end`,
        );
      }
      await sleep(POLL_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };

  /** What is said of a past by its last tick that is stored, or by a chain where none is; null when nothing is. */
  async function pastStored(product: string, startMs: number): Promise<PastEpoch | null> {
    const [tick] = await store.ticks(product, { fromMs: 0, toMs: startMs, limit: 1, take: 'last' });
    if (tick) return readPastEpoch(tick.epoch);
    const begun = (await store.expiries(product)).find(({ firstTimestamp }) => firstTimestamp < startMs);
    const chain = begun && (await store.asOf(product, begun.expiry, startMs - 1));
    return chain ? readPastEpoch(chain.epoch) : null;
  }

  async function write(order: PastOrder, report: (progress: ImportProgress) => Promise<void>): Promise<void> {
    const { product } = order;
    const first = await firstTick(product);
    const { startMs } = readPastEpoch(first.epoch);
    const isNew = first.source === SYNTHETIC_SOURCE && order.startMs - startMs < FIRST_START_MS;
    const past = isNew ? openPast(order, startMs) : null;
    if (past === null || (await stored(product, past.endMs, past.endMs + 1))) return;
    const begunWith = await pastStored(product, startMs);
    if (begunWith?.complete) return;
    if (begunWith?.settings && begunWith.settings !== past.settings) {
      logger.event('past_of_other_settings', { product }, OTHER_SETTINGS);
      return;
    }
    const begun = performance.now();
    const stamp = { generation: await nextNumber(true), dataset: settings.dataset };
    const { body, last } = withoutLast(past);
    let counts = { chains: 0, ticks: 0 };
    let held: boolean | null = null;
    logger.event('past_started', { product });
    await importRecording(
      { bus, store, logger, open: async () => body, stamp, topics: PAST_TOPICS },
      async (now) => {
        counts = { chains: now.chains, ticks: now.ticks };
        held = now.stored;
        progress = `the past of ${product} is written: ${now.chains} chains so far`;
        await report(now);
      },
      stopping.signal,
      limits,
    );
    const end = last();
    if (!held || end?.kind !== 'tick') {
      throw new DeltaStreamError('unavailable', `the past of ${product} did not reach the store`);
    }
    const epoch = pastEpoch({ startMs, settings: past.settings, complete: true });
    await bus.publish(
      PAST_MARKET_TICKS.name,
      PAST_MARKET_TICKS.frames.encode({ ...end.tick, ...stamp, epoch }),
    );
    const seconds = (performance.now() - begun) / 1000;
    const pace = { seconds: Number(seconds.toFixed(2)), chains_per_s: Math.round(counts.chains / seconds) };
    logger.event('past_completed', { product, ...counts, ...pace });
  }

  return {
    async start() {
      const handle = async (payload: Uint8Array, report: (progress: ImportProgress) => Promise<void>) => {
        try {
          await write(readPastOrder(payload), report);
        } finally {
          progress = null;
        }
      };
      workers.push(await queue.process(PAST_JOB, ({ payload }, report) => handle(payload, report)));
    },
    async stop() {
      stopping.abort();
      await Promise.all(workers.splice(0).map((worker) => worker.stop()));
    },
    progress: () => progress,
  };
}

/** A source and, once that is read to its end, its last item. */
function withoutLast(source: Source): { readonly body: Source; last(): SourceItem | null } {
  let held: SourceItem | null = null;
  async function* items(): AsyncGenerator<SourceItem> {
    for await (const item of source) {
      if (held !== null) yield held;
      held = item;
    }
  }
  return { body: { ...source, [Symbol.asyncIterator]: items }, last: () => held };
}

const stopped = () => new DeltaStreamError('stopped', 'stopped before the past was written');
