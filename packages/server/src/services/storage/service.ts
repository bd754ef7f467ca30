import {
  ENRICHED_CHAINS,
  ENRICHED_FIGURES,
  ENRICHED_TICKS,
  type EnrichedChain,
  type EnrichedTick,
  PAST_ENRICHED_CHAINS,
  PAST_ENRICHED_TICKS,
  type ProductFigures,
  type Topic,
} from '@deltastream/contracts';
import { DeltaStreamError, malformedMessage } from '../../kit/errors.ts';
import type { StaleChains } from '../../kit/health/stale-chains.ts';
import { within } from '../../kit/lifecycle/bounded-wait.ts';
import { createLifecycle } from '../../kit/lifecycle/lifecycle.ts';
import type { Service } from '../../kit/lifecycle/service.ts';
import { createWorkerControl } from '../../kit/lifecycle/worker-control.ts';
import { type Logger, serviceLogger } from '../../kit/logging/log.ts';
import { createPacedWarning } from '../../kit/logging/paced-warning.ts';
import type { Bus, Consumer, Delivery } from '../../ports/bus.ts';
import type { Cache } from '../../ports/cache.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Queue } from '../../ports/queue.ts';
import type { FramedChain, MarketStore, StoredTick } from '../../ports/stores/market/market-store.ts';
import { createStorageMetrics, type MessageKind } from './metrics.ts';
import { createCatalogue } from './reading/catalogue.ts';
import { createChainBytes } from './reading/chain-route.ts';
import { dataRoutes } from './reading/routes.ts';
import { createRecomputeJobs, type Recomputation } from './recompute/recompute-jobs.ts';
import { STORAGE_DEFAULTS, type StorageSettings } from './settings.ts';
import { type BatchEvents, createBatchWriter } from './writing/batch-writer.ts';
import { createSequenceGaps } from './writing/sequence-gaps.ts';

export interface StoragePorts {
  readonly bus: Bus;
  readonly store: MarketStore;
  readonly cache: Cache;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Knows whether live chains still come; without it none is flagged `stale` because it was not followed by another. */
  readonly platform?: StaleChains;
  /** Without these two nothing that is stored is computed again. */
  readonly queue?: Queue;
  readonly recomputation?: Recomputation;
}

const GROUP = 'storage';
/** A recomputation waits while one of these has a backlog. */
const LIVE_TOPICS = [ENRICHED_CHAINS, ENRICHED_TICKS];

