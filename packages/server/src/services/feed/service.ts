import { type FeedVitals, MARKET_CHAINS, MARKET_TICKS, type RawChain } from '@deltastream/contracts';
import { placeOf, type RejectedItem, type Source, type SourceItem } from '@deltastream/recordings/source';
import { reasonOf } from '../../kit/errors.ts';
import { createProductPaces } from '../../kit/health/product-pace.ts';
import { within } from '../../kit/lifecycle/bounded-wait.ts';
import { createLifecycle } from '../../kit/lifecycle/lifecycle.ts';
import type { Service } from '../../kit/lifecycle/service.ts';
import { type Logger, serviceLogger } from '../../kit/logging/log.ts';
import { createImportNumbers, type ImportNumbers } from '../../kit/recordings/import-numbers.ts';
import { createRejectionReport } from '../../kit/recordings/rejection-report.ts';
import { createTimeOrderReport } from '../../kit/recordings/time-order.ts';
import type { Bus } from '../../ports/bus.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Queue } from '../../ports/queue.ts';
import type { FeedConfig } from './feed-config.ts';
import { createFeedMetrics } from './feed-metrics.ts';
import { createFeedTally, type FeedProgress, type FeedSummary } from './feed-tally.ts';
import { instrumentRoutes } from './instruments/routes.ts';
import { watchVenues } from './live/venue-metrics.ts';
import { publicReason, venueProblem, venueVitals } from './live/venue-vitals.ts';
import { type MessageStamp, messageStamp } from './message-stamp.ts';
import { type OpenedSource, openSource } from './open-source.ts';
import { createConflation } from './pacing/conflation.ts';
import { createPacer } from './pacing/pacer.ts';
import { createPublishRetries } from './publish-frames.ts';
import type { Recorder } from './record/recorder.ts';
import { FEED } from './settings.ts';
import { withStaleness } from './staleness.ts';
import { orderPasts } from './synthetic/past/order-pasts.ts';

export type { FeedConfig, FeedSourceConfig } from './feed-config.ts';
export type { FeedProgress, FeedSummary } from './feed-tally.ts';

export interface FeedPorts {
  readonly bus: Bus;
  /** Real time, also for a replay: paced and judged by its monotonic side, so that setting it stops nothing. */
  readonly clock: Clock;
  readonly logger: Logger;
  /** The number of a replay; by default above all that were given on the bus. */
  readonly nextImport?: ImportNumbers;
  /** Where the past of a synthetic market is ordered; without it none is. */
  readonly queue?: Queue;
}

export interface Feed extends Service {
  /** Resolves at the end of the source or at `stop`; rejects when the source or the bus fails for good. */
  readonly finished: Promise<FeedSummary>;
  /** The number of the replay, once it began; null for a live source. */
  generation(): number | null;
  progress(): FeedProgress;
}

interface ChainMessage extends Pick<RawChain, 'product' | 'expiry' | 'timestamp'> {
  readonly frame: () => Uint8Array;
}

