import type { LogAlertRule } from '@deltastream/contracts';
import type { Clock } from '../../../ports/clock.ts';
import type { LogEntry } from '../../../ports/stores/logs/log-store.ts';
import { createEntryTest } from '../tail/entry-test.ts';
import type { RuleStanding } from './kept-states.ts';
import { createNewestTimes } from './newest-times.ts';

export interface RuleChange {
  readonly state: 'firing' | 'resolved';
  /** Lines in the window; one more than allowed stands for all that are more. */
  readonly count: number;
}

/** How a rule stands. */
export interface RuleState {
  /** Counts the entry where it is of the rule. Returns what changed. */
  add(entry: LogEntry): RuleChange | null;
  /** What changed because time went on. */
  check(): RuleChange | null;
  firingSince(): number | null;
  count(): number;
  /** Lines that came too late to be counted. */
  late(): number;
  /** What is to be known of it after a restart, besides lines; null: it never fired. */
  standing(): RuleStanding | null;
  /** It stands as it did; ahead of any line. An instant that the clock has not come to is now. */
  restore(standing: RuleStanding): void;
}

/**
 * Counts by the times of lines, whatever their order: those that came late count where they belong, up to `lateMs` behind the
 * window, and one from the future counts when it came. Fires once when there are more than allowed in a window, is over when
 * the window that ends now has no more, and fires again after another window at the earliest. Its memory is `above` + 1 times.
 */
export function createRuleState(
  rule: LogAlertRule,
  { clock, lateMs }: { readonly clock: Clock; readonly lateMs: number },
): RuleState {
  const windowMs = rule.window_seconds * 1_000;
  const fits = createEntryTest({
    ...{ event: rule.event, minLevel: rule.level, service: rule.service },
    ...{ product: rule.product, userId: rule.user_id },
    fields: Object.entries(rule.fields ?? {}).map(([path, value]) => ({ path, value })),
  });
  const times = createNewestTimes(rule.above);
  let firingSince: number | null = null;
  let firedAt = Number.NEGATIVE_INFINITY;
  let late = 0;
  /** The newest line of what fired before: a late one of the same does not fire again. */
  let settled = Number.NEGATIVE_INFINITY;

  const fire = (count: number): RuleChange | null => {
    if (firingSince !== null || clock.monotonicMs() - firedAt < windowMs) return null;
    firingSince = clock.now();
    firedAt = clock.monotonicMs();
    return { state: 'firing', count };
  };

  /** The clock was set back: what was counted is as long ago as it was, and not in the future. */
  const followClock = (now: number) => {
    const aheadMs = times.newest() - now;
    if (aheadMs <= 0) return;
    times.setBack(aheadMs);
    settled -= aheadMs;
  };

  return {
    add(entry) {
      if (!fits(entry)) return null;
      const now = clock.now();
      followClock(now);
      const at = Math.min(entry.timestamp, now);
      if (at <= now - windowMs - lateMs) {
        late += 1;
        return null;
      }
      times.add(at);
      const isNew = times.newest() > settled;
      return isNew && times.isAboveWithin(windowMs) ? fire(rule.above + 1) : null;
    },
    check() {
      const now = clock.now();
      followClock(now);
      const from = now - windowMs;
      if (times.isAboveAfter(from)) return fire(rule.above + 1);
      if (firingSince === null) return null;
      firingSince = null;
      settled = times.newest();
      return { state: 'resolved', count: times.countAfter(from) };
    },
    firingSince: () => firingSince,
    count: () => times.countAfter(clock.now() - windowMs),
    late: () => late,
    standing() {
      if (firedAt === Number.NEGATIVE_INFINITY) return null;
      return {
        firing_since: firingSince,
        fired_at: Math.round(clock.now() - (clock.monotonicMs() - firedAt)),
        settled: settled === Number.NEGATIVE_INFINITY ? null : settled,
      };
    },
    restore(standing) {
      const now = clock.now();
      firingSince = standing.firing_since === null ? null : Math.min(standing.firing_since, now);
      firedAt = clock.monotonicMs() - Math.max(0, now - standing.fired_at);
      settled = standing.settled === null ? Number.NEGATIVE_INFINITY : Math.min(standing.settled, now);
    },
  };
}
