import { createSlots, tooMany } from '../../../kit/access/attempt-limits.ts';
import type { Clock } from '../../../ports/clock.ts';

/** Attempts by key that must wait longer the more of them fail. */
export interface Backoff {
  /** Counts an attempt as failed. Throws `too_many_requests` while the key must wait. */
  begin(key: string): void;
  /** Takes back an attempt that did not fail. */
  forgive(key: string): void;
}

export interface BackoffOptions {
  readonly clock: Clock;
  /** Failures before anyone must wait. */
  readonly free: number;
  /** The longest wait; after as long without an attempt the failures are forgotten. */
  readonly maxSeconds: number;
  /** Called when a key has to wait for the first time. */
  readonly onWait?: (key: string) => void;
}

/** The wait after the first failure beyond the free ones; each further failure doubles it. */
const FIRST_WAIT_MS = 1000;

/** In memory, bounded: keys fall into 65,536 slots by a keyed hash. */
export function createBackoff({ clock, free, maxSeconds, onWait }: BackoffOptions): Backoff {
  const slots = new Map<number, { failures: number; waitUntil: number }>();
  const slotOf = createSlots();
  const maxMs = maxSeconds * 1000;
  const waitAfter = (failures: number) =>
    failures < free ? 0 : Math.min(maxMs, FIRST_WAIT_MS * 2 ** Math.min(failures - free, 30));

  return {
    begin(key) {
      const slot = slotOf(key);
      const now = clock.monotonicMs();
      const known = slots.get(slot);
      const state = known && known.waitUntil + maxMs > now ? known : { failures: 0, waitUntil: now };
      if (state.waitUntil > now) throw tooMany(state.waitUntil - now);
      const failures = state.failures + 1;
      if (failures === free) onWait?.(key);
      slots.set(slot, { failures, waitUntil: now + waitAfter(failures) });
    },
    forgive(key) {
      const slot = slotOf(key);
      const state = slots.get(slot);
      if (!state) return;
      const failures = state.failures - 1;
      if (failures <= 0) slots.delete(slot);
      else slots.set(slot, { failures, waitUntil: clock.monotonicMs() });
    },
  };
}
