import { setTimeout as sleep } from 'node:timers/promises';
import { createSlots, tooMany } from '../../../kit/access/attempt-limits.ts';

/** Lets attempts of one key pass one after the other. */
export interface Pace {
  /** Resolves when it is the attempt's turn. Rejects with `too_many_requests` when too many wait before it. */
  turn(key: string): Promise<void>;
}

export interface PaceOptions {
  /** Time between two attempts of a key. */
  readonly intervalMs: number;
  /** Attempts of a key that may wait. */
  readonly maxWaiting: number;
}

/** In memory, bounded: keys fall into 65,536 slots by a keyed hash. */
export function createPace({ intervalMs, maxWaiting }: PaceOptions): Pace {
  const slotOf = createSlots();
  const next = new Map<number, number>();
  return {
    async turn(key) {
      const slot = slotOf(key);
      const now = performance.now();
      const at = Math.max(now, next.get(slot) ?? 0);
      if (at - now > intervalMs * maxWaiting) throw tooMany(at - now);
      next.set(slot, at + intervalMs);
      if (at > now) await sleep(at - now);
    },
  };
}
