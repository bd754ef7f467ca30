/** Others must have been quoted above 0 for so long before a zero is believed, and a longer pause of theirs begins anew. */
const BELIEVED_AFTER_MS = 5000; // What follows a reconnect comes within it, also at one batch of subscriptions a second.

/**
 * Contracts that were quoted at 0 where something was held. A contract may fall to 0, an expiry does not at once: that is
 * failed data. So a zero is held back until other contracts of the expiry are seen above 0 for a while after it; one that
 * came with a new connection until its own contract is seen above 0, or a session begins.
 */
export interface ZeroHold {
  /** Contracts whose zero is held back. */
  readonly size: number;
  /** Of those, the ones whose zero came with a new connection. */
  readonly fresh: number;
  /** A contract was seen above 0 after the newest zero that is held: not all fell at once. */
  readonly othersSeen: boolean;
  hold(cell: number, nowMs: number): void;
  /** A contract is quoted above 0. */
  seen(cell: number): void;
  reconnected(nowMs: number): void;
  newSession(nowMs: number): void;
  /** Contracts whose zero is to be believed; they are held no more. Called at the cadence of chains. */
  settled(nowMs: number): readonly number[];
  /** Contracts lie elsewhere now: [from, to]; what is not named is forgotten. */
  move(cells: readonly (readonly [number, number])[]): void;
}

interface Held {
  readonly sinceMs: number;
  readonly isFresh: boolean;
}

const NONE: readonly number[] = [];

export function createZeroHold(): ZeroHold {
  let held = new Map<number, Held>();
  /** Contracts above 0 were seen from then, without a long pause, to then. */
  let seenFrom = Number.NEGATIVE_INFINITY;
  let seenUntil = Number.NEGATIVE_INFINITY;
  let wasSeen = false;
  let othersSeen = false;
  let reconnectedAt = Number.NEGATIVE_INFINITY;
  return {
    get size() {
      return held.size;
    },
    get fresh() {
      let count = 0;
      for (const { isFresh } of held.values()) if (isFresh) count++;
      return count;
    },
    get othersSeen() {
      return othersSeen;
    },
    hold: (cell, nowMs) => {
      if (held.has(cell)) return;
      othersSeen = false;
      held.set(cell, { sinceMs: nowMs, isFresh: nowMs - reconnectedAt < BELIEVED_AFTER_MS });
    },
    seen: (cell) => {
      othersSeen = true;
      wasSeen = true; // The time is looked at once for many quotes.
      if (held.size > 0) held.delete(cell);
    },
    reconnected: (nowMs) => {
      reconnectedAt = nowMs;
    },
    newSession: (nowMs) => {
      for (const cell of held.keys()) held.set(cell, { sinceMs: nowMs, isFresh: false });
    },
    settled: (nowMs) => {
      if (wasSeen) {
        if (nowMs - seenUntil > BELIEVED_AFTER_MS) seenFrom = nowMs;
        seenUntil = nowMs;
        wasSeen = false;
      }
      if (held.size === 0) return NONE;
      const believed: number[] = [];
      for (const [cell, { sinceMs, isFresh }] of held) {
        if (!isFresh && seenUntil - Math.max(sinceMs, seenFrom) >= BELIEVED_AFTER_MS) believed.push(cell);
      }
      for (const cell of believed) held.delete(cell);
      return believed;
    },
    move: (cells) => {
      const before = held;
      held = new Map();
      for (const [from, to] of cells) {
        const each = before.get(from);
        if (each !== undefined) held.set(to, each);
      }
    },
  };
}
