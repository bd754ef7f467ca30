import { reasonOf } from '../../../kit/errors.ts';
import type { Logger } from '../../../kit/logging/log.ts';
import { createRetentionClock } from '../../../kit/retention-clock.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { AlertStore } from '../../../ports/stores/alerts/alert-store.ts';

const DAY_MS = 86_400_000;

/** Removes what was kept for long enough, again and again; not because the clock is suddenly ahead. */
export interface Sweep {
  start(): void;
  stop(): void;
}

export interface SweepParts {
  readonly store: Pick<AlertStore, 'removeBefore'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settings: { readonly keepDays: number; readonly keepFirings: number; readonly sweepMs: number };
}

export function createSweep({ store, clock, logger, settings }: SweepParts): Sweep {
  const keepMs = settings.keepDays * DAY_MS;
  const retention = createRetentionClock({
    ...{ keepMs, wallMs: clock.now, monotonicMs: clock.monotonicMs },
    onAhead: (aheadMs) =>
      logger.event('retention_clock_ahead', { ahead_days: Math.round(aheadMs / DAY_MS), of: 'alerts' }),
  });
  let timer: NodeJS.Timeout | null = null;

  async function removeOld(): Promise<void> {
    try {
      const removed = await store.removeBefore(retention.now() - keepMs, settings.keepFirings);
      if (removed > 0) logger.event('alerts_removed', { count: removed, keep_days: settings.keepDays });
    } catch (error) {
      logger.event('alerts_not_removed', { reason: reasonOf(error) });
    }
  }

  return {
    start() {
      // From here on a step of the clock is known as one.
      retention.now();
      timer ??= setInterval(() => void removeOld(), settings.sweepMs);
    },
    stop() {
      if (timer !== null) clearInterval(timer);
      timer = null;
    },
  };
}
