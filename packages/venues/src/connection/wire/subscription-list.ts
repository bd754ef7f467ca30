import type { InstrumentId } from '../../instrument.ts';

interface Entry {
  state: 'pending' | 'asked' | 'confirmed' | 'refused';
  /** Monotonic ms of the last time it was asked for. */
  askedAt: number;
  tries: number;
}

/** What one connection is to be subscribed to, and how far that is. It outlives the connection. */
export interface SubscriptionList {
  readonly size: number;
  readonly confirmed: number;
  ids(): Iterable<InstrumentId>;
  add(ids: Iterable<InstrumentId>): void;
  remove(ids: Iterable<InstrumentId>): void;
  /** A new connection knows nothing: everything is asked for again, in the order in which it was added. */
  restart(): void;
  /** Something may be left to take. */
  hasWork(): boolean;
  /** Up to so many that are subscribed and no longer wanted; they count as unsubscribed. */
  takeRemovals(most: number): InstrumentId[];
  /** Up to so many that are to be asked for; they count as asked. */
  takePending(most: number, nowMs: number): InstrumentId[];
  confirm(ids: Iterable<InstrumentId>): void;
  refuse(ids: Iterable<InstrumentId>): void;
  /** Makes those pending that the venue has not confirmed in time; returns how many. */
  askAgain(nowMs: number): number;
}

/** Doubling stops there: 2^10 times the patience is longer than any setting of `lastMs`. */
const MOST_DOUBLINGS = 10;

/**
 * @param patience.firstMs how long a venue may take to confirm; it doubles with each try up to `lastMs`, as what is never
 * confirmed may be something it does not give
 */
export function createSubscriptionList(patience: {
  readonly firstMs: number;
  readonly lastMs: number;
}): SubscriptionList {
  const entries = new Map<InstrumentId, Entry>();
  const removals = new Map<InstrumentId, Entry>();
  let pending: InstrumentId[] = [];
  /** Index of the first of `pending` that was not taken. */
  let next = 0;
  let confirmed = 0;

  function queue(id: InstrumentId): void {
    if (next > 0 && next === pending.length) {
      pending = [];
      next = 0;
    }
    pending.push(id);
  }

  const patienceMs = ({ tries }: Entry) =>
    Math.min(
      patience.firstMs * 2 ** Math.min(tries - 1, MOST_DOUBLINGS),
      Math.max(patience.lastMs, patience.firstMs),
    );

  function change(id: InstrumentId, state: 'confirmed' | 'refused'): void {
    const entry = entries.get(id);
    // A late word on what was removed, or on what no longer waits for one, changes nothing.
    if (entry?.state !== 'asked' && entry?.state !== 'confirmed') return;
    if (entry.state === 'confirmed') confirmed--;
    if (state === 'confirmed') confirmed++;
    entry.state = state;
  }

  return {
    get size() {
      return entries.size;
    },
    get confirmed() {
      return confirmed;
    },
    ids: () => entries.keys(),
    add(ids) {
      for (const id of ids) {
        if (entries.has(id)) continue;
        const subscribed = removals.get(id);
        if (subscribed) {
          removals.delete(id);
          entries.set(id, subscribed);
          if (subscribed.state === 'confirmed') confirmed++;
          continue;
        }
        entries.set(id, { state: 'pending', askedAt: 0, tries: 0 });
        queue(id);
      }
    },
    remove(ids) {
      for (const id of ids) {
        const entry = entries.get(id);
        if (!entry) continue;
        entries.delete(id);
        if (entry.state === 'confirmed') confirmed--;
        if (entry.state === 'confirmed' || entry.state === 'asked' || entry.tries > 0)
          removals.set(id, entry);
      }
    },
    restart() {
      removals.clear();
      confirmed = 0;
      pending = [...entries.keys()];
      next = 0;
      for (const entry of entries.values()) {
        entry.state = 'pending';
        entry.tries = 0;
      }
    },
    hasWork: () => removals.size > 0 || next < pending.length,
    takeRemovals(most) {
      const ids = [...removals.keys()].slice(0, most);
      for (const id of ids) removals.delete(id);
      return ids;
    },
    takePending(most, nowMs) {
      const ids: InstrumentId[] = [];
      while (ids.length < most && next < pending.length) {
        const id = pending[next++];
        const entry = entries.get(id);
        if (entry?.state !== 'pending') continue;
        entry.state = 'asked';
        entry.askedAt = nowMs;
        entry.tries++;
        ids.push(id);
      }
      return ids;
    },
    confirm(ids) {
      for (const id of ids) change(id, 'confirmed');
    },
    refuse(ids) {
      for (const id of ids) change(id, 'refused');
    },
    askAgain(nowMs) {
      let count = 0;
      for (const [id, entry] of entries) {
        if (entry.state !== 'asked' || nowMs - entry.askedAt < patienceMs(entry)) continue;
        entry.state = 'pending';
        queue(id);
        count++;
      }
      return count;
    },
  };
}
