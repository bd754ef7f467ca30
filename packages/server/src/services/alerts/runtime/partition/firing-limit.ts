import { createGrowingCache } from '../../../../kit/growing-cache.ts';
import type { NewFiring } from '../../../../ports/stores/alerts/alert-records.ts';

/** Keeps one account from filling the store, and from holding up what others are sent. */
export interface FiringLimit {
  /**
   * Those that may be kept, in their order. The last one of a minute says that more are left out. Rules that are `once` are
   * not counted: their number is bounded by that of rules.
   */
  within(firings: readonly NewFiring[]): readonly NewFiring[];
}

/** Minutes of accounts that are counted: those of 10,000 that fire now, and of some whose products are late. */
const MOST_COUNTED = 20_000;
const MINUTE_MS = 60_000;

/**
 * Minutes are those of the data: what is judged late, after all evaluators were away, comes in one piece and is of many minutes.
 * It counts what this process evaluates, so where several do an account may have that many of each.
 */
export function createFiringLimit(
  mostPerMinute: number,
  onLeftOut: (firing: NewFiring) => void,
): FiringLimit {
  const counts = createGrowingCache<string, number>(MOST_COUNTED);

  function take(firing: NewFiring): NewFiring[] {
    if (firing.once) return [firing];
    const minute = `${Math.floor(firing.at / MINUTE_MS)} ${firing.owner}`;
    const count = (counts.get(minute) ?? 0) + 1;
    counts.set(minute, count);
    if (count < mostPerMinute) return [firing];
    if (count === mostPerMinute)
      return [{ ...firing, message: `${firing.message}${lastSaid(mostPerMinute)}` }];
    onLeftOut(firing);
    return [];
  }

  return { within: (firings) => (firings.length === 0 ? firings : firings.flatMap(take)) };
}

const lastSaid = (most: number): string =>
  ` (what else fires in this minute is left out: an account may have ${most} alerts in one; give its rules cooldown_seconds)`;
