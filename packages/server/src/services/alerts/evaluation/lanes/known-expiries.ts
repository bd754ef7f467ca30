/** Time without chains, of all of the product, counts as so much at most: in a night no expiry falls behind another. */
const LONGEST_PAUSE_MS = 60_000;

interface KnownExpiry {
  readonly expiry: string;
  readonly expiryAtMs: number;
  /** On the product's clock, when its newest chain came. */
  seenMs: number;
  /** Known before a chain of it came. */
  readonly isRemembered: boolean;
  /** A chain of it came. */
  isSeen: boolean;
}

/**
 * The expiries of a product that chains come of, and which of them is the nearest. Which that is, is known once one of them
 * came for the second time, as until then a nearer one may not have been seen; or as long as one is remembered from before.
 */
export interface KnownExpiries {
  /** It is known from before; with `all`, as one of all that there were. */
  add(expiry: string, expiryAtMs: number, all: boolean): void;
  /** A chain came; times do not fall. */
  see(expiry: string, expiryAtMs: number, atMs: number): void;
  /** The first that has not passed and is not further behind the others than is allowed; null: not known. */
  nearest(): string | null;
  /** When a known one passes. */
  expiryAt(expiry: string): number | null;
  /** Forgets those that passed longer than this ago; gives their names. */
  forget(passedMs: number): string[];
}

export function createKnownExpiries(maxLagMs: number): KnownExpiries {
  const known = new Map<string, KnownExpiry>();
  let newestMs: number | null = null;
  /** Rises with the time of the chains, in pauses no further than {@link LONGEST_PAUSE_MS}. */
  let clockMs = 0;
  let complete = false;

  return {
    add(expiry, expiryAtMs, all) {
      complete ||= all;
      if (!known.has(expiry))
        known.set(expiry, { expiry, expiryAtMs, seenMs: clockMs, isRemembered: true, isSeen: false });
    },
    see(expiry, expiryAtMs, atMs) {
      const passed = newestMs === null ? 0 : Math.max(0, atMs - newestMs);
      clockMs += Math.min(passed, LONGEST_PAUSE_MS);
      newestMs = Math.max(newestMs ?? atMs, atMs);
      const seen = known.get(expiry);
      if (seen?.expiryAtMs !== expiryAtMs) {
        known.set(expiry, { expiry, expiryAtMs, seenMs: clockMs, isRemembered: false, isSeen: true });
        return;
      }
      complete ||= seen.isSeen;
      seen.isSeen = true;
      seen.seenMs = clockMs;
    },
    nearest() {
      if (newestMs === null) return null;
      let nearest: KnownExpiry | null = null;
      let isKnown = complete;
      for (const each of known.values()) {
        if (each.expiryAtMs < newestMs || clockMs - each.seenMs > maxLagMs) continue;
        isKnown ||= each.isRemembered;
        if (nearest === null || each.expiryAtMs < nearest.expiryAtMs) nearest = each;
      }
      return isKnown && nearest !== null ? nearest.expiry : null;
    },
    expiryAt: (expiry) => known.get(expiry)?.expiryAtMs ?? null,
    forget(passedMs) {
      const forgotten = [...known.values()].filter(
        ({ expiryAtMs }) => newestMs !== null && newestMs - expiryAtMs > passedMs,
      );
      for (const { expiry } of forgotten) known.delete(expiry);
      return forgotten.map(({ expiry }) => expiry);
    },
  };
}
