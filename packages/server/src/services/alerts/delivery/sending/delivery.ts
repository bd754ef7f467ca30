import type { Registry } from 'prom-client';
import { reasonOf } from '../../../../kit/errors.ts';
import { within } from '../../../../kit/lifecycle/bounded-wait.ts';
import type { Logger } from '../../../../kit/logging/log.ts';
import { createPacedWarning } from '../../../../kit/logging/paced-warning.ts';
import type { Clock } from '../../../../ports/clock.ts';
import type { Queue, QueueWorker } from '../../../../ports/queue.ts';
import type { AlertChannel, DeliveryAttempt } from '../../../../ports/stores/alerts/alert-records.ts';
import type { AlertSecrets } from '../secrets/alert-secrets.ts';
import type { DeliverySettings } from '../settings.ts';
import { createChannelSending, type DeliveryStore } from './channel-sending.ts';
import { createDeliveryMetrics } from './delivery-metrics.ts';
import type { Senders } from './senders.ts';

export interface DeliveryParts {
  readonly store: DeliveryStore;
  readonly queue: Queue;
  readonly senders: Senders;
  readonly secrets: AlertSecrets;
  readonly settings: DeliverySettings;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry: Registry;
  /** Through channels of whom nothing is sent. */
  readonly isSuspended: (owner: string) => boolean;
  /** In 0 to 1; how much later than at the time a try comes. */
  readonly random?: () => number;
}

export interface Delivery {
  start(): Promise<void>;
  /** Something fired: it is looked for at once. */
  wake(): void;
  /** Sends a test message now. Rejects where the store fails. */
  test(channel: AlertChannel): Promise<DeliveryAttempt>;
  /** Why it does not work; null while it does. */
  problem(): string | null;
  /** Lets what is being sent end, for half of the time, and then ends it; what waits stays in the store. Idempotent. */
  stop(leftMs: number): Promise<void>;
}

/** The jobs of channels: one of each at a time, whichever process runs it. */
const DELIVERY_JOB = 'alert_delivery';
/** Firings, and channels, that are looked up at a time. */
const PAGE = 500;

/**
 * Delivers what fired. What waits for each channel stands in the store, with what was tried already, so that a wait of
 * hours survives any crash; the queue only says which channels are to be looked at, by one worker at a time each.
 */
export function createDelivery(parts: DeliveryParts): Delivery {
  const { store, queue, senders, secrets, settings, clock, logger, random } = parts;
  const metrics = createDeliveryMetrics(parts.registry);
  const sending = createChannelSending({
    ...{ store, senders, settings, clock, logger, metrics, random, isSuspended: parts.isSuspended },
    targets: secrets.targets,
  });
  const warnPaced = createPacedWarning(logger);
  const cutting = new AbortController();
  const tests = new Set<Promise<DeliveryAttempt>>();
  let worker: QueueWorker | null = null;
  let timer: NodeJS.Timeout | null = null;
  let looking: Promise<void> | null = null;
  let isAsked = false;
  let isStopped = false;
  let failure: string | null = null;

  /** Puts firings into the queues of their channels, and channels that have something to send into the queue of jobs. */
  const look = async (): Promise<void> => {
    for (;;) {
      const firings = await store.undelivered(clock.now(), PAGE);
      if (firings.length > 0) await store.handOver(firings.map(({ id }) => id));
      if (firings.length < PAGE || isStopped) break;
    }
    for (const channelId of await store.channelsDue(clock.now(), PAGE)) {
      if (isStopped) return;
      await queue.add(DELIVERY_JOB, Buffer.from(channelId), { key: channelId });
    }
  };

  const next = (waitMs: number): void => {
    if (isStopped || timer !== null || looking !== null) return;
    timer = setTimeout(() => {
      timer = null;
      isAsked = false;
      looking = look()
        .then(() => {
          failure = null;
        })
        .catch((error) => {
          failure = reasonOf(error);
          warnPaced('look', 'alert_delivery_not_done', { reason: failure });
        })
        .finally(() => {
          looking = null;
          next(isAsked ? 0 : settings.checkMs);
        });
    }, waitMs);
  };

  return {
    async start() {
      worker = await queue.process(
        DELIVERY_JOB,
        ({ payload }) => sending.sendDue(Buffer.from(payload).toString(), cutting.signal),
        { concurrency: settings.concurrency },
      );
      next(0);
    },
    wake() {
      isAsked = true;
      if (timer !== null) clearTimeout(timer);
      timer = null;
      next(0);
    },
    test(channel) {
      const testing = sending.test(channel, cutting.signal).finally(() => tests.delete(testing));
      tests.add(testing);
      return testing;
    },
    problem: () => failure,
    async stop(leftMs) {
      isStopped = true;
      if (timer !== null) clearTimeout(timer);
      timer = null;
      const ended = Promise.all([worker?.stop(), looking, Promise.allSettled([...tests])]);
      worker = null;
      try {
        await within(leftMs / 2, ended, () => cutting.abort());
        await ended;
      } finally {
        await senders.close();
      }
    },
  };
}