/** Publishes a source to market:chains and market:ticks, in its order, at its pace. */
export function createFeed(
  { bus, clock, logger: root, queue, nextImport = createImportNumbers({ bus, clock }) }: FeedPorts,
  config: FeedConfig,
): Feed {
  const settings = { ...FEED.defaults, ...config };
  const logger = serviceLogger(root, 'feed');
  const metrics = createFeedMetrics();
  const tally = createFeedTally(clock);
  const pacer = createPacer(clock, {
    ...settings,
    live: settings.source.kind !== 'replay' && settings.speed === 1,
  });
  const paces = createProductPaces();
  const conflation = createConflation<ChainMessage>(settings.conflationMs);
  const rejections = createRejectionReport(logger, { mostReasons: settings.rejectionsLogged });
  const { promise: finished, resolve, reject } = Promise.withResolvers<FeedSummary>();
  finished.catch(() => undefined);
  const live = settings.source.kind === 'live' ? settings.source : null;
  const venues = () => source?.report?.() ?? [];
  if (live) watchVenues(metrics.registry, venues);
  let source: OpenedSource | null = null;
  let recorder: Recorder | null = null;
  let running: Promise<void> | null = null;
  let state: 'idle' | 'running' | 'ended' = 'idle';
  let stateSince = performance.now();
  let failure: string | null = null;
  let expectedBy = Number.POSITIVE_INFINITY;
  let conflating = false;
  let stamp: MessageStamp = {};
  const ordered = settings.source.kind === 'replay' ? createTimeOrderReport(logger) : null;
  const publishAgain = createPublishRetries({
    ...{ bus, logger, maxRetryMs: settings.maxRetryMs, stopping: () => stopping },
    onRetry: () => metrics.publishRetries.inc(),
  });

  async function run(items: Source): Promise<void> {
    expect(clock.monotonicMs());
    for await (const item of items) {
      if (item.kind === 'rejected') reportRejection(item);
      else await send(item);
      if (stopping.aborted) return;
      expect(clock.monotonicMs());
    }
  }

  /** Of a venue no message is due at a time: how it is says its report. */
  function expect(dueMs: number): void {
    if (!live) expectedBy = dueMs + settings.staleAfterMs;
  }

  async function send(item: Exclude<SourceItem, RejectedItem>): Promise<void> {
    const { timestamp, product } = item.kind === 'chain' ? item.chain : item.tick;
    ordered?.(timestamp, product);
    const due = live ? clock.monotonicMs() : pacer.due(timestamp);
    expect(Math.max(due, clock.monotonicMs()));
    await pacer.wait(due, stopping);
    if (stopping.aborted) return;
    if (item.kind === 'chain') await sendOrHold(messageOf({ ...item.chain, ...stamp }, due));
    else await sendFrame('tick', item.tick, () => MARKET_TICKS.frames.encode({ ...item.tick, ...stamp }));
    for (const chain of conflation.due(clock.monotonicMs())) await sendFrame('chain', chain, chain.frame);
    metrics.lag.set(lateMs(due) / 1000);
  }

  const lateMs = (due: number) =>
    due === Number.NEGATIVE_INFINITY ? 0 : Math.max(0, clock.monotonicMs() - due);

  const intervalMsOf = (product: string) =>
    source?.intervalMsOf?.(product) ?? source?.expectedIntervalMs ?? null;

  /** Encoded at every try: a chain may become stale while it is held or the bus is away. */
  const messageOf = (chain: RawChain, due: number): ChainMessage => ({
    ...{ product: chain.product, expiry: chain.expiry, timestamp: chain.timestamp },
    frame: () => MARKET_CHAINS.frames.encode(withStaleness(chain, intervalMsOf(chain.product), lateMs(due))),
  });

  /** A live market goes on whether or not its consumers keep up: what they cannot take is thinned out here. */
  async function sendOrHold(chain: ChainMessage): Promise<void> {
    const pressure = settings.source.kind === 'replay' ? 0 : bus.pressure(MARKET_CHAINS.name);
    const behind = pressure > settings.conflateAbove;
    if (behind && !conflating) logger.event('feed_conflating', { pressure });
    conflating = behind;
    const overtaken = behind ? conflation.hold(chain) : conflation.supersede(chain);
    if (overtaken) metrics.conflated.inc();
    if (!behind) await sendFrame('chain', chain, chain.frame);
  }

  async function sendFrame(
    kind: 'chain' | 'tick',
    { product, timestamp }: { readonly product: string; readonly timestamp: number },
    frame: () => Uint8Array,
  ): Promise<void> {
    const topic = kind === 'chain' ? MARKET_CHAINS.name : MARKET_TICKS.name;
    if (stopping.aborted) return;
    const encoded = frame();
    const sent = await bus.publish(topic, encoded).then(
      () => encoded,
      (error) => publishAgain(topic, frame, error),
    );
    if (sent === null) return;
    recorder?.published(kind, { product, timestamp }, sent);
    metrics.sent.inc({ kind });
    tally.sent(kind, timestamp);
    paces.handled(product);
  }

  function reportRejection({ rejection, where, reason }: RejectedItem): void {
    metrics.rejected.inc({ reason: rejection });
    tally.rejected(rejection);
    rejections.add({ rejection, reason, place: placeOf(where) });
  }

  async function end(items: Source, outcome: Promise<void>): Promise<void> {
    try {
      // What the stop itself ended is not a failure.
      await outcome.catch((error) => {
        if (!stopping.aborted) throw error;
      });
      rejections.end();
      const summary = tally.summary(stopping.aborted);
      logger.event('feed_ended', { source: items.name, ...summary });
      resolve(summary);
      enter('ended');
    } catch (error) {
      rejections.end();
      logger.event('feed_failed', { source: items.name, reason: reasonOf(error) });
      fail(error);
    } finally {
      metrics.conflated.inc(conflation.held());
      await items.close();
      await recorder?.close();
    }
  }

  function enter(next: 'running' | 'ended'): void {
    state = next;
    stateSince = performance.now();
  }

  /** Chains of several expiries come at once: what lies between two of those says less than a source that knows. */
  const productPaces = () =>
    paces.list().map((pace) => {
      const said = source?.intervalMsOf?.(pace.product);
      return said === undefined ? pace : { ...pace, interval_ms: Math.max(pace.interval_ms ?? 0, said) };
    });

  function vitalsOfSource(): FeedVitals {
    const due = expectedBy - settings.staleAfterMs - clock.monotonicMs();
    const run = failure !== null ? 'failed' : state === 'ended' ? 'finished' : 'running';
    return {
      source: sourceName(),
      run,
      for_ms: performance.now() - stateSince,
      due_in_ms: run === 'running' && Number.isFinite(due) ? due : null,
      ...(live && { venues: venueVitals(venues()) }),
    };
  }

  async function openedRecorder(): Promise<Recorder | null> {
    if (!settings.record) return null;
    const { openRecorder } = await import('./record/recorder.ts');
    return openRecorder(settings.record, {
      ...{ clock, logger, registry: metrics.registry },
      source: sourceName(),
    });
  }

  const sourceName = () => (live ? [...live.products.keys()].join() : settings.source.kind);

  function sourceCheck() {
    const late = clock.monotonicMs() - expectedBy;
    const stopped = failure ?? lifecycle.problem();
    if (stopped === null && live && state === 'running') {
      const problem = venueProblem(venues(), live.graceMs);
      if (problem === null) return { name: 'source', ok: true, reason: null };
      // What is degraded is shown to others than the operator.
      const { ready, reason } = problem;
      return { name: 'source', ok: ready, reason: ready ? publicReason(reason) : reason };
    }
    const reason =
      stopped ??
      (state === 'running' && late > 0
        ? `no message was taken for ${Math.round((late + settings.staleAfterMs) / 1000)} s after it was due`
        : null);
    return { name: 'source', ok: reason === null, reason };
  }

  /** A recording that ended is no reason to take the feed for unready. */
  function recordingChecks() {
    if (!settings.record) return [];
    const problem = recorder?.problem() ?? null;
    const reason = problem === null ? null : `nothing is recorded any more: ${problem}`;
    return [{ name: 'recording', ok: true, reason }];
  }

  function fail(error: unknown): void {
    enter('ended');
    failure = reasonOf(error);
    reject(error);
  }

  const lifecycle = createLifecycle({
    name: 'feed',
    logger: root,
    stopTimeoutMs: settings.stopTimeoutMs,
    async start(stopping) {
      enter('running');
      try {
        const paced = settings.speed === 1 ? clock : null;
        const startMs = clock.now();
        recorder = await openedRecorder();
        const keepRaw = settings.record?.keepRaw ? recorder?.keepRaw : undefined;
        const context = { clock, logger, paced, startMs, signal: stopping, keepRaw };
        source = await openSource(settings.source, context);
        if (queue) void orderPasts(queue, settings.source, { nowMs: startMs, logger });
        stamp = await messageStamp(config, source, nextImport);
      } catch (error) {
        // What the stop itself ended is not a failure.
        if (!stopping.aborted) fail(error);
        await recorder?.close();
        throw error;
      }
      if (stopping.aborted) return;
      logger.event('feed_started', { source: source.name, epoch: source.epoch, speed: settings.speed });
      tally.begin();
      running = end(source, run(source));
    },
    async stop(leftMs) {
      // It may wait for a message that does not come.
      if (live) await source?.close();
      if (running) await within(leftMs, running, () => undefined);
      await source?.close();
      if (recorder) await within(leftMs, recorder.close(), () => undefined);
      resolve(tally.summary(true));
    },
  });
  const { stopping } = lifecycle;

  return {
    name: 'feed',
    metrics: metrics.registry,
    ...(config.kept && { routes: instrumentRoutes(config.kept, { clock, logger }) }),
    finished,
    generation: () => stamp.generation ?? null,
    vitals: () => ({ feed: vitalsOfSource(), products: productPaces() }),
    progress: () => tally.progress(source?.progress() ?? null),

    start: lifecycle.start,
    stop: lifecycle.stop,

    ready: async () => [sourceCheck(), ...recordingChecks()],
  };
}