/** Stores what enrichers publish, and serves what is stored. See README.md for what it guarantees. */
export function createStorage(ports: StoragePorts, config: Partial<StorageSettings> = {}): Service {
  const { bus, store, cache, clock, platform, queue, recomputation } = ports;
  const settings: StorageSettings = { ...STORAGE_DEFAULTS, ...config };
  const logger = serviceLogger(ports.logger, 'storage');
  const gaps = { chain: createSequenceGaps(settings), tick: createSequenceGaps(settings) };
  const metrics = createStorageMetrics(gaps);
  const catalogue = createCatalogue(store, clock, settings);
  const chainBytes = createChainBytes(store, cache, settings.cacheTtlMs, metrics.registry, logger, platform);

  const warn = createPacedWarning(logger, { intervalMs: settings.failureLoggedMs });

  const eventsOf = (kind: MessageKind): BatchEvents => ({
    stored: (count, seconds) => metrics.stored(kind, count, seconds),
    refused: () => metrics.refused(kind),
    failed(reason) {
      metrics.putFailed(kind);
      warn(`${kind} ${reason}`, 'batch_not_stored', { kind, reason });
    },
    recovered: () => logger.event('storing_again', { kind }),
  });
  const chains = createBatchWriter<FramedChain>(
    (batch) => store.putSnapshots(batch),
    settings,
    eventsOf('chain'),
  );
  const ticks = createBatchWriter<EnrichedTick>(
    (batch) =>
      store.putTicks(
        batch.map(storedTick),
        batch.flatMap(({ bars }) => bars),
      ),
    settings,
    eventsOf('tick'),
  );

  const figures = createBatchWriter<ProductFigures>(
    (batch) => store.putProductFigures(batch),
    settings,
    eventsOf('figures'),
  );

  const recomputes =
    queue &&
    recomputation &&
    createRecomputeJobs(
      {
        store,
        queue,
        logger,
        async written(product, expiry, timestamp) {
          catalogue.written(product);
          await chainBytes.written(product, expiry, timestamp);
        },
      },
      recomputation,
      {
        turnMs: settings.recomputeTurnMs,
        timeShare: settings.recomputeTimeShare,
        reportMs: settings.recomputeReportMs,
        isBusy: () => LIVE_TOPICS.some(({ name }) => bus.pressure(name) > settings.recomputeWaitAbove),
      },
    );

  const subscriptions: Consumer[] = [];
  const control = createWorkerControl(
    { bus, clock, logger },
    {
      service: 'storage',
      concurrency: settings.concurrency,
      beatMs: settings.beatMs,
      finalStateTimeoutMs: settings.finalStateTimeoutMs,
      apply: (next) => {
        for (const subscription of subscriptions) subscription.setConcurrency(next);
      },
    },
  );
  let refusal: { readonly reason: string; readonly at: number } | null = null;

  /** Generated and recorded data never share a store, whatever flags the services were started with. */
  const requireDataset = (kind: MessageKind, { dataset }: { readonly dataset?: string }) => {
    if (dataset === undefined || settings.dataset === null || dataset === settings.dataset) return;
    const reason =
      `messages of the dataset "${dataset}" come, and this storage keeps "${settings.dataset}": ` +
      `start it and what reads from it with --dataset ${dataset}, or the feed with --dataset ${settings.dataset}`;
    if (refusal?.reason !== reason) logger.event('dataset_refused', { kind, dataset }, reason);
    refusal = { reason, at: clock.monotonicMs() };
    metrics.refused(kind);
    throw new DeltaStreamError('malformed_message', reason, { permanent: true });
  };

  /** Two stores that share a consumer group would have a part of the data each. */
  const claim = async () => {
    const holder = await bus.claim(GROUP, store.storeId, { takeOver: settings.takeOverStorage });
    if (holder === store.storeId) return;
    throw new DeltaStreamError(
      'storage_group_taken',
      `what this bus carries is stored by the store ${holder}, and this is the store ${store.storeId}`,
    );
  };

  /** The store that took over while this one ran; null while what the bus carries is its own to store. */
  let takenBy: string | null = null;
  let claiming = false;
  let claimTimer: NodeJS.Timeout | undefined;

  /** Says again whose the group is, for a bus that lost it, and stops consuming once it is another's. */
  const keepClaim = async () => {
    // A bus that is away tells nothing, and gives nothing to consume.
    const holder = await bus.claim(GROUP, store.storeId).catch(() => store.storeId);
    if (holder === store.storeId) return;
    clearInterval(claimTimer);
    takenBy = holder;
    logger.event('store_taken_over', { holder });
    await Promise.all(subscriptions.splice(0).map((each) => each.stop()));
  };

  const consume = async <T>(
    topic: string,
    read: (frame: Uint8Array) => T,
    store: (message: T) => Promise<void>,
  ) => {
    const handle = async ({ frame }: Delivery) => store(read(frame));
    subscriptions.push(await bus.consume(topic, GROUP, handle, { concurrency: settings.concurrency }));
  };

  const storeChain = async (chain: FramedChain) => {
    requireDataset('chain', chain);
    await chains.write(chain);
    catalogue.written(chain.product);
    await chainBytes.written(chain.product, chain.expiry, chain.timestamp);
  };

  const storeTick = async (tick: EnrichedTick) => {
    requireDataset('tick', tick);
    await ticks.write(tick);
    catalogue.written(tick.product);
  };

  const start = async () => {
    await claim();
    await consume(ENRICHED_CHAINS.name, framed(ENRICHED_CHAINS), async (chain) => {
      await storeChain(chain);
      gaps.chain.seen(chain);
    });
    await consume(ENRICHED_TICKS.name, reads(ENRICHED_TICKS), async (tick) => {
      await storeTick(tick);
      gaps.tick.seen(tick);
    });
    await consume(ENRICHED_FIGURES.name, reads(ENRICHED_FIGURES), async (message) => {
      requireDataset('figures', message);
      await figures.write(message);
    });
    // Of the past no number can be missing: what is not stored of it is written again.
    await consume(PAST_ENRICHED_CHAINS.name, framed(PAST_ENRICHED_CHAINS), storeChain);
    await consume(PAST_ENRICHED_TICKS.name, reads(PAST_ENRICHED_TICKS), storeTick);
    await control.start();
    await recomputes?.start();
    claimTimer = setInterval(() => {
      if (claiming) return;
      claiming = true;
      void keepClaim().finally(() => {
        claiming = false;
      });
    }, settings.claimCheckMs).unref();
  };

  const stop = async (timeoutMs: number) => {
    const deadline = performance.now() + timeoutMs;
    clearInterval(claimTimer);
    // What was taken from the bus, and what a read under way still takes, is written and acknowledged.
    const handled = Promise.all(subscriptions.splice(0).map((each) => each.stop()));
    await within(timeoutMs, Promise.all([handled, recomputes?.stop()]), () => undefined);
    const leftMs = Math.max(0, deadline - performance.now());
    await Promise.all([
      handled,
      chains.stop(leftMs),
      ticks.stop(leftMs),
      figures.stop(leftMs),
      control.stop(),
    ]);
  };

  const { stopTimeoutMs } = settings;
  const lifecycle = createLifecycle({ name: 'storage', logger: ports.logger, stopTimeoutMs, start, stop });

  return {
    name: 'storage',
    metrics: metrics.registry,
    routes: dataRoutes({ store, catalogue, chainBytes, platform }),
    start: lifecycle.start,
    stop: lifecycle.stop,
    async ready() {
      const problems = store.problems();
      const failure =
        chains.failure() ??
        ticks.failure() ??
        figures.failure() ??
        problems.find(({ working }) => !working)?.reason ??
        null;
      const degraded = problems.map(({ reason }) => reason).join('; ') || null;
      const reason =
        lifecycle.problem() ??
        (takenBy && `the store ${takenBy} took over what the bus carries: nothing more is stored here`);
      return [
        { name: 'consuming', ok: reason === null, reason },
        {
          name: 'dataset',
          ok: true,
          reason:
            refusal !== null && clock.monotonicMs() - refusal.at < settings.refusalShownMs
              ? refusal.reason
              : null,
        },
        { name: 'market_store', ok: failure === null, reason: failure ?? degraded },
      ];
    },
  };
}

const reads =
  <T>({ name, frames }: Topic<T>) =>
  (frame: Uint8Array): T => {
    try {
      return frames.decode(frame);
    } catch (cause) {
      throw malformedMessage(name, cause);
    }
  };

/**
 * What of a chain waits for its commit. The columns have done their part once the frame is found valid: held until then,
 * they would outlive the collections of young objects, and tens of megabytes of them would lie about before the next
 * complete one.
 */
function framed(topic: Topic<EnrichedChain>): (frame: Uint8Array) => FramedChain {
  const read = reads(topic);
  return (frame) => {
    const { columns: _columns, ...head } = read(frame);
    return { ...head, frame };
  };
}

const storedTick = (tick: EnrichedTick): StoredTick => ({
  product: tick.product,
  timestamp: tick.timestamp,
  epoch: tick.epoch,
  seq: tick.seq,
  ...(tick.generation === undefined ? {} : { generation: tick.generation }),
  source: tick.source,
  currency: tick.currency,
  price: tick.price,
  previousClose: tick.previous_close,
});
