import type { Logger } from '../kit/logging/log.ts';
import { createRetentionClock, type RetentionClock } from '../kit/retention-clock.ts';
import { count, ms, settingsFragment, type ValuesOf } from '../kit/settings-fragment.ts';

const days = (description: string) => count(0, 'days', description, 0, 36_500);

/** How long a market store keeps what, wherever it is. */
export const RETENTION = settingsFragment(
  'Retention of market data',
  {
    keepSnapshots: days(
      'Days that chain snapshots are kept, today not counted, and on a database server ticks; 0: for good. Figures and bars stay',
    ),
    keepSummaries: days(
      'Days that the figures of every snapshot are kept, at least as long as the snapshots; 0: for good. Then the last of each minute stay',
    ),
    keepMinutes: days(
      'Days that the last figures of each minute are kept, at least as long as those of every snapshot; 0: for good. Then the last of each quarter of an hour stay',
    ),
  },
  'store',
  {
    rollCheckMs: ms(60_000, 'How often it is looked for hours whose figures are to be rolled up'),
    rollQuietMs: ms(300_000, 'Wait after the end of an hour, and after the last row that came to it'),
  },
);

export type RetentionSettings = ValuesOf<typeof RETENTION.own>;

type KeptDays = Pick<RetentionSettings, 'keepSnapshots' | 'keepSummaries' | 'keepMinutes'>;

/** Instants, each the beginning of a UTC day, before which something is kept no longer; null where all is kept. */
export interface RetentionBounds {
  readonly snapshotsBeforeMs: number | null;
  /** Figures of every snapshot, which are kept at least as long as the snapshots. */
  readonly rowsBeforeMs: number | null;
  readonly minutesBeforeMs: number | null;
}

const DAY_MS = 86_400_000;

/** The UTC day that begins so many days before the present one; null where all is kept. */
export const dayBefore = (days: number, nowMs: number): number | null =>
  days === 0 ? null : Math.floor(nowMs / DAY_MS) * DAY_MS - days * DAY_MS;

export function retentionBounds(
  { keepSnapshots, keepSummaries, keepMinutes }: KeptDays,
  nowMs: number,
): RetentionBounds {
  const earlier = (bound: number | null, days: number) => {
    const own = dayBefore(days, nowMs);
    return own === null || bound === null ? null : Math.min(own, bound);
  };
  const snapshotsBeforeMs = dayBefore(keepSnapshots, nowMs);
  const rowsBeforeMs = earlier(snapshotsBeforeMs, keepSummaries);
  return { snapshotsBeforeMs, rowsBeforeMs, minutesBeforeMs: earlier(rowsBeforeMs, keepMinutes) };
}

/** The time by which a market store removes what is kept no longer. */
export function marketRetentionClock(
  { keepSnapshots, keepSummaries, keepMinutes }: KeptDays,
  { file, logger }: { readonly file?: string; readonly logger: Logger | undefined },
): RetentionClock {
  const kept = [keepSnapshots, keepSummaries, keepMinutes].filter((each) => each > 0);
  if (kept.length === 0) return { now: Date.now };
  return createRetentionClock({
    ...{ keepMs: Math.min(...kept) * DAY_MS, file },
    onAhead: (aheadMs) =>
      logger?.event('retention_clock_ahead', {
        ...{ ahead_days: Math.round(aheadMs / DAY_MS), of: 'market_store' },
      }),
  });
}
