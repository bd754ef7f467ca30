import type { StoredTick } from '../../ports/market-store.ts';

/**
 * Ticks of one product by timestamp, in time order. Of two with the same timestamp the one with the
 * greater [epoch, seq] stays; of equal ones the later given.
 */
export function mergeTicks(stored: readonly StoredTick[], given: readonly StoredTick[]): StoredTick[] {
  const byTime = new Map(stored.map((tick) => [tick.timestamp, tick]));
  for (const tick of given) {
    const held = byTime.get(tick.timestamp);
    if (held === undefined || !isOlder(tick, held)) byTime.set(tick.timestamp, tick);
  }
  return [...byTime.values()].sort((a, b) => a.timestamp - b.timestamp);
}

function isOlder(tick: StoredTick, than: StoredTick): boolean {
  return tick.epoch < than.epoch || (tick.epoch === than.epoch && tick.seq < than.seq);
}
