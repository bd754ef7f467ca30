import { randomUUID } from 'node:crypto';
import { ENRICHED_CHAINS, ENRICHED_FIGURES } from '@deltastream/contracts';
import { reasonOf } from '../../../kit/errors.ts';
import type { Logger } from '../../../kit/logging/log.ts';
import { createPacedWarning } from '../../../kit/logging/paced-warning.ts';
import type { Bus } from '../../../ports/bus.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { Lease, StoredFiring } from '../../../ports/stores/alerts/alert-records.ts';
import type { AlertStore } from '../../../ports/stores/alerts/alert-store.ts';
import { keepPosition, keptPosition } from '../intake/kept-position.ts';
import { createStreamReader, type StreamReader } from '../intake/stream-reader.ts';
import type { AlertMetrics } from './alert-metrics.ts';
import { createFiringPublisher } from './firing-publisher.ts';
import { createFiringLimit } from './partition/firing-limit.ts';
import { createPartition, type Partition } from './partition/partition.ts';
import type { PartitionEvaluator } from './partition/partition-evaluator.ts';
import { createPartitionHolder } from './partition/partition-holder.ts';
import { createResumeGap } from './resume-gap.ts';
import { createRuleFeed, type RuleSet } from './rule-feed.ts';
import type { RuntimeSettings } from './runtime-settings.ts';

/** Evaluates a share of the products, and tells what fired. Any number of workers share the work. */
export interface AlertWorker {
  start(stopping: AbortSignal): Promise<void>;
  stop(leftMs: number): Promise<void>;
  /** A rule was changed in this process. */
  rulesChanged(): void;
  /** An owner was suspended, or is no longer. */
  ownerChanged(owner: string): void;
  /** Commits what was evaluated otherwise than by chains; false where this worker does not hold the partition. */
  add(partition: number, evaluated: Parameters<Partition['add']>[0]): boolean;
  /** Why it does not work as it should, or null. */
  problem(): string | null;
  /** What came while no worker was there, and could not be read any more; null where nothing was lately. */
  resumeGap(): string | null;
}

export interface AlertWorkerParts {
  readonly bus: Bus;
  readonly store: AlertStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: AlertMetrics;
  readonly rules: RuleSet;
  /** Rules of whom are not evaluated. */
  readonly isSuspended: (owner: string) => boolean;
  readonly evaluator: (partition: number) => PartitionEvaluator;
  /** The partition is evaluated here no more. */
  readonly onReleased?: (partition: number) => void;
  /** Messages of a product that were given up. */
  readonly onMissing?: (product: string, messages: number) => void;
  readonly onFired: (firings: readonly StoredFiring[]) => void;
  /** Names this worker; the same at its next start where no other can be beside it. */
  readonly holder: string;
  readonly dataset: string | null;
  readonly settings: RuntimeSettings;
}

interface Held {
  readonly partition: Partition;
  readonly reader: StreamReader;
}

