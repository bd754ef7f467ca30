import { LAST_INSTANT_MS } from '@deltastream/contracts';
import { reasonOf } from '../../kit/errors.ts';
import type { Logger } from '../../kit/logging/log.ts';
import type { MarketStore } from '../../ports/stores/market/market-store.ts';
import { createBackgroundRuns } from '../background-runs.ts';
import {
  marketRetentionClock,
  type RetentionBounds,
  type RetentionSettings,
  retentionBounds,
} from '../retention-settings.ts';
import type { SeriesHour } from './hour-blocks.ts';

/**
 * What rolling up needs of a store on a server, to which other processes may write, and which they may roll up, too. An
 * hour is marked once it is over, and from then on by each put to it; the process that rolls it up removes the mark only if no put
 * came meanwhile. So no row is missed, and it does not matter how often an hour is rolled up.
 */
export interface RolledStore {
  /** Marks the next hour of each series that is over by an instant and not rolled up; resolves with how many it marked. */
  claim(overByMs: number): Promise<number>;
  /**
   * Marked hours of which no row is missed now, in their order, after a given one; none if that takes too long. Without
   * those that rows came to since an instant.
   */
  marked(quietSinceMs: number, after: SeriesHour | null): Promise<readonly SeriesHour[]>;
  /** Merges the rows of marked hours into their blocks and removes the marks; resolves with why some stay as they are. */
  roll(hours: readonly SeriesHour[]): Promise<readonly string[]>;
  /**
   * Removes what is kept no longer, and of it what is to be rolled up before only once that is done. Rejects where the
   * signal aborts it; what it left is removed the next time.
   */
  retain(bounds: RetentionBounds, signal: AbortSignal): Promise<void>;
  /** The time of the server, epoch ms: a second clock beside that of this process. */
  serverTime(): Promise<number>;
}

export interface RollupsOptions {
  readonly store: RolledStore;
  readonly settings: RetentionSettings & { readonly sweepIntervalMs: number };
  readonly logger?: Logger;
}

/** A market store that rolls figures up in the background, and also when it is asked to. */
export interface RollingMarketStore extends MarketStore, Pick<Rollups, 'rollUpAll' | 'sweep'> {}

/** Rolls figures up and removes what is kept no longer, in the background. */
export interface Rollups {
  /** Rolls up all that is stored, the hours under way included. */
  rollUpAll(): Promise<void>;
  /** Rolls up what is over, and removes what is kept no longer at an instant. */
  sweep(nowMs: number): Promise<void>;
  /** Ends what is under way; idempotent. */
  close(): Promise<void>;
}

export function createRollups({ store, settings, logger }: RollupsOptions): Rollups {
  const logged = new Set<string>();

  const rollMarked = async (quietSinceMs: number): Promise<void> => {
    for (let after: SeriesHour | null = null; ; ) {
      rolling.signal.throwIfAborted();
      const hours = await store.marked(quietSinceMs, after);
      if (hours.length === 0) return;
      for (const reason of await store.roll(hours)) {
        if (!logged.has(reason)) logger?.event('rollup_failing', { reason });
        logged.add(reason);
      }
      after = hours[hours.length - 1];
    }
  };
  const roll = async (overByMs: number, quietSinceMs: number): Promise<void> => {
    for (;;) {
      const claimed = await store.claim(overByMs);
      await rollMarked(quietSinceMs);
      if (claimed === 0) return;
    }
  };
  const sweep = async (nowMs: number): Promise<void> => {
    const bounds = retentionBounds(settings, nowMs);
    if (bounds.snapshotsBeforeMs === null) return;
    const { rowsBeforeMs } = bounds;
    if (rowsBeforeMs !== null) await rolling.inTurn(() => roll(rowsBeforeMs, LAST_INSTANT_MS));
    await store.retain(bounds, sweeping.signal);
  };

  const retention = marketRetentionClock(settings, { logger });
  /** By the earlier of two clocks: nothing is removed because one is ahead. */
  const sweepNow = async () => {
    if (settings.keepSnapshots > 0) await sweep(Math.min(retention.now(), await store.serverTime()));
  };

  const rolling = createBackgroundRuns({
    intervalMs: settings.rollCheckMs,
    run: () => {
      const quietMs = Date.now() - settings.rollQuietMs;
      return roll(quietMs, quietMs);
    },
    failed: (error) => logger?.event('rollup_failed', { reason: reasonOf(error) }),
  });
  const failed = (error: unknown) => logger?.event('retention_failed', { reason: reasonOf(error) });
  const sweeping = createBackgroundRuns({
    intervalMs: settings.sweepIntervalMs,
    run: sweepNow,
    failed,
  });
  // At once, too: nobody waits for it.
  sweeping.inTurn(sweepNow).catch((error) => {
    if (!sweeping.signal.aborted) failed(error);
  });

  return {
    rollUpAll: () => rolling.inTurn(() => roll(LAST_INSTANT_MS, LAST_INSTANT_MS)),
    sweep: (nowMs) => sweeping.inTurn(() => sweep(nowMs)),
    async close() {
      await Promise.all([rolling.close(), sweeping.close()]);
    },
  };
}
