import { reasonOf } from '../../../../kit/errors.ts';
import type { Logger } from '../../../../kit/logging/log.ts';
import type { RetentionClock } from '../../../../kit/retention-clock.ts';
import { createBackgroundRuns } from '../../../background-runs.ts';
import { dayBefore, type RetentionSettings } from '../../../retention-settings.ts';
import type { SqliteStoreSettings } from '../../settings.ts';
import type { SupervisedThread } from '../../supervised-thread.ts';
import type { RolledUp, RollUpRequest } from '../messages.ts';

export interface RollerOptions {
  readonly folder: string;
  readonly settings: RetentionSettings & Pick<SqliteStoreSettings, 'rollPercent'>;
  /** By it figures are kept no longer. */
  readonly retention: RetentionClock;
  readonly writer: Pick<SupervisedThread, 'ask'>;
  /** True while the writer has more to do than it can: rolling up waits. */
  readonly isBehind: () => boolean;
  readonly logger?: Logger;
}

/** Has the writer roll figures up, and remove those that are kept no longer, in small parts between its commits. */
export interface Roller {
  /** Rolls up all that is stored, the hours under way included. */
  rollUpAll(): Promise<void>;
  /** Ends what is under way; idempotent. */
  close(): Promise<void>;
}

/** How long a commit waits for a part at most, about. */
const BUDGET_MS = 5;
/** How often it is looked whether the writer has caught up. */
const BEHIND_MS = 20;

export function createRoller(options: RollerOptions): Roller {
  const { folder, settings, retention, writer, isBehind, logger } = options;
  const logged = new Set<string>();

  const roll = async (quietMs: number, percent: number): Promise<void> => {
    for (;;) {
      runs.signal.throwIfAborted();
      while (isBehind()) await runs.pause(BEHIND_MS);
      const begun = performance.now();
      const keptMs = retention.now();
      const request: RollUpRequest = {
        kind: 'rollUp',
        budgetMs: BUDGET_MS,
        nowMs: Date.now(),
        quietMs,
        folder,
        rowsBeforeMs: dayBefore(settings.keepSummaries, keptMs),
        minutesBeforeMs: dayBefore(settings.keepMinutes, keptMs),
      };
      const { more, problems } = (await writer.ask(request)) as RolledUp;
      for (const reason of problems) {
        if (!logged.has(reason)) logger?.event('rollup_failing', { reason });
        logged.add(reason);
      }
      if (!more) return;
      if (percent < 100) await runs.pause((performance.now() - begun) * (100 / percent - 1));
    }
  };

  const runs = createBackgroundRuns({
    intervalMs: settings.rollCheckMs,
    run: () => roll(settings.rollQuietMs, settings.rollPercent),
    // The store's own state says what is wrong with it.
    failed: (error) => logger?.event('rollup_failed', { reason: reasonOf(error) }),
  });

  return {
    rollUpAll: () => runs.inTurn(() => roll(Number.NEGATIVE_INFINITY, 100)),
    close: runs.close,
  };
}
