import { reasonOf } from '../../../kit/errors.ts';
import type { Logger } from '../../../kit/logging/log.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { AlertStore } from '../../../ports/stores/alert-store.ts';

const DAY_MS = 86_400_000;

/** Removes what was kept for long enough, again and again. */
export interface Sweep {
  start(): void;
  stop(): void;
}

export interface SweepParts {
  readonly store: Pick<AlertStore, 'removeBefore'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settings: { readonly keepDays: number; readonly sweepMs: number };
}

export function createSweep({ store, clock, logger, settings }: SweepParts): Sweep {
  let timer: NodeJS.Timeout | null = null;

  async function removeOld(): Promise<void> {
    try {
      const removed = await store.removeBefore(clock.now() - settings.keepDays * DAY_MS);
      if (removed > 0) logger.event('alerts_removed', { count: removed, keep_days: settings.keepDays });
    } catch (error) {
      logger.event('alerts_not_removed', { reason: reasonOf(error) });
    }
  }

  return {
    start() {
      timer ??= setInterval(() => void removeOld(), settings.sweepMs);
    },
    stop() {
      if (timer !== null) clearInterval(timer);
      timer = null;
    },
  };
}