export function createAlertWorker(parts: AlertWorkerParts): AlertWorker {
  const { bus, store, clock, logger, metrics, settings } = parts;
  const warnPaced = createPacedWarning(logger);
  const held = new Map<number, Held>();
  const aborted = new AbortController();
  let timer: NodeJS.Timeout | null = null;
  let noting: Promise<void> | null = null;
  /** Why the places of the streams were not kept the last time, or null. */
  let unkept: string | null = null;
  let busName = '';
  /** When publishers have had the time to send again what a bus that was away did not take. */
  let steadyAt = 0;
  let unwatch: (() => void) | null = null;

  const publisher = createFiringPublisher({ bus, store, metrics, warnPaced, now: clock.now, settings });
  const { rules, isSuspended } = parts;
  const resumeGap = createResumeGap({ warnPaced, shownMs: settings.resumeGapMs, now: clock.now });
  const limit = createFiringLimit(settings.firingsPerMinute, ({ owner, ruleId }) => {
    metrics.limited.inc();
    warnPaced(`limit ${owner}`, 'alert_firings_left_out', {
      ...{ user_id: owner, rule_id: ruleId, per_minute: settings.firingsPerMinute },
    });
  });
  const feed = createRuleFeed({ store, rules, isSuspended, clock, warnPaced, settings });
  const holder = createPartitionHolder({
    ...{ store, clock, warnPaced, holder: parts.holder, settings },
    work: {
      open,
      renewed: (lease) => held.get(lease.partition)?.partition.renewed(lease),
      close: async (index, leftMs) => letGo(index, (partition) => partition.close(leftMs)),
    },
  });

  async function open(leases: readonly Lease[]): Promise<void> {
    const reader = createStreamReader({
      bus,
      dataset: parts.dataset,
      settings,
      onMalformed(topic, position, reason) {
        metrics.malformed.inc({ topic });
        warnPaced(topic, 'alert_message_left_out', { topic, position, reason });
      },
    });
    const opened = new Map<number, Partition>();
    for (const lease of leases) {
      const index = lease.partition;
      const remembered = await store.remembered(index);
      const from = (topic: string) => keptPosition(busName, remembered.positions[topic]);
      const streams = reader.add(index, {
        chains: from(ENRICHED_CHAINS.name),
        figures: from(ENRICHED_FIGURES.name),
      });
      const evaluator = parts.evaluator(index);
      const partition = createPartition(lease, remembered, {
        ...{ store, evaluator, clock, metrics, limit, settings, streams },
        isDelayed: () => !bus.connection.connected || performance.now() < steadyAt,
        keptPosition: (position) => keepPosition(busName, position),
        onCommitted(firings) {
          publisher.publish(firings);
          parts.onFired(firings);
        },
        onFailure(reason) {
          warnPaced('commit', 'alert_states_not_kept', { reason, partition: index });
        },
        onMissing: (product, messages) => parts.onMissing?.(product, messages),
        onResumeGap: resumeGap.note,
        onUnread: (error) =>
          warnPaced('past', 'alert_past_not_read', { reason: reasonOf(error), partition: index }),
        onExpired: (rules) => feed.end(rules),
        onLost(why) {
          metrics.lost.inc({ reason: why });
          logger.event('alert_partition_lost', { partition: index, reason: why });
          holder.lost(index);
          void letGo(index, (lost) => lost.close(0));
        },
      });
      opened.set(index, partition);
      held.set(index, { partition, reader });
    }
    await reader.start(opened, aborted.signal);
    // Where nothing was kept, what comes from now on is theirs, whoever has them then.
    await notePlaces([...opened.values()]);
  }

  async function letGo(index: number, end: (partition: Partition) => Promise<void>): Promise<void> {
    const of = held.get(index);
    if (of === undefined) return;
    held.delete(index);
    parts.onReleased?.(index);
    const isLast = of.reader.drop(index);
    await end(of.partition);
    if (isLast) await of.reader.stop();
  }

  /**
   * Keeps how far partitions are: together where they have nothing else to keep. A commit of one that begins meanwhile may be
   * kept before; the earlier place that is kept then only has more read again, and what was judged is known by its number.
   */
  async function notePlaces(partitions: readonly Partition[]): Promise<void> {
    const moved = partitions.flatMap((partition) => {
      const place = partition.place();
      if (place === null) partition.note();
      return place === null ? [] : [{ partition, place }];
    });
    try {
      if (moved.length === 0 || (await store.keepPositions(moved.map(({ place }) => place)))) {
        for (const { partition, place } of moved) partition.placeKept(place);
      } else {
        // A lease passed on: the commits say whose.
        for (const { partition } of moved) partition.note();
      }
      unkept = null;
    } catch (error) {
      unkept = reasonOf(error);
      warnPaced('commit', 'alert_states_not_kept', { reason: unkept, partitions: moved.length });
    }
  }

  function noteAll(): void {
    noting ??= notePlaces([...held.values()].map(({ partition }) => partition)).finally(() => {
      noting = null;
    });
  }

  /** Of what is held now: what was given back or lost is somebody else's to keep. */
  const storeProblem = (): string | null => {
    for (const { partition } of held.values()) {
      const problem = partition.problem();
      if (problem !== null) return problem;
    }
    return null;
  };

  metrics.watch({
    partitions: holder.held,
    rules: feed.size,
    unpublished: publisher.waiting,
  });

  return {
    async start(stopping) {
      stopping.addEventListener('abort', () => aborted.abort(), { once: true });
      unwatch = bus.connection.onChange((connected) => {
        if (connected) steadyAt = performance.now() + settings.maxRetryMs;
      });
      busName = await bus.claim('alert-positions', randomUUID());
      await feed.start();
      await holder.start();
      publisher.start();
      timer = setInterval(noteAll, settings.positionMs);
    },
    async stop(leftMs) {
      aborted.abort();
      unwatch?.();
      if (timer !== null) clearInterval(timer);
      await feed.stop();
      await holder.stop(leftMs);
      await noting;
      await publisher.stop();
    },
    rulesChanged: feed.look,
    ownerChanged: feed.ownerChanged,
    add(index, evaluated) {
      const of = held.get(index);
      of?.partition.add(evaluated);
      return of !== undefined;
    },
    resumeGap: resumeGap.text,
    problem: () => storeProblem() ?? unkept ?? feed.problem() ?? holder.problem(),
  };
}
