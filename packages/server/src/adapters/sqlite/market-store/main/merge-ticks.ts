import type { StoredTick } from '../../../../ports/stores/market/market-store.ts';
import { compareVersions } from '../../../../ports/stores/version-order.ts';

export interface MergedTicks {
  /** Of one product, in time order. */
  readonly ticks: StoredTick[];
  /** Those given that stay: at a free time, or in place of one that said something else, or the same. */
  readonly new: readonly StoredTick[];
  readonly replaced: readonly StoredTick[];
  readonly same: readonly StoredTick[];
  /** Times at which two prices met: what a bar holds of the one that lost must go. */
  readonly contested: readonly number[];
}

/**
 * Ticks of one product by timestamp. Of two with the same timestamp the one of the greater version stays; of
 * equal versions the later given.
 */
export function mergeTicks(stored: readonly StoredTick[], given: readonly StoredTick[]): MergedTicks {
  const before = new Map(stored.map((tick) => [tick.timestamp, tick]));
  const byTime = new Map(before);
  const contested = new Set<number>();
  for (const tick of given) {
    const held = byTime.get(tick.timestamp);
    if (held !== undefined && held.price !== tick.price) contested.add(tick.timestamp);
    if (held === undefined || compareVersions(tick, held) >= 0) byTime.set(tick.timestamp, tick);
  }
  const outcomes = { new: [] as StoredTick[], replaced: [] as StoredTick[], same: [] as StoredTick[] };
  for (const [time, tick] of byTime) {
    const was = before.get(time);
    if (was === undefined) outcomes.new.push(tick);
    else if (compareVersions(tick, was) > 0)
      outcomes[saysTheSame(tick, was) ? 'same' : 'replaced'].push(tick);
  }
  return {
    ticks: [...byTime.values()].sort((a, b) => a.timestamp - b.timestamp),
    ...outcomes,
    contested: [...contested],
  };
}

const saysTheSame = (a: StoredTick, b: StoredTick): boolean =>
  a.price === b.price && a.previousClose === b.previousClose && a.currency === b.currency;
