import { ALERT_FIRINGS, isoTime, type PublishedFiring } from '@deltastream/contracts';
import { reasonOf } from '../../../kit/errors.ts';
import type { PacedWarning } from '../../../kit/logging/paced-warning.ts';
import type { Bus } from '../../../ports/bus.ts';
import type { StoredFiring } from '../../../ports/stores/alerts/alert-records.ts';
import type { AlertStore } from '../../../ports/stores/alerts/alert-store.ts';
import type { AlertMetrics } from './alert-metrics.ts';

/** Firings are numbered by owner for good, in whichever process. */
const EPOCH = 'alerts';
/** Firings that one look finds; what is more is found by the next. */
const MOST_AT_ONCE = 500;

/**
 * Publishes what fired, once it is kept. Where it is not sure that the bus has it, it is published again: who follows
 * drops repetitions by their numbers.
 */
export interface FiringPublisher {
  /** Never waits and never throws. */
  publish(firings: readonly StoredFiring[]): void;
  waiting(): number;
  start(): void;
  /** Waits for what is under way. */
  stop(): Promise<void>;
}

export interface FiringPublisherParts {
  readonly bus: Pick<Bus, 'publish'>;
  readonly store: Pick<AlertStore, 'published' | 'unpublished'>;
  readonly metrics: AlertMetrics;
  readonly warnPaced: PacedWarning;
  readonly now: () => number;
  readonly settings: { readonly republishMs: number; readonly maxPendingFirings: number };
}

export function createFiringPublisher(parts: FiringPublisherParts): FiringPublisher {
  const { bus, store, metrics, warnPaced, now, settings } = parts;
  const waiting: StoredFiring[] = [];
  let working: Promise<void> | null = null;
  let timer: NodeJS.Timeout | null = null;
  let stopped = false;

  async function publishAll(): Promise<void> {
    while (waiting.length > 0 && !stopped) {
      const batch = waiting.splice(0, MOST_AT_ONCE);
      try {
        // In the order of their numbers, without a round trip for each.
        await Promise.all(
          batch.map((firing) =>
            bus.publish(ALERT_FIRINGS.name, ALERT_FIRINGS.frames.encode(messageOf(firing))),
          ),
        );
        metrics.published.inc(batch.length);
        await store.published(batch.map(({ id }) => id));
      } catch (error) {
        // They are found again among those that are not known to be published.
        warnPaced('publish', 'alert_firings_not_published', {
          reason: reasonOf(error),
          firings: batch.length,
        });
        return;
      }
    }
  }

  function work(): void {
    working ??= publishAll().finally(() => {
      working = null;
      if (waiting.length > 0 && !stopped) work();
    });
  }

  async function findUnpublished(): Promise<void> {
    if (working !== null || stopped) return;
    try {
      const before = now() - settings.republishMs;
      const found = await store.unpublished(MOST_AT_ONCE);
      // Younger ones are on their way.
      waiting.push(...found.filter(({ keptAt }) => keptAt < before));
    } catch (error) {
      warnPaced('unpublished', 'alert_firings_not_published', { reason: reasonOf(error), firings: 0 });
    }
    if (waiting.length > 0) work();
  }

  return {
    publish(firings) {
      if (stopped || firings.length === 0) return;
      // Beyond the bound they wait in the store.
      if (waiting.length < settings.maxPendingFirings) waiting.push(...firings);
      work();
    },
    waiting: () => waiting.length,
    start() {
      timer ??= setInterval(() => void findUnpublished(), settings.republishMs);
    },
    async stop() {
      if (timer !== null) clearInterval(timer);
      timer = null;
      await working;
      stopped = true;
    },
  };
}

const messageOf = (stored: StoredFiring): PublishedFiring => ({
  owner: stored.owner,
  epoch: EPOCH,
  seq: stored.seq,
  firing: {
    ...{ id: stored.id, seq: stored.seq, rule_id: stored.ruleId, rule: stored.rule },
    ...{ severity: stored.severity, product: stored.product, expiry: stored.expiry, at: isoTime(stored.at) },
    ...{ message: stored.message, figures: stored.figures, muted: stored.muted },
  },
});
